/**
 * What the ACS must do when the CPE does X: the 37 rows of cwmp.md 1.11, each a test with its number and its sentence, over real sockets.
 * Spec: TR-069 3.4 (HTTP), 3.7 (sessions), A.3, A.4. Layer: test.
 */
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { CwmpClient, type HttpAnswer, heard, messageOf, RawConnection } from "../support/cwmp-client.js";
import { openRule, removeRules, stranger } from "../support/enrolling.js";
import { settle } from "../support/fake-clock.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const NTP = `${ROOT}Time.NTPServer1`;
const KEY = `${ROOT}ManagementServer.ParameterKey`;
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;
const setNtp = { kind: "setParameterValues", values: [{ name: NTP, value: "ntp.example", type: "xsd:string" }] } as const;
const valuesOf = (...values: readonly (readonly [string, string])[]): DeviceMessage => ({
  kind: "GetParameterValuesResponse",
  values: values.map(([name, text]) => ({ name, type: "xsd:string", text })),
});
const ntpAnswer = valuesOf([NTP, "ntp.before.example"]);
const fault = (faultCode: number, ...parameters: readonly string[]): DeviceMessage => ({
  ...{ kind: "Fault", faultCode, faultString: "CWMP fault" },
  setParameterValuesFaults: parameters.map((name) => ({ name, faultCode: 9007, faultString: "Invalid parameter value" })),
});
const transferred = (commandKey: string, faultCode = 0): DeviceMessage => ({
  ...{ kind: "TransferComplete", commandKey, fault: { faultCode, faultString: "" } },
  ...{ startTime: "2026-01-01T12:00:00Z", completeTime: "2026-01-01T12:00:09Z" },
});
const download = { kind: "download", url: "http://files.example/fw.bin", fileType: "1 Firmware Upgrade Image" } as const;

