/**
 * The reachability ladder end to end without a SIP bridge: the ACS wakes devices over HTTP, UDP and XMPP with real sockets, and learns
 * which rung a device answers.
 * Spec: TR-069 3.2.2, Annex G, Annex M; DESIGN 4. Layer: integration test.
 */
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { expect } from "chai";
import type { Rung } from "../../acs/devices/reachability.js";
import type { StoredEvent } from "../../acs/events/event.js";
import { openSecret, readSecretKey } from "../../common/secret-box.js";
import { callsBeforeAnswer } from "../../device-sim/behaviours/calls-before-answer.js";
import { BridgeUnreachable } from "../../schemas/wake-contract.js";
import { CwmpClient, messageOf } from "../support/cwmp-client.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { startRawHttpDevice } from "../support/raw-http-device.js";
import { scriptedBridge } from "../support/scripted-bridge.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";
import { openUdpDevice } from "../support/udp-device.js";

const ROOT = "InternetGatewayDevice.";
const SERVER = `${ROOT}ManagementServer.`;
const SECRETS_KEY = "42".repeat(32);
const WAIT_MS = 1_500;
const order = { kind: "reboot" } as const;
const set = { kind: "SetParameterValuesResponse", status: 0 } as const;
const env = {
  ...{ ACS_HTTP_CONNECTION_REQUESTS: "true", ACS_REFUSED_RANGES: "none", ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_SECRETS_KEY: SECRETS_KEY },
  ...{ ACS_STUN_HOST: "127.0.0.1", ACS_STUN_PORT: "0", ACS_NOTIFICATION_HOST: "127.0.0.1", ACS_NOTIFICATION_PORT: "0" },
};

