/**
 * What the relay finds in CWMP messages, and that what it replaces is all that changes.
 * Spec: TR-069 A.3.2.2, A.3.3.1; RFC 7303 3. Layer: unit test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readDeviceEnvelope } from "../../../../acs/cwmp/envelope.js";
import { messageText } from "../../../../sip-bridge/connection-requests/message-text.js";
import { readMessage, type SeenMessage } from "../../../../sip-bridge/connection-requests/read-message.js";
import { replaceValues } from "../../../../sip-bridge/connection-requests/replace-values.js";
import { filesBelow, repositoryPath } from "../../../support/shared-data.js";

const URL_NAME = "InternetGatewayDevice.ManagementServer.ConnectionRequestURL";
const OURS = "http://bridge.example:7548/cr/4kJ2";
const isUrl = (name: string): boolean => name.endsWith(".ManagementServer.ConnectionRequestURL");

function seen(octets: Buffer, contentType?: string): SeenMessage | undefined {
  const message = messageText(octets, contentType);
  return message === undefined ? undefined : readMessage(message, isUrl);
}

function replaced(octets: Buffer, contentType?: string): Buffer {
  const message = messageText(octets, contentType);
  const found = message === undefined ? undefined : readMessage(message, isUrl);
  if (message === undefined || found === undefined) return octets;
  return replaceValues(
    octets,
    message,
    found.values.map(({ place }) => place),
    OURS,
  );
}

const struct = (value: string, name = URL_NAME): string => `<ParameterValueStruct><Name>${name}</Name>${value}</ParameterValueStruct>`;
const answer = (structs: string, before = ""): string =>
  `${before}<S:Envelope xmlns:S="s" xmlns:cwmp="c"><S:Header><cwmp:ID S:mustUnderstand="1">7</cwmp:ID></S:Header><S:Body>` +
  `<cwmp:GetParameterValuesResponse><ParameterList>${structs}</ParameterList></cwmp:GetParameterValuesResponse></S:Body></S:Envelope>`;

describe("a value in a CWMP message", () => {
  const spellings = [
    ["text", "<Value>http://10.0.0.1:7547/x</Value>", `<Value>${OURS}</Value>`],
    ["with a type and a prefix", '<c:Value x:type="xsd:string">a</c:Value>', `<c:Value x:type="xsd:string">${OURS}</c:Value>`],
    ["empty", "<Value></Value>", `<Value>${OURS}</Value>`],
    ["an empty tag", "<Value/>", `<Value>${OURS}</Value>`],
    ["an empty tag with a prefix and a type", "<q:Value a='>' />", `<q:Value a='>' >${OURS}</q:Value>`],
    ["between white space", "<Value>\n  a\t</Value >", `<Value>${OURS}</Value >`],
    ["in CDATA", "<Value><![CDATA[http://a/?<&>]]></Value>", `<Value>${OURS}</Value>`],
    ["with entities", "<Value>http://a/?x=1&amp;y=&#x32;</Value>", `<Value>${OURS}</Value>`],
    ["with a comment", "<Value>a<!-- </Value> -->b</Value>", `<Value>${OURS}</Value>`],
  ] as const;
  for (const [how, before, after] of spellings) {
    it(`is replaced when it is ${how}`, () => {
      expect(replaced(Buffer.from(answer(struct(before)))).toString()).to.equal(answer(struct(after)));
    });
  }

  const left = [
    ["has elements in it", "<Value><a/>b</Value>"],
    ["is said to be none", '<Value xsi:nil="true"/>'],
    ["is too long", `<Value>${"a".repeat(1_025)}</Value>`],
    ["is missing", ""],
  ] as const;
  for (const [how, value] of left) {
    it(`is left alone when it ${how}`, () => {
      const octets = Buffer.from(answer(struct(value)));
      expect(replaced(octets)).to.deep.equal(octets);
    });
  }

  it("is found when Value comes before Name, and when the name stands between white space", () => {
    const odd = `<ParameterValueStruct><Value>a</Value><Name>\n ${URL_NAME}\n</Name></ParameterValueStruct>`;
    expect(replaced(Buffer.from(answer(odd))).toString()).to.equal(answer(odd.replace(">a<", `>${OURS}<`)));
  });

  it("is found by a name with entities, and decoded itself", () => {
    const found = seen(Buffer.from(answer(struct("<Value>a&amp;b&#x20AC;</Value>", URL_NAME.replace(".", "&#46;")))));
    expect(found?.values.map(({ name, text }) => [name, text])).to.deep.equal([[URL_NAME, "a&b€"]]);
  });

  it("is not mixed up with that of the struct before", () => {
    const values = seen(Buffer.from(answer(`${struct("")}${struct("<Value>b</Value>", "X")}${struct("<Value>c</Value>")}`)))?.values;
    expect(values?.map(({ text }) => text)).to.deep.equal(["c"]);
  });

  it("counts only where TR-069 puts it", () => {
    const inFault = answer(struct("<Value>a</Value>")).replaceAll("GetParameterValuesResponse", "Fault");
    const inDetail = answer(`<X>${struct("<Value>a</Value>")}</X>`);
    const second = answer("").replace("</S:Body>", `<a>${answer(struct("<Value>a</Value>"))}</a></S:Body>`);
    for (const text of [inFault, inDetail, second]) expect(seen(Buffer.from(text))?.values, text).to.deep.equal([]);
  });
});

describe("a CWMP message", () => {
  it("tells kind, id and device of an Inform", () => {
    const found = seen(readFileSync(repositoryPath("test/golden/cwmp/inform-bootstrap.xml")));
    const { message } = readDeviceEnvelope(readFileSync(repositoryPath("test/golden/cwmp/inform-bootstrap.xml"), "utf8"));
    if (message.kind !== "Inform") throw new Error("the golden Inform is none");
    const { oui, productClass, serialNumber } = message.deviceId;
    expect(found).to.deep.include({ kind: "Inform", device: { oui, productClass, serialNumber } });
  });

  it("has the kind that our codec reads, in every golden message", () => {
    const folder = repositoryPath("test/golden/cwmp");
    const goldens = filesBelow(folder).filter((file) => file.endsWith(".xml"));
    const kinds = goldens.map((file) => seen(readFileSync(join(folder, file)))?.kind);
    expect(kinds.filter((kind) => kind === undefined)).to.deep.equal([]);
    expect(new Set(kinds)).to.include.members(["Inform", "InformResponse", "SetParameterValues", "SetParameterValuesResponse", "Fault"]);
  });

  const encodings = [
    ["UTF-8", answer(struct("<Value>ä</Value>")), "utf8", undefined],
    ["UTF-8 with a mark", `\ufeff${answer(struct("<Value>ä</Value>"))}`, "utf8", "text/xml; charset=iso-8859-1"],
    ["ISO 8859-1 by header", answer(struct("<Value>ä</Value>")), "latin1", 'text/xml; charset="ISO-8859-1"'],
    ["ISO 8859-1 by declaration", answer(struct("<Value>ä</Value>"), '<?xml version="1.0" encoding="iso-8859-1"?>'), "latin1", "text/xml"],
    ["UTF-16 with a mark", `\ufeff${answer(struct("<Value>ä</Value>"))}`, "utf16le", "text/xml; charset=utf-16"],
    ["UTF-16 without one", answer(struct("<Value>ä</Value>")), "utf16le", undefined],
  ] as const;
  for (const [name, text, encoding, contentType] of encodings) {
    it(`is read and changed in ${name}`, () => {
      const octets = Buffer.from(text, encoding);
      expect(seen(octets, contentType)?.values[0]?.text).to.equal("ä");
      expect(replaced(octets, contentType)).to.deep.equal(Buffer.from(text.replace(">ä<", `>${OURS}<`), encoding));
    });
  }

  it("is read and changed in UTF-16 with the high octet first", () => {
    const octets = Buffer.from(`\ufeff${answer(struct("<Value>ä</Value>"))}`, "utf16le").swap16();
    expect(replaced(octets)).to.deep.equal(Buffer.from(`\ufeff${answer(struct(`<Value>${OURS}</Value>`))}`, "utf16le").swap16());
  });

  const unread = [
    ["of another encoding", answer(struct("<Value>a</Value>")), "text/xml; charset=utf-7"],
    ["with a document type", answer(struct("<Value>a</Value>"), "<!DOCTYPE S [<!ENTITY a 'b'>]>"), undefined],
    ["cut short", answer(struct("<Value>a</Value>")).slice(0, -3), undefined],
    ["with crossed tags", answer("<a><b></a></b>"), undefined],
    ["with something behind it", `${answer(struct("<Value>a</Value>"))}x`, undefined],
    ["twice", answer(struct("<Value>a</Value>")).repeat(2), undefined],
    ["too deep", answer(`${"<a>".repeat(64)}${"</a>".repeat(64)}`), undefined],
    ["that is none", "<html><body>Inform</body></html>", undefined],
    ["that is empty", "", undefined],
  ] as const;
  for (const [how, text, contentType] of unread) {
    it(`is not understood ${how}`, () => expect(seen(Buffer.from(text), contentType)).to.equal(undefined));
  }

  it("may be padded with NUL, as some devices do", () => {
    expect(seen(Buffer.from(`${answer(struct("<Value>a</Value>"))}\0\0`))?.values).to.have.length(1);
  });
});
