/**
 * What a transcript shows of a message: everything but secrets, also when the message is broken.
 * Spec: DESIGN 12. Layer: unit test.
 */
import { expect } from "chai";
import { redactField, redactMessage, secretsIn, withoutEchoes } from "../../../../acs/http/redact-message.js";
import { cpuMsOf } from "../../../support/cpu-time.js";

const struct = (name: string, value: string, prefix = ""): string =>
  `<${prefix}ParameterValueStruct><${prefix}Name>${name}</${prefix}Name><${prefix}Value xsi:type="xsd:string">${value}</${prefix}Value></${prefix}ParameterValueStruct>`;
const SSID = "Device.WiFi.SSID.1.SSID";
const KEY = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

describe("redaction", () => {
  it("leaves what is no secret as it is", () => {
    const text = `<?xml version="1.0"?><E a="b>c"><!-- x --><Body>${struct(SSID, "home &amp; garden")}<Name>alone</Name><Empty/></Body></E>`;
    expect(redactMessage(text)).to.equal(text);
  });

  it("takes values of secret parameters, and their neighbours' stay", () => {
    const shown = redactMessage(struct(SSID, "home") + struct(KEY, "hunter2") + struct(`${SSID}2`, "guests"));
    expect(shown).to.equal(struct(SSID, "home") + struct(KEY, "[redacted]") + struct(`${SSID}2`, "guests"));
    expect(redactMessage(struct(KEY, "hunter2", "cwmp:"))).to.equal(struct(KEY, "[redacted]", "cwmp:"));
  });

  it("takes passwords of file transfers, users and signatures in links", () => {
    const download =
      "<Username>ftp</Username><Password>hunter2</Password><URL>http://me:hunter2@files.example/fw.bin?sig=hunter2&amp;x=1</URL>";
    expect(redactMessage(download)).to.equal(
      "<Username>ftp</Username><Password>[redacted]</Password><URL>http://[redacted]@files.example/fw.bin?[redacted]</URL>",
    );
    expect(redactMessage("<URL>http://files.example/a@b</URL>")).to.equal("<URL>http://files.example/a@b</URL>");
  });

  it("finds them in whatever shape they come, also broken", () => {
    const broken = [
      struct(KEY, "hunter2").slice(0, -33),
      `<ParameterValueStruct><Value>hunter2</Value><Name>${KEY}</Name></ParameterValueStruct>`,
      "<ParameterValueStruct><Value>hunter2</Value>",
      "<Value>hunter2",
      `<Name>${KEY}<Value>hunter2</Value>`,
      `<Name a='">${KEY}</Name><Value b="'>hunter2</Value>`,
      `<Name>\n ${KEY.replace("K", "&#x4B;")} </Name><Value>hunter2</Value>`,
      `<Name><![CDATA[${KEY}]]></Name><Value><![CDATA[</Value>hunter2]]></Value>`,
      `<Name>${KEY}</Name><Value>hunter2</VALUE>`,
      `<Name>${KEY}</Name><Value><b>hunter2</b>hunter2</Value>`,
      "<Password xsi:type='xsd:string'>hunter2",
      "<x:password><a>hunter2</a></x:password>",
    ];
    for (const text of broken) {
      const shown = redactMessage(text);
      expect(shown, text).to.include("[redacted]").and.not.include("hunter2");
    }
  });

  it("takes header fields that prove who one is", () => {
    const fields = ["Authorization", "AUTHORIZATION", "Cookie", "set-cookie", "Proxy-Authorization"];
    expect(fields.map((name) => redactField(name, "x"))).to.deep.equal(fields.map((name) => `${name}: [redacted]`));
    expect(redactField("Host", "acs.example")).to.equal("Host: acs.example");
  });

  it("takes no longer for a message that was made to", () => {
    const texts = [
      "<Value>",
      "<Name>",
      "<a",
      "<",
      "<Value><![CDATA[",
      "<Value></Value>",
      "<Password></Password>",
      "<Value><![CDATA[]]></Value>",
    ];
    const cpuMs = cpuMsOf(() => texts.map((text) => redactMessage(text.repeat(200_000 / text.length))));
    expect(cpuMs).to.be.below(2_000);
  });

  it("what we sent as a secret is gone from what the device repeats of it, where no name tells", () => {
    const sent = "<ParameterValueStruct><Name>A.Password</Name><Value>s3cret-1</Value></ParameterValueStruct><Password>s3cret-2</Password>";
    const secrets = secretsIn([sent, "<Password>on</Password>"]);
    expect([...secrets]).to.deep.equal(["s3cret-1", "s3cret-2"]);
    expect(withoutEchoes("<FaultString>no s3cret-1, on s3cret-2</FaultString>", secrets)).to.equal(
      "<FaultString>no [redacted], on [redacted]</FaultString>",
    );
  });
});