describe("connection requests", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(more: { readonly realTime?: boolean; readonly env?: Readonly<Record<string, string>> } = {}): Promise<TestAcs> {
    const acs = await startTestAcs({ ...more, env: { ...env, ...more.env }, parts: { random: () => 0 } });
    closing.push(() => acs.close());
    return acs;
  }

  async function until(what: string, fits: () => boolean | Promise<boolean>): Promise<void> {
    for (const untilMs = Date.now() + WAIT_MS; !(await fits()); await new Promise((resolve) => setImmediate(resolve)))
      if (Date.now() > untilMs) throw new Error(`not within ${WAIT_MS} ms: ${what}`);
  }
  /** A call-in has proved the rung. */
  const proved = (acs: TestAcs, id: string, rung: Rung): Promise<void> =>
    until(`${rung} proved`, async () => typeof (await acs.stores.reach.get(id)).device[rung]?.wokeAtMs === "number");

  const wakeChange = (acs: TestAcs, id: string, reason: RegExp): Promise<StoredEvent> =>
    acs.untilEvent(
      String(reason),
      ({ kind, deviceId, data }) => kind === "wake-changed" && deviceId === id && reason.test(String(data["reason"])),
    );
  const connectionPassword = async (acs: TestAcs, id: string): Promise<string> => {
    const device = await acs.stores.devices.get(id);
    return openSecret(readSecretKey(SECRETS_KEY), device?.connectionRequest.password ?? "", id);
  };
  /** A device that told these values in an Inform. */
  async function toldGateway(acs: TestAcs, server: Readonly<Record<string, string>>): Promise<TestGateway> {
    const gateway = await acs.gateway();
    const told = Object.entries(server).map(
      ([name, text]) =>
        `<ParameterValueStruct><Name>${SERVER}${name}</Name><Value xsi:type="xsd:string">${text}</Value></ParameterValueStruct>`,
    );
    const { status } = await gateway.post(gateway.informText().replace("</ParameterList>", `${told.join("")}</ParameterList>`));
    expect(status).to.equal(200);
    expect((await gateway.empty()).status).to.equal(204);
    return gateway;
  }

  it("a simulated gateway is woken by HTTP digest, calls in with 6 CONNECTION REQUEST, and the task is done", async () => {
    const acs = await start({ realTime: true });
    const bench = openGatewayBench();
    closing.push(() => bench.close());
    const { gateway, event } = bench.add({
      acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`,
      acsPassword: DEVICE_PASSWORD,
      connectionRequest: { host: "127.0.0.1", port: 0 },
    });
    const { oui, productClass, serialNumber } = gateway.instance;
    await acs.call("POST", "/api/devices", { oui, productClass, serialNumber, password: DEVICE_PASSWORD });
    const { deviceId } = gateway;
    await gateway.powerOn();
    await acs.untilEvent("provision", ({ kind, data }) => kind === "task-changed" && data["to"] === "done");
    await event("session-ended");
    const id = await acs.task(deviceId, { kind: "setParameterValues", values: [{ name: `${ROOT}Time.NTPServer1`, value: "ntp.example" }] });
    await acs.untilTask(id, "done");
    expect(gateway.read(`${ROOT}Time.NTPServer1`)).to.equal("ntp.example");
    const informs = await acs.events(deviceId, "device-informed");
    expect(informs.at(-1)?.data["events"]).to.deep.equal(["6 CONNECTION REQUEST"]);
    const [knock] = await acs.events(deviceId, "wire");
    expect(knock?.data).to.deep.include({ kind: "connection-request", rung: "http", next: "wait", detail: "HTTP: answered 200" });
    // The rung has proved itself, for the device and for its model.
    await proved(acs, deviceId, "http");
    const reached = await acs.stores.reach.get(deviceId);
    expect(reached.model.http?.wokeAtMs).to.equal(reached.device.http?.wokeAtMs);
    expect((await acs.call("GET", `/api/devices/${deviceId}`)).body.wake.state).to.equal("idle");
  });

  it("a device that calls in instead of answering has been woken all the same (field quirk 47)", async () => {
    const acs = await start({ realTime: true });
    const bench = openGatewayBench();
    closing.push(() => bench.close());
    const { gateway, event } = bench.add({
      ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, behaviours: [callsBeforeAnswer] },
      connectionRequest: { host: "127.0.0.1", port: 0 },
    });
    const { oui, productClass, serialNumber } = gateway.instance;
    await acs.call("POST", "/api/devices", { oui, productClass, serialNumber, password: DEVICE_PASSWORD });
    await gateway.powerOn();
    await acs.untilEvent("provision", ({ kind, data }) => kind === "task-changed" && data["to"] === "done");
    await event("session-ended");
    const id = await acs.task(gateway.deviceId, order);
    await acs.untilTask(id, "done");
    const informs = await acs.events(gateway.deviceId, "device-informed");
    expect(informs.some(({ data }) => JSON.stringify(data["events"]) === '["6 CONNECTION REQUEST"]')).to.equal(true);
    expect((await acs.call("GET", `/api/devices/${gateway.deviceId}`)).body.wake.state).to.equal("idle");
  });

  it("wrong credentials: told in the reason, and tried again after a back-off", async () => {
    const acs = await start();
    const device = await startRawHttpDevice(
      () => 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n',
    );
    closing.push(() => device.close());
    const gateway = await toldGateway(acs, { ConnectionRequestURL: device.url.href });
    await acs.task(gateway.id, order);
    const { data } = await wakeChange(acs, gateway.id, /401 after digest/);
    expect(data).to.deep.include({ state: "waiting", attempts: 1, nextTryAtMs: acs.clock.now() + 60_000 });
    expect((await acs.stores.reach.get(gateway.id)).device.http?.failure).to.include("401 after digest");
    expect(acs.logged()).not.to.include(await connectionPassword(acs, gateway.id));
    const asked = device.requests.length;
    await acs.clock.advance(60_000);
    await acs.untilEvent("second round", ({ kind, data: { attempts } }) => kind === "wake-changed" && attempts === 2);
    expect(device.requests.length).to.be.greaterThan(asked - 1);
  });

  it("the bridge is away and HTTP refused: when the bridge is back SIP is asked at once, and HTTP not again", async () => {
    const bridge = scriptedBridge();
    bridge.answer = new BridgeUnreachable("connection refused");
    const acs = await startTestAcs({ env, parts: { random: () => 0, bridge } });
    closing.push(() => acs.close());
    const device = await startRawHttpDevice(() => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    closing.push(() => device.close());
    const gateway = await toldGateway(acs, { ConnectionRequestURL: device.url.href });
    await acs.call("PATCH", `/api/devices/${gateway.id}`, { sipAddress: "sip:1001@voice.example" });
    await acs.task(gateway.id, order);
    const { data } = await wakeChange(acs, gateway.id, /can't be reached.*404/);
    expect([data["state"], bridge.requests.length, device.requests.length]).to.deep.equal(["waiting", 1, 1]);
    bridge.answer = { outcome: "not-registered", detail: "absent" };
    bridge.back();
    await acs.clock.advance(0);
    const { data: later } = await wakeChange(acs, gateway.id, /^absent$/);
    expect([later["state"], bridge.requests.length, device.requests.length]).to.deep.equal(["waiting", 2, 1]);
  });

  it("503: the device is there; no other rung is tried, and it is not held against this one", async () => {
    const acs = await start();
    const device = await startRawHttpDevice(() => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    closing.push(() => device.close());
    const gateway = await toldGateway(acs, { ConnectionRequestURL: device.url.href, UDPConnectionRequestAddress: "198.51.100.7:9" });
    // A rung that woke the device before is the first.
    const note = { deviceId: gateway.id, rung: "http", atMs: 1, what: "woke", detail: "" } as const;
    await acs.stores.reach.note(note, []);
    await acs.task(gateway.id, order);
    const { data } = await wakeChange(acs, gateway.id, /503/);
    expect([data["state"], data["attempts"]]).to.deep.equal(["waiting", 1]);
    expect((await acs.stores.reach.get(gateway.id)).device).to.have.all.keys("http");
    expect((await acs.stores.reach.get(gateway.id)).device.http?.failedAtMs).to.equal(null);
  });

  it("HTTP refused, then UDP: the device hears a signed datagram from the STUN port and calls in; next time UDP comes first", async () => {
    const acs = await start();
    const offline = await startRawHttpDevice(() => undefined);
    await offline.close();
    const gateway = await toldGateway(acs, { ConnectionRequestURL: offline.url.href });
    const password = await connectionPassword(acs, gateway.id);
    const device = await openUdpDevice({
      ...{ stunPort: acs.stunPort ?? 0, username: gateway.id, password: DEVICE_PASSWORD },
      connectionRequest: () => ({ username: gateway.id, password }),
    });
    closing.push(() => device.close());
    expect((await device.bind())?.type).to.equal(0x0101);
    await acs.untilEvent(
      "binding",
      ({ kind, deviceId, data }) => kind === "wire" && deviceId === gateway.id && data["kind"] === "udp-binding",
    );
    expect((await acs.stores.reach.get(gateway.id)).udpBinding).to.deep.include({ host: "127.0.0.1", port: device.port });

    const rungs = async (): Promise<readonly unknown[]> =>
      (await acs.events(gateway.id, "wire")).flatMap(({ data }) => (data["kind"] === "connection-request" ? [data["rung"]] : []));
    await acs.task(gateway.id, order);
    await wakeChange(acs, gateway.id, /^UDP: sent to/);
    await until("three copies", () => device.datagrams.length === 3);
    expect([device.taken(), await rungs()]).to.deep.equal([1, ["http", "udp"]]);
    expect(device.datagrams.map(({ from }) => from)).to.deep.equal([acs.stunPort, acs.stunPort, acs.stunPort]);
    await gateway.inform("6 CONNECTION REQUEST");
    await gateway.empty();
    expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);

    await proved(acs, gateway.id, "udp");
    await acs.task(gateway.id, order);
    await until("three copies more", () => device.datagrams.length === 6);
    await until("the third knock", async () => (await rungs()).length === 3);
    expect([device.taken(), await rungs()]).to.deep.equal([2, ["http", "udp", "udp"]]);
  });

  it("no call-in after the last rung: the reason names each; after the back-off a new round begins", async () => {
    const acs = await start();
    const offline = await startRawHttpDevice(() => undefined);
    await offline.close();
    const gateway = await toldGateway(acs, { ConnectionRequestURL: offline.url.href, UDPConnectionRequestAddress: "127.0.0.1:9" });
    await acs.task(gateway.id, order);
    await wakeChange(acs, gateway.id, /^UDP: sent to/);
    await acs.clock.advance(60_000); // ACS_INFORM_WAIT_MS
    const { data } = await wakeChange(acs, gateway.id, /did not call in/);
    expect(data["reason"]).to.match(/^HTTP: offline or behind a NAT \(ECONNREFUSED\); UDP: sent to .*; the device did not call in$/);
    expect(data).to.deep.include({ state: "waiting", attempts: 1 });
    await acs.clock.advance(60_000);
    await acs.untilEvent("second round", ({ kind, data: { attempts } }) => kind === "wake-changed" && attempts === 2);
  });

  it("a device that calls in before it answers is not asked over another rung (quirk 47)", async () => {
    const acs = await start();
    let answer = (): void => undefined;
    const device = await startRawHttpDevice((n, _head, socket) => {
      if (n === 0)
        return 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n';
      answer = () => socket.destroy();
      return undefined;
    });
    closing.push(() => device.close());
    const gateway = await toldGateway(acs, { ConnectionRequestURL: device.url.href, UDPConnectionRequestAddress: "127.0.0.1:9" });
    await acs.task(gateway.id, order);
    await until("the request with credentials", () => device.requests.length === 2);
    await gateway.inform("6 CONNECTION REQUEST");
    for (let n = 2; n < 4; n++) {
      answer();
      if (n < 3) await until("its repetition", () => device.requests.length > n);
    }
    await gateway.empty();
    expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);
    await acs.untilEvent("the knock", ({ kind, data }) => kind === "wire" && data["rung"] === "http");
    const wire = await acs.events(gateway.id, "wire");
    expect(wire.map(({ data }) => data["rung"])).to.deep.equal(["http"]);
    expect((await acs.stores.devices.get(gateway.id))?.wake.state).to.equal("idle");
  });

  it("addresses in refused ranges are not knocked at, nor are names that resolve to one: the reason says so", async () => {
    const acs = await start({ env: { ACS_REFUSED_RANGES: "loopback,link-local" } });
    const device = await startRawHttpDevice(() => "HTTP/1.1 200 OK\r\n\r\n");
    closing.push(() => device.close());
    const gateway = await toldGateway(acs, { ConnectionRequestURL: device.url.href, UDPConnectionRequestAddress: "169.254.169.254:80" });
    await acs.task(gateway.id, order);
    const { data } = await wakeChange(acs, gateway.id, /refused address range/);
    expect(String(data["reason"])).to.include(
      "HTTP: 127.0.0.1 is in a refused address range: loopback; UDP: 169.254.169.254 is in a refused",
    );
    expect(await acs.events(gateway.id, "wire")).to.deep.equal([]);
    const named = await toldGateway(acs, { ConnectionRequestURL: `http://localhost:${device.url.port}/` });
    await acs.task(named.id, order);
    await wakeChange(acs, named.id, /^HTTP: localhost \(.*\) is in a refused address range: loopback/);
    expect(device.connections()).to.equal(0);
  });

  describe("lightweight notifications", () => {
    const sign = (body: string, password: string): Buffer =>
      Buffer.from(`POST /HTTPS/1.1\r\nSignature: ${createHmac("sha1", password).update(body).digest("hex")}\r\n\r\n${body}`);

    it("store what they tell, once, with an event; hostile ones are dropped", async () => {
      const acs = await start();
      const gateway = await acs.gateway();
      const device = await acs.stores.devices.get(gateway.id);
      if (device === undefined) throw new Error("no device");
      const { oui, productClass, serialNumber } = device.identity;
      const body = (ts: number, value: string, more = ""): string =>
        `<Notification><TS>${ts}</TS><UN>${gateway.id}</UN><CN>c</CN><OUI>${oui}</OUI><ProductClass>${productClass}</ProductClass>` +
        `<SerialNumber>${serialNumber}</SerialNumber><Param><Name>${ROOT}X</Name><Value>${value}</Value></Param>${more}</Notification>`;
      const socket = createSocket("udp4");
      const send = (bytes: Buffer): Promise<void> =>
        new Promise((resolve, reject) => {
          socket.send(bytes, acs.notificationPort ?? 0, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
        });
      const secret = `<Param><Name>${SERVER}Password</Name><Value>hush-hush</Value></Param>`;
      await send(Buffer.from("junk"));
      await send(sign(body(50, "forged"), "guess"));
      await send(sign(body(50, "stranger").replace(serialNumber, "NOBODY"), DEVICE_PASSWORD));
      await send(sign(body(50, "other user").replace(`<UN>${gateway.id}`, "<UN>x"), DEVICE_PASSWORD));
      await send(sign(body(100, "first", secret), DEVICE_PASSWORD));
      await send(sign(body(100, "replayed"), DEVICE_PASSWORD));
      await send(sign(body(99, "older"), DEVICE_PASSWORD));
      await send(sign(body(101, "second"), DEVICE_PASSWORD));
      await acs.untilEvent("second", ({ kind, data }) => kind === "device-notified" && data["ts"] === 101);
      socket.close();
      const events = await acs.events(gateway.id, "device-notified");
      expect(events.map(({ data }) => data["ts"])).to.deep.equal([100, 101]);
      expect(events[0]?.data).to.deep.include({ parameters: 2, changed: 2, names: [`${ROOT}X`, `${SERVER}Password`] });
      const tree = await acs.stores.devices.tree(gateway.id, "");
      expect(tree.map(({ value }) => value)).to.have.members(["second", ""]);
      expect((await acs.stores.devices.get(gateway.id))?.lastInformAtMs, "no session").to.equal(null);
    });
  });

  it("a device behind a NAT is told at 0 BOOTSTRAP where STUN is, and proves its binding with what it was told", async () => {
    const acs = await start({ env: { PUBLIC_STUN_ADDRESS: "stun.voice.example", PUBLIC_STUN_PORT: "3478" } });
    const gateway = await acs.gateway();
    await gateway.inform("0 BOOTSTRAP");
    expect(messageOf(await gateway.empty())).to.have.property("kind", "SetParameterValues");
    expect(messageOf(await gateway.say(set))).to.deep.equal({ kind: "GetParameterNames", path: SERVER, nextLevel: true });
    const names = ["STUNEnable", "STUNServerAddress", "STUNServerPort", "STUNUsername", "STUNPassword"];
    const parameters = names.map((name) => ({ name: SERVER + name, writable: true }));
    const asked = messageOf(await gateway.say({ kind: "GetParameterNamesResponse", parameters }));
    if (asked.kind !== "SetParameterValues") throw new Error(`asked ${asked.kind}`);
    const told = Object.fromEntries(asked.values.map(({ name, text }) => [name.slice(SERVER.length), text]));
    expect((await gateway.say(set)).status).to.equal(204);
    expect(told).to.include({ STUNServerAddress: "stun.voice.example", STUNServerPort: "3478", STUNEnable: "1" });

    const device = await openUdpDevice({
      ...{ stunPort: acs.stunPort ?? 0, username: told["STUNUsername"] ?? "", password: told["STUNPassword"] ?? "" },
      connectionRequest: () => ({ username: "", password: "" }),
    });
    closing.push(() => device.close());
    await device.bind({ isBindingChange: true });
    await acs.untilEvent(
      "its binding",
      ({ kind, deviceId, data }) => kind === "wire" && deviceId === gateway.id && data["kind"] === "udp-binding",
    );
    expect((await acs.stores.reach.get(gateway.id)).udpBinding).to.deep.include({ port: device.port });
  });

  it("a quarantined device proves nothing to STUN: it is refused as a stranger is", async () => {
    const acs = await start();
    const gateway = await acs.gateway();
    const identity = { ...gateway.options.identity, serialNumber: "ANOTHER" };
    await new CwmpClient({ ...gateway.options, identity }).inform("2 PERIODIC");
    const device = await openUdpDevice({
      ...{ stunPort: acs.stunPort ?? 0, username: gateway.id, password: DEVICE_PASSWORD },
      connectionRequest: () => ({ username: "", password: "" }),
    });
    closing.push(() => device.close());
    expect((await device.bind())?.type).to.equal(0x0111);
    expect((await acs.stores.reach.get(gateway.id)).udpBinding).to.equal(null);
  });

  it("a device without STUN, or an ACS without a public address of it: nothing is set, and nothing fails", async () => {
    const told = await start({ env: { PUBLIC_STUN_ADDRESS: "stun.voice.example", PUBLIC_STUN_PORT: "3478" } });
    const gateway = await told.gateway();
    await gateway.inform("0 BOOTSTRAP");
    await gateway.empty();
    await gateway.say(set);
    expect((await gateway.say({ kind: "GetParameterNamesResponse", parameters: [] })).status).to.equal(204);
    const [stun] = (await told.call("GET", `/api/devices/${gateway.id}/tasks`)).body.tasks;
    expect(stun).to.include({ kind: "provisionStun", state: "done" });

    const silent = await start();
    const other = await silent.gateway();
    await other.inform("0 BOOTSTRAP");
    await other.empty();
    expect((await other.say(set)).status).to.equal(204);
  });
});