describe("cwmp.md 1.11: what the ACS must do when the CPE does X", () => {
  let acs: TestAcs;
  let gateway: TestGateway;

  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_BODY_BYTES_MAX: "40000" } });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await acs.gateway();
  });

  const stateOf = async (id: string): Promise<string | undefined> => (await acs.stores.tasks.get(id))?.state;
  const informs = async (): Promise<number> => (await acs.events(gateway.id, "device-informed")).length;
  /** A session of this device in which the request of its first task is outstanding. */
  async function asked(...orders: readonly Readonly<Record<string, unknown>>[]): Promise<{ ids: readonly string[]; request: AcsMessage }> {
    const ids: string[] = [];
    for (const order of orders) ids.push(await acs.task(gateway.id, order));
    await gateway.inform("2 PERIODIC");
    return { ids, request: messageOf(await gateway.empty()) };
  }
  /** The value that the tree has; undefined: it has none. */
  const known = async (name: string): Promise<string | undefined> =>
    (await acs.stores.devices.entries(gateway.id, [name])).find((entry) => entry.name === name)?.value ?? undefined;

  it("row 1: first POST without credentials: 401 + WWW-Authenticate; the Inform is not processed", async () => {
    const answer = await gateway.send(gateway.informText());
    expect([answer.status, answer.body]).to.deep.equal([401, ""]);
    expect(answer.headers["www-authenticate"]).to.match(/^Digest /);
    expect(answer.headers).to.not.have.property("set-cookie");
    expect(await informs()).to.equal(0);
  });

  it("row 2: wrong credentials again: 401, no session state, an event, throttled by user name and address", async () => {
    const guesser = new CwmpClient({ ...gateway.options, password: "wrong" });
    for (let i = 0; i < 10; i++) expect((await guesser.inform("2 PERIODIC")).status).to.equal(401);
    expect(guesser.cookie).to.equal(undefined);
    const events = (await acs.events(null, "authentication-failed")).filter(({ data }) => data["username"] === gateway.id);
    expect(events.map(({ data }) => data["why"])).to.deep.equal(["wrong-password", "locked-out"]);
    expect((await gateway.inform("2 PERIODIC")).status, "throttled: the right password too").to.equal(401);
    await acs.clock.advance(60_000);
    expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
  });

  it("row 3: Inform: 200 InformResponse(MaxEnvelopes=1), same ID, same namespace, Set-Cookie, no ACS request in it", async () => {
    await acs.task(gateway.id, readNtp);
    const namespace = "urn:dslforum-org:cwmp-1-2";
    const answer = await gateway.post(gateway.informText(["1 BOOT"], { id: "k 7", namespace }));
    expect(messageOf(answer)).to.deep.equal({ kind: "InformResponse", maxEnvelopes: 1 });
    expect(answer.body).to.include(">k 7</cwmp:ID>").and.include(`xmlns:cwmp="${namespace}"`);
    expect(answer.body.match(/<SOAP-ENV:Envelope/g)).to.have.length(1);
    expect(answer.headers["set-cookie"]).to.match(/^reveille=[^;]+; Path=\//);
  });

  it("row 4: empty POST, ACS has work: 200 with one SOAP request", async () => {
    const { request } = await asked(readNtp, setNtp);
    expect(request).to.deep.equal({ kind: "GetParameterValues", names: [NTP] });
  });

  it("row 5: empty POST, no work: 204, session closed", async () => {
    await gateway.inform("2 PERIODIC");
    const answer = await gateway.empty();
    expect([answer.status, answer.body]).to.deep.equal([204, ""]);
    await acs.clock.advance(5_000);
    expect((await gateway.say(ntpAnswer)).status).to.equal(400);
  });

  it("row 6: SOAP request of the CPE: 200 with its response, never an ACS request in its place", async () => {
    await acs.task(gateway.id, readNtp);
    await gateway.inform("7 TRANSFER COMPLETE");
    expect(heard(await gateway.say(transferred("another's")))).to.equal("TransferCompleteResponse");
    expect(heard(await gateway.say({ kind: "GetRPCMethods" }))).to.equal("GetRPCMethodsResponse");
    expect(heard(await gateway.empty())).to.equal("GetParameterValues");
  });

  it("row 7: SOAP response, more work: 200 with the next ACS request", async () => {
    await asked(readNtp, setNtp);
    expect(heard(await gateway.say(ntpAnswer))).to.equal("SetParameterValues");
  });

  it("row 8: SOAP response, no more work: 204; the CPE may still ask, then an empty POST is answered with 204 or a late request", async () => {
    await asked(readNtp);
    expect((await gateway.say(ntpAnswer)).status).to.equal(204);
    expect((await gateway.empty()).status, "superfluous").to.equal(204);
    expect(heard(await gateway.say({ kind: "GetRPCMethods" }))).to.equal("GetRPCMethodsResponse");
    expect((await gateway.empty()).status).to.equal(204);
    await gateway.say({ kind: "GetRPCMethods" });
    await acs.task(gateway.id, readNtp);
    expect(heard(await gateway.empty())).to.equal("GetParameterValues");
  });

  it("row 9: SOAP fault to an ACS request: the task has failed; the next request or 204; the session goes on", async () => {
    const { ids } = await asked(setNtp, readNtp);
    expect(heard(await gateway.say(fault(9002)))).to.equal("GetParameterValues");
    expect((await gateway.say(fault(9001))).status).to.equal(204);
    expect([await stateOf(ids[0] ?? ""), await stateOf(ids[1] ?? "")]).to.deep.equal(["failed", "failed"]);
  });

  it("row 10: fault 9005 on a known path: its cached value is dropped, its parent rediscovered with GetParameterNames, and on", async () => {
    await asked(readNtp);
    await gateway.say(ntpAnswer);
    expect(await known(NTP)).to.equal("ntp.before.example");
    const { ids } = await asked(readNtp, { kind: "reboot" });
    const rediscovery = messageOf(await gateway.say(fault(9005)));
    expect(rediscovery).to.deep.equal({ kind: "GetParameterNames", path: `${ROOT}Time.`, nextLevel: true });
    const parameters = [{ name: `${ROOT}Time.Enable`, writable: true }];
    expect(heard(await gateway.say({ kind: "GetParameterNamesResponse", parameters }))).to.equal("Reboot");
    expect(await stateOf(ids[0] ?? "")).to.equal("failed");
    expect(await known(NTP)).to.equal(undefined);
  });

  it("row 11: fault 9003 + SetParameterValuesFault: reported per parameter; nothing was applied", async () => {
    const { ids } = await asked(setNtp);
    await gateway.say(fault(9003, NTP));
    const task = await acs.stores.tasks.get(ids[0] ?? "");
    expect(task?.failure?.fault?.parameters).to.deep.equal([{ name: NTP, faultCode: 9007, faultString: "Invalid parameter value" }]);
    expect(await known(NTP)).to.equal(undefined);
  });

  it("row 12: SetParameterValues Status=1: the session is finished, the value verified with GetParameterValues in the next one", async () => {
    const { ids } = await asked(setNtp);
    expect((await gateway.say({ kind: "SetParameterValuesResponse", status: 1 })).status).to.equal(204);
    expect(await stateOf(ids[0] ?? "")).to.equal("awaiting-device");
    await gateway.inform("1 BOOT");
    const verification = messageOf(await gateway.empty());
    expect(verification.kind === "GetParameterValues" && verification.names).to.include(NTP);
    await gateway.say(valuesOf([KEY, ids[0] ?? ""], [NTP, "ntp.example"]));
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 12: AddObject Status=1: the session is finished, the instance looked for in the next one", async () => {
    const path = `${ROOT}Layer3Forwarding.Forwarding.`;
    const row = { name: `${path}4.`, writable: true };
    const { ids, request } = await asked({ kind: "addObject", path });
    const none: DeviceMessage = { kind: "GetParameterNamesResponse", parameters: [] };
    const add = request.kind === "AddObject" ? request : messageOf(await gateway.say(none));
    expect(add).to.include({ kind: "AddObject", objectName: path });
    expect((await gateway.say({ kind: "AddObjectResponse", instanceNumber: 4, status: 1 })).status).to.equal(204);
    expect(await stateOf(ids[0] ?? "")).to.equal("awaiting-device");
    await gateway.inform("1 BOOT");
    expect(heard(await gateway.empty())).to.equal("GetParameterNames");
    await gateway.say({ kind: "GetParameterNamesResponse", parameters: [row] });
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 13: unknown ACS method: SOAP fault 8000 in HTTP 200", async () => {
    await gateway.inform("2 PERIODIC");
    const answer = await gateway.say({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" }, { id: "d1" });
    expect(messageOf(answer)).to.include({ kind: "Fault", faultCode: 8000 });
    expect(answer.body).to.include(">d1</cwmp:ID>").and.include("<faultstring>CWMP fault</faultstring>");
  });

  it("row 14: response with an ID that is not the outstanding one: the ID is ignored, only one request is outstanding", async () => {
    const { ids } = await asked(readNtp);
    expect((await gateway.say(ntpAnswer, { id: "never yours" })).status).to.equal(204);
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 15: response element of another method: protocol error, the task fails, the session ends with 204", async () => {
    const { ids } = await asked(readNtp, setNtp);
    expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);
    expect((await acs.stores.tasks.get(ids[0] ?? ""))?.failure?.code).to.equal("protocol");
    expect(await stateOf(ids[1] ?? "")).to.equal("queued");
  });

  it("row 16: message before Inform, or unknown cookie: 400 and close; the CPE retries with Inform", async () => {
    const early = await gateway.say({ kind: "GetRPCMethods" });
    expect([early.status, early.headers["connection"]]).to.deep.equal([400, "close"]);
    const unknown = await gateway.empty({ headers: { Cookie: "reveille=of-nobody" } });
    expect([unknown.status, unknown.headers["connection"]]).to.deep.equal([400, "close"]);
    expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
  });

  it("row 17: Inform inside a live session of the same cookie: the old session is dropped, its task taken up, the new Inform answered", async () => {
    const { ids } = await asked(readNtp);
    expect(heard(await gateway.inform("2 PERIODIC"))).to.equal("InformResponse");
    expect(await stateOf(ids[0] ?? "")).to.equal("unknown");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "GetParameterValues", names: [NTP] });
    await gateway.say(ntpAnswer);
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 18: same device on a second connection: it supersedes; never two workers on one device", async () => {
    await asked(readNtp);
    const second = new CwmpClient(gateway.options);
    await second.inform("2 PERIODIC");
    expect((await gateway.say(ntpAnswer)).status).to.equal(400);
    expect(heard(await second.empty())).to.equal("GetParameterValues");
  });

  it("row 19: new TCP connection, same cookie: the session continues; digest is asked again", async () => {
    const { ids } = await asked(readNtp);
    gateway.disconnect();
    expect((await gateway.send(gateway.text(ntpAnswer), { headers: { Authorization: null } })).status).to.equal(401);
    expect((await gateway.say(ntpAnswer)).status).to.equal(204);
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 20: no cookie support: the TCP connection, then the digest user name; never the source address", async () => {
    const plain = new CwmpClient({ ...gateway.options, keepsCookies: false });
    await acs.task(gateway.id, readNtp);
    await plain.inform("2 PERIODIC");
    plain.disconnect();
    expect(heard(await plain.empty())).to.equal("GetParameterValues");
    const neighbour = new CwmpClient({ ...(await acs.gateway()).options, keepsCookies: false });
    expect((await neighbour.say(ntpAnswer)).status, "from the same address").to.equal(400);
  });

  it("row 21: silent for longer than the time-out: unsuccessful end; the task stays to be done", async () => {
    const { ids } = await asked(readNtp);
    await acs.clock.advance(30_000);
    await acs.untilTask(ids[0] ?? "", "unknown");
    await acs.untilEvent("the end", ({ kind, deviceId }) => kind === "session-failed" && deviceId === gateway.id);
    await gateway.inform("2 PERIODIC");
    expect(heard(await gateway.empty())).to.equal("GetParameterValues");
  });

  it("row 22: 0 BOOTSTRAP: cached values are forgotten; connection-request credentials and provisioning are applied again", async () => {
    await asked(readNtp);
    await gateway.say(ntpAnswer);
    await gateway.inform("0 BOOTSTRAP", "1 BOOT");
    expect(await known(NTP)).to.equal(undefined);
    const provision = messageOf(await gateway.empty());
    const names = provision.kind === "SetParameterValues" ? provision.values.map(({ name }) => name) : [];
    expect(names).to.include.members([
      `${ROOT}ManagementServer.ConnectionRequestUsername`,
      `${ROOT}ManagementServer.ConnectionRequestPassword`,
    ]);
    expect(names).to.include(`${ROOT}ManagementServer.PeriodicInformInterval`);
  });

  it("row 23: 1 BOOT + M Reboot: the reboot task is closed by its CommandKey", async () => {
    const { ids } = await asked({ kind: "reboot" });
    await gateway.say({ kind: "RebootResponse" });
    expect(await stateOf(ids[0] ?? "")).to.equal("awaiting-device");
    await gateway.inform("1 BOOT", "M Reboot=of-another");
    expect(await stateOf(ids[0] ?? ""), "another's key").to.equal("awaiting-device");
    await gateway.inform("1 BOOT", `M Reboot=${ids[0]}`);
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
  });

  it("row 24: 4 VALUE CHANGE: the values of the ParameterList are stored", async () => {
    await gateway.inform("4 VALUE CHANGE");
    expect(await known(`${ROOT}DeviceInfo.SoftwareVersion`)).to.equal("3.2.1");
  });

  it("row 26: 7 TRANSFER COMPLETE: TransferComplete is expected later in this session, and ends the task by its CommandKey", async () => {
    const { ids } = await asked(download);
    await gateway.say({ kind: "DownloadResponse", status: 1, startTime: "0001-01-01T00:00:00Z", completeTime: "0001-01-01T00:00:00Z" });
    await gateway.inform("7 TRANSFER COMPLETE", `M Download=${ids[0]}`);
    expect(await stateOf(ids[0] ?? ""), "the event alone ends nothing").to.equal("awaiting-device");
    expect(heard(await gateway.say(transferred(ids[0] ?? "")))).to.equal("TransferCompleteResponse");
    expect(await stateOf(ids[0] ?? "")).to.equal("done");
    expect((await gateway.empty()).status).to.equal(204);
  });

  it("row 27: 8 DIAGNOSTICS COMPLETE: the result object is read with GetParameterValues", async () => {
    const object = `${ROOT}IPPingDiagnostics.`;
    await asked({ kind: "setParameterValues", values: [{ name: `${object}DiagnosticsState`, value: "Requested" }] });
    await gateway.say({ kind: "SetParameterValuesResponse", status: 0 });
    await gateway.inform("8 DIAGNOSTICS COMPLETE");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "GetParameterValues", names: [object] });
    await gateway.say(valuesOf([`${object}DiagnosticsState`, "Complete"], [`${object}SuccessCount`, "3"]));
    expect(await known(`${object}SuccessCount`)).to.equal("3");
  });

  it("row 28: unknown event, or X vendor event: accepted", async () => {
    expect((await gateway.inform("X 00D09E Dance", "77 NEVER HEARD OF", "M X_EXAMPLE_Sing=k", "")).status).to.equal(200);
    const [event] = await acs.events(gateway.id, "device-informed");
    expect(event?.data["events"]).to.include.members(["X 00D09E Dance", "77 NEVER HEARD OF", "M X_EXAMPLE_Sing"]);
  });

  it("row 29: Inform with unknown DeviceId: refused, and an event names who asked", async () => {
    const identity = { oui: "00D09E", productClass: "", serialNumber: "ROW29" };
    const stranger = new CwmpClient({ ...gateway.options, identity, username: "00D09E-ROW29" });
    expect((await stranger.inform("0 BOOTSTRAP")).status).to.equal(401);
    const named = (await acs.events(null, "device-unknown")).filter(({ data }) => data["username"] === "00D09E-ROW29");
    expect(named).to.have.length(1);
  });

  it("row 29: Inform with unknown DeviceId under an enrolment rule of the operator: registered", async () => {
    await openRule(acs);
    const device = stranger(acs);
    expect(heard(await device.inform("0 BOOTSTRAP"))).to.equal("InformResponse");
    expect(await acs.stores.devices.get(device.id)).to.include({ id: device.id });
    await removeRules(acs);
  });

  it("row 30: envelope beyond the limit: 32 KiB work, beyond the own limit HTTP 413", async () => {
    await asked(readNtp);
    expect((await gateway.say(valuesOf([NTP, "x".repeat(50_000)]))).status).to.equal(413);
    gateway.disconnect();
    expect((await gateway.say(valuesOf([NTP, "x".repeat(32_768)]))).status).to.equal(204);
  });

  it("row 31: malformed XML: HTTP 400, the CPE sees session failure; the reason is kept", async () => {
    const { ids } = await asked(readNtp);
    expect((await gateway.post("<SOAP-ENV:Envelope><SOAP-ENV:Body></SOAP-ENV:Envelope>")).status).to.equal(400);
    expect(await stateOf(ids[0] ?? "")).to.equal("unknown");
    await acs.untilEvent(
      "the reason",
      ({ kind, deviceId, data }) => kind === "session-failed" && deviceId === gateway.id && data["why"] !== "",
    );
  });

  it("row 33: GET or PUT on the CWMP URL: 405", async () => {
    for (const method of ["GET", "PUT"]) {
      const connection = await RawConnection.open(acs.cwmpPort);
      connection.write(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
      expect(await connection.answer()).to.deep.include({ status: 405 });
      connection.close();
    }
  });

  it("row 34: unknown Content-Encoding: 415", async () => {
    expect((await gateway.post(gateway.informText(), { headers: { "Content-Encoding": "br" } })).status).to.equal(415);
    expect((await gateway.inform("2 PERIODIC")).status, "as it is sent again without").to.equal(200);
  });

  it("row 35: Inform RetryCount > 0: information only", async () => {
    const text = gateway.informText().replace("<RetryCount>0<", "<RetryCount>1485<");
    expect((await gateway.post(text)).status).to.equal(200);
    const [event] = await acs.events(gateway.id, "device-informed");
    expect(event?.data["retryCount"]).to.equal(1_485);
  });

  it("row 36: MaxEnvelopes other than 1: ignored, the answer is 1", async () => {
    for (const envelopes of ["0", "2", "4294967295"]) {
      const text = gateway.informText().replace("<MaxEnvelopes>1<", `<MaxEnvelopes>${envelopes}<`);
      expect(messageOf(await gateway.post(text))).to.deep.equal({ kind: "InformResponse", maxEnvelopes: 1 });
    }
  });

  it("row 37: Inform with SupportedCWMPVersions: UseCWMPVersion in the InformResponse", async () => {
    const offer = { supportedCwmpVersions: ["1.0", "1.1", "1.2", "1.4"] };
    expect((await gateway.post(gateway.informText(["1 BOOT"], offer))).body).to.match(/mustUnderstand="1">1\.4<\/cwmp:UseCWMPVersion>/);
    expect((await gateway.inform("1 BOOT")).body).to.not.include("UseCWMPVersion");
  });
});

