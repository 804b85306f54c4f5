/** The SOAP envelope: headers, namespaces, exactly one message. Golden bytes are in golden.test.ts. Layer: test. */
import { expect } from "chai";
import { type Envelope, readAcsEnvelope, readDeviceEnvelope, writeAcsEnvelope } from "../../../../acs/cwmp/envelope.js";
import { LimitExceeded, MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import type { DeviceMessage } from "../../../../acs/cwmp/messages.js";
import { envelope } from "../../../support/cwmp-messages.js";

const CWMP = 'xmlns:cwmp="urn:dslforum-org:cwmp-1-2"';
const read = (header: string, body = "<cwmp:RebootResponse/>", root = CWMP): Envelope<DeviceMessage> =>
  readDeviceEnvelope(`<s:Envelope ${root}>${header}<s:Body>${body}</s:Body></s:Envelope>`);

describe("SOAP headers of CWMP (TR-069 table 4)", () => {
  it("reads every header, and leaves out what was not sent", () => {
    const header = `<s:Header><cwmp:ID>x</cwmp:ID><cwmp:HoldRequests>true</cwmp:HoldRequests><cwmp:NoMoreRequests>0</cwmp:NoMoreRequests>
      <cwmp:SessionTimeout> 40 </cwmp:SessionTimeout><cwmp:SupportedCWMPVersions>1.0, 1.1 ,,1.4</cwmp:SupportedCWMPVersions>
      <cwmp:UseCWMPVersion> 1.4 </cwmp:UseCWMPVersion><cwmp:Unknown s:mustUnderstand="1"/></s:Header>`;
    const message = { kind: "RebootResponse" };
    const namespace = "urn:dslforum-org:cwmp-1-2";
    expect(read(header)).to.deep.equal({
      id: "x",
      holdRequests: true,
      noMoreRequests: false,
      sessionTimeoutS: 40,
      supportedCwmpVersions: ["1.0", "1.1", "1.4"],
      useCwmpVersion: "1.4",
      namespace,
      message,
    });
    expect(read("")).to.deep.equal({ namespace, message });
    expect(read("<s:Header/>")).to.deep.equal({ namespace, message });
  });

  it("keeps the ID exactly as sent, to be echoed", () => {
    for (const id of ["", " 1 ", "GATE_ID_7588", "a longer one, with & in it"]) {
      const { id: echoed } = read(`<s:Header><cwmp:ID>${id.replace("&", "&amp;")}</cwmp:ID></s:Header>`);
      expect(echoed).to.equal(id);
    }
  });

  it("ignores a SessionTimeout that is no number", () => {
    expect(read("<s:Header><cwmp:SessionTimeout>soon</cwmp:SessionTimeout></s:Header>")).to.not.have.property("sessionTimeoutS");
  });
});

describe("CWMP namespaces (TR-069 A.6)", () => {
  const namespace = (root: string, body = "<cwmp:RebootResponse/>"): string => read("", body, root).namespace;

  it("is what the message's prefix is bound to, nearest declaration first", () => {
    const own = '<cwmp:RebootResponse xmlns:cwmp="urn:dslforum-org:cwmp-1-1"/>';
    expect(namespace(CWMP, own)).to.equal("urn:dslforum-org:cwmp-1-1");
    expect(namespace('xmlns="urn:dslforum-org:cwmp-1-4" xmlns:x="urn:dslforum-org:cwmp-1-0"', "<RebootResponse/>")).to.equal(
      "urn:dslforum-org:cwmp-1-4",
    );
  });

  it("is any CWMP namespace in sight when the prefix is undeclared or bound to something else", () => {
    expect(namespace('xmlns:other="urn:dslforum-org:cwmp-1-3"')).to.equal("urn:dslforum-org:cwmp-1-3");
    expect(namespace('xmlns:cwmp="http://example.com/" xmlns:c="urn:dslforum-org:cwmp-1-1"')).to.equal("urn:dslforum-org:cwmp-1-1");
  });

  it("of a fault, whose own prefix is SOAP's, is the one declared on the Envelope", () => {
    const fault = "<s:Fault><detail><cwmp:Fault><FaultCode>9001</FaultCode></cwmp:Fault></detail></s:Fault>";
    expect(namespace(`xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ${CWMP}`, fault)).to.equal("urn:dslforum-org:cwmp-1-2");
  });

  it("is the oldest when there is none, and nothing else a device makes up is echoed", () => {
    expect(namespace("")).to.equal("urn:dslforum-org:cwmp-1-0");
    expect(namespace('xmlns:cwmp="urn:evil"')).to.equal("urn:dslforum-org:cwmp-1-0");
  });

  it("is written on the Envelope as given", () => {
    const text = writeAcsEnvelope(envelope({ kind: "InformResponse", maxEnvelopes: 1 }, { namespace: "urn:dslforum-org:cwmp-1-4" }));
    expect(text).to.contain('xmlns:cwmp="urn:dslforum-org:cwmp-1-4"');
  });
});

describe("the shape of an envelope (TR-069 3.5)", () => {
  it("holds exactly one message", () => {
    expect(() => read("", ""))
      .to.throw(MalformedMessage)
      .with.property("path", "Envelope/Body");
    expect(() => read("", "<cwmp:RebootResponse/><cwmp:RebootResponse/>")).to.throw(MalformedMessage, "2 messages");
  });

  it("is an Envelope with a Body", () => {
    expect(() => readDeviceEnvelope("<html/>"))
      .to.throw(MalformedMessage)
      .with.property("path", "html");
    expect(() => readDeviceEnvelope("<Envelope/>"))
      .to.throw(MalformedMessage)
      .with.property("path", "Envelope/Body");
  });

  it("is read within the limits given", () => {
    expect(() => readDeviceEnvelope(`<Envelope>${" ".repeat(100)}</Envelope>`, { charactersMax: 64 })).to.throw(LimitExceeded);
    expect(() => readAcsEnvelope(`<Envelope>${" ".repeat(100)}</Envelope>`, { charactersMax: 64 })).to.throw(LimitExceeded);
  });

  it("goes out without XML declaration, unless the model profile asks for one", () => {
    const sent = envelope({ kind: "InformResponse", maxEnvelopes: 1 } as const);
    expect(writeAcsEnvelope(sent)).to.match(/^<SOAP-ENV:Envelope /);
    expect(writeAcsEnvelope(sent, { declaration: true })).to.match(/^<\?xml version="1.0" encoding="UTF-8"\?><SOAP-ENV:Envelope /);
  });
});
