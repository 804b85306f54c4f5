/**
 * What the relay learns from the messages that pass.
 * Spec: TR-069 3.7.1, A.3.2.1; TR-104. Layer: unit test.
 */
import { expect } from "chai";
import {
  acsSaid,
  deviceName,
  deviceSaid,
  isOfInterest,
  NO_SESSION,
  type PassingSession,
} from "../../../../sip-bridge/connection-requests/passing.js";
import type { SeenMessage } from "../../../../sip-bridge/connection-requests/read-message.js";
import { tellsOfLine, voiceLineOf } from "../../../../sip-bridge/connection-requests/voice-line.js";

const M = "InternetGatewayDevice.ManagementServer.ConnectionRequest";
const DEVICE = { oui: "0A1B2C", productClass: "VG", serialNumber: "1" };

function message(kind: string, values: Readonly<Record<string, string>> = {}, more: Partial<SeenMessage> = {}): SeenMessage {
  const place = { in: "content", start: 0, end: 0 } as const;
  return { kind, id: "", device: undefined, values: Object.entries(values).map(([name, text]) => ({ name, text, place })), ...more };
}

const INFORM = message("Inform", {}, { device: DEVICE });
const LOGIN = { [`${M}Username`]: "acs", [`${M}Password`]: "s3cret" };
const takenIn = (): PassingSession => acsSaid(deviceSaid(NO_SESSION, INFORM).session, message("InformResponse"));

describe("a session that passes", () => {
  it("is of the device of its last Inform, and taken in by InformResponse alone", () => {
    const informed = deviceSaid(NO_SESSION, INFORM).session;
    expect(informed).to.deep.equal({ device: "0A1B2C-VG-1", isTakenIn: false, offered: undefined });
    expect(acsSaid(informed, message("Fault")).isTakenIn).to.equal(false);
    expect(acsSaid(informed, message("InformResponse")).isTakenIn).to.equal(true);
    expect(deviceSaid(takenIn(), INFORM).session.isTakenIn).to.equal(false);
  });

  it("names devices so that no two share a name", () => {
    expect(deviceName({ ...DEVICE, productClass: "" })).to.equal("0A1B2C-1");
    expect(deviceName({ ...DEVICE, productClass: "V-G", serialNumber: "1/ü" })).to.equal("0A1B2C-V%2DG-1%2F%C3%BC");
  });

  it("learns the login once the device says that it took it", () => {
    const asked = acsSaid(takenIn(), message("SetParameterValues", LOGIN, { id: "7" }));
    const { session, taken } = deviceSaid(asked, message("SetParameterValuesResponse", {}, { id: "7" }));
    expect(taken).to.deep.equal({ messageId: "7", username: "acs", password: "s3cret" });
    expect(session.offered).to.equal(undefined);
  });

  it("learns it from a device that leaves the id out", () => {
    const asked = acsSaid(takenIn(), message("SetParameterValues", LOGIN, { id: "7" }));
    expect(deviceSaid(asked, message("SetParameterValuesResponse")).taken?.username).to.equal("acs");
  });

  const others = [
    ["a fault", message("Fault", {}, { id: "7" })],
    ["an answer to something else", message("SetParameterValuesResponse", {}, { id: "8" })],
    ["another answer", message("GetParameterValuesResponse", {}, { id: "7" })],
    ["nothing that we understand", undefined],
  ] as const;
  for (const [what, answer] of others) {
    it(`learns no login from ${what}, nor from what comes behind`, () => {
      const asked = acsSaid(takenIn(), message("SetParameterValues", LOGIN, { id: "7" }));
      const { session, taken } = deviceSaid(asked, answer);
      expect(taken).to.equal(undefined);
      expect(deviceSaid(session, message("SetParameterValuesResponse", {}, { id: "7" })).taken).to.equal(undefined);
    });
  }

  it("learns nothing while the ACS has not taken the device in", () => {
    const informed = deviceSaid(NO_SESSION, INFORM).session;
    expect(acsSaid(informed, message("SetParameterValues", LOGIN)).offered).to.equal(undefined);
  });

  it("learns halves, and the last of several", () => {
    const half = acsSaid(takenIn(), message("SetParameterValues", { [`${M}Password`]: "new" }));
    expect(half.offered).to.deep.equal({ messageId: "", password: "new" });
    expect(acsSaid(takenIn(), message("SetParameterValues", { Other: "x" })).offered).to.equal(undefined);
  });

  it("looks at a few parameters only", () => {
    const names = [
      `${M}URL`,
      "Device.ManagementServer.ConnectionRequestURL",
      "Device.ManagementServer.UDPConnectionRequestAddress",
      "X.ManagementServer.ConnectionRequestURL",
    ];
    expect(names.map(isOfInterest)).to.deep.equal([true, true, false, false]);
  });
});

describe("the voice line of a device", () => {
  const domains = { main: "voice.example", aliases: ["192.0.2.1"] };
  const P = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.";
  const S = "Device.Services.VoiceService.1.SIP.";
  const lineOf = (values: Readonly<Record<string, string>>) => voiceLineOf(new Map(Object.entries(values)), domains);

  const told = [
    [
      "issue 1, user and domain",
      { [`${P}Line.1.SIP.AuthUserName`]: "1001", [`${P}SIP.UserAgentDomain`]: "voice.example" },
      "sip:1001@voice.example",
    ],
    [
      "issue 1, user and registrar",
      { [`${P}Line.1.SIP.AuthUserName`]: "1001", [`${P}SIP.RegistrarServer`]: "192.0.2.1" },
      "sip:1001@192.0.2.1",
    ],
    ["issue 1, a URI", { [`${P}Line.1.SIP.URI`]: "sip:a@voice.example", [`${P}Line.1.SIP.AuthUserName`]: "1001" }, "sip:a@voice.example"],
    [
      "issue 2",
      {
        [`${S}Client.1.AuthUserName`]: "1001",
        [`${S}Client.1.Network`]: `${S}Network.2`,
        [`${S}Network.2.UserAgentDomain`]: "voice.example",
      },
      "sip:1001@voice.example",
    ],
    [
      "the first of several that is enabled",
      { [`${P}Line.1.Enable`]: "Disabled", [`${P}Line.1.SIP.URI`]: "a@voice.example", [`${P}Line.2.SIP.URI`]: "b@voice.example" },
      "sip:b@voice.example",
    ],
    ["a user without domain", { [`${P}Line.1.SIP.AuthUserName`]: "1001" }, undefined],
    ["a line of another registrar", { [`${P}Line.1.SIP.URI`]: "a@other.example" }, undefined],
    ["a client that is disabled", { [`${S}Client.1.Enable`]: "false", [`${S}Client.1.RegisterURI`]: "a@voice.example" }, undefined],
    ["nothing", {}, undefined],
  ] as const;
  for (const [what, values, address] of told) {
    it(`is ${address ?? "not known"} by ${what}`, () => {
      expect(Object.keys(values).every(tellsOfLine)).to.equal(true);
      expect(lineOf(values)).to.equal(address);
    });
  }
});
