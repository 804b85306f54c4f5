/**
 * Lightweight notifications: read leniently, believed by signature. Spec: TR-069 Annex M; cwmp.md 6.4. Layer: unit test.
 */
import { createHmac } from "node:crypto";
import { expect } from "chai";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { NOTIFICATION_LIMITS, provesNotification, readNotification } from "../../../../acs/wake/lightweight-notification.js";
import { seededRandom } from "../../../support/seeded-random.js";

const PASSWORD = "acs secret";
const NAMESPACE = "urn:broadband-forum-org:cwmp:lwnotif-1-0";
const body = (more = ""): string =>
  `<?xml version="1.0"?><n:Notification xmlns:n="${NAMESPACE}"><TS>1700000000</TS><UN>gateway</UN><CN>c0ffee</CN>` +
  "<OUI>0a1b2c</OUI><ProductClass>VG2000</ProductClass><SerialNumber>S1</SerialNumber>" +
  `<Param><Name>Device.DeviceInfo.UpTime</Name><Value>42</Value></Param>${more}</n:Notification>`;
const sign = (text: string): string => createHmac("sha1", PASSWORD).update(text).digest("hex");
const datagram = (
  text = body(),
  head = `POST /HTTPS/1.1\r\nHOST: acs\r\nContent-Type: test/xml\r\nContent-Lenght: 7\r\nSignature: ${sign(text)}\r\n\r\n`,
): Buffer => Buffer.from(head + text);

/** undefined: it is no notification. */
function read(bytes: Buffer): ReturnType<typeof readNotification> {
  try {
    return readNotification(bytes);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
const proves = (bytes: Buffer, password = PASSWORD): boolean => {
  const signed = read(bytes);
  return signed !== undefined && provesNotification(signed, password);
};

describe("lightweight notification", () => {
  it("is read from the XML; of its head only the signature counts (broken request line and headers of the field)", () => {
    expect(read(datagram())?.notification).to.deep.equal({
      ts: 1_700_000_000,
      username: "gateway",
      cnonce: "c0ffee",
      identity: { oui: "0A1B2C", productClass: "VG2000", serialNumber: "S1" },
      parameters: [{ name: "Device.DeviceInfo.UpTime", value: "42" }],
    });
    expect(proves(datagram())).to.equal(true);
  });

  it("the signature is hex HMAC-SHA1 over the body with the device's password (golden, from openssl)", () => {
    const text = "<Notification><TS>1</TS><UN>u</UN><CN>c</CN><OUI>0A1B2C</OUI><SerialNumber>S</SerialNumber></Notification>";
    expect(proves(Buffer.from(`POST / HTTP/1.1\r\nSignature: 8efdbd7ce37f4ef93c80f821f92af69ed7c36597\r\n\r\n${text}`))).to.equal(true);
  });

  it("another password, or one changed octet, does not prove it", () => {
    expect(proves(datagram(), "another")).to.equal(false);
    expect(proves(datagram(body().replace(">42<", ">43<"), `Signature: ${sign(body())}\r\n\r\n`))).to.equal(false);
  });

  it("bare line feeds, blanks around the signature, upper case and trailing octets are taken", () => {
    const text = body();
    expect(proves(datagram(text, `POST / HTTP/1.1\nsignature : ${sign(text).toUpperCase()}  \n\n`))).to.equal(true);
    expect(proves(datagram(text, `Signature: "${sign(text)}"\r\n`)), "no blank line").to.equal(true);
    expect(proves(Buffer.concat([datagram(text), Buffer.from("\r\n\0")])), "octets after the root").to.equal(true);
    const withEnd = `${text}\r\n`;
    expect(proves(datagram(withEnd)), "a line end that was signed").to.equal(true);
  });

  it("several values, a blank one and one with markup in it", () => {
    const more = "<Param><Name>A.B</Name><Value/></Param><Param><Name>A.C</Name><Value> &lt;x&gt; </Value></Param>";
    expect(read(datagram(body(more)))?.notification.parameters.slice(1)).to.deep.equal([
      { name: "A.B", value: "" },
      { name: "A.C", value: " <x> " },
    ]);
  });

  const hostile: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    "no signature": datagram(body(), "POST / HTTP/1.1\r\n\r\n"),
    "a signature in the body only": Buffer.from(`\r\n\r\n${body(`<!-- \nSignature: ${"a".repeat(40)}\n-->`)}`),
    "a signature of another length": datagram(body(), "Signature: abcd\r\n\r\n"),
    "another root": datagram(body().replaceAll("Notification", "Envelope")),
    "no TS": datagram(body().replace(/<TS>.*<\/TS>/, "")),
    "a TS that is no time": datagram(body().replace("1700000000", "-1")),
    "a TS beyond 32 bits": datagram(body().replace("1700000000", "9999999999")),
    "a document type declaration": datagram(`<!DOCTYPE n [<!ENTITY a "b">]>${body().slice(21)}`),
    "deep nesting": datagram(body("<x>".repeat(50) + "</x>".repeat(50))),
    "too many values": datagram(body("<Param><Name>a</Name><Value>1</Value></Param>".repeat(NOTIFICATION_LIMITS.parametersMax))),
    "half of it": datagram().subarray(0, 300),
  };
  for (const [what, bytes] of Object.entries(hostile)) it(`refuses ${what}`, () => expect(read(bytes)).to.equal(undefined));

  it("never throws anything but MalformedMessage (5,000 mutated datagrams)", () => {
    const random = seededRandom(11);
    for (let run = 0; run < 5_000; run++) {
      const bytes = Buffer.from(datagram());
      for (let i = 0; i < 3; i++) bytes.writeUInt8(random.int(256), random.int(bytes.length));
      proves(bytes);
    }
  });
});