describe("cwmp.md 1.11, rows that need a bridge or a full ACS", () => {
  it("row 25: 6 CONNECTION REQUEST: the pending connection request is confirmed", async () => {
    const bridge = {
      wake: async () => ({ outcome: "accepted", detail: "" }) as const,
      onWireEvent: () => () => undefined,
      onBack: () => () => undefined,
      close: async () => undefined,
    };
    const acs = await startTestAcs({ parts: { bridge, random: () => 0 } });
    try {
      const gateway = await acs.gateway({ sipAddress: "sip:1001@voice.example" });
      await acs.task(gateway.id, { kind: "reboot" });
      await acs.untilEvent("a wake", ({ kind, deviceId }) => kind === "wake-changed" && deviceId === gateway.id);
      await gateway.inform("6 CONNECTION REQUEST");
      expect(heard(await gateway.empty())).to.equal("Reboot");
      expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);
      await acs.stores.settings.set("quiet", "");
      await settle();
      expect((await acs.stores.devices.get(gateway.id))?.wake).to.include({ state: "idle", nextTryAtMs: null });
    } finally {
      await acs.close();
    }
  });

  it("row 32: ACS overloaded: 503 + Retry-After; the sessions that are open go on", async () => {
    const acs = await startTestAcs({ env: { ACS_SESSIONS_MAX: "1" } });
    try {
      const [served, late] = [await acs.gateway(), await acs.gateway()];
      await served.inform("2 PERIODIC");
      const refused: HttpAnswer = await late.inform("2 PERIODIC");
      expect(refused.status).to.equal(503);
      expect(Number(refused.headers["retry-after"])).to.be.within(30, 90);
      expect((await served.empty()).status).to.equal(204);
    } finally {
      await acs.close();
    }
  });
});
