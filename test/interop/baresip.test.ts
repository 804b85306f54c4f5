/**
 * The bridge and baresip, a telephone of others: it registers, and refuses a NOTIFY of no subscription of its own.
 * baresip 1.0 knows MD5 only, and gives up at any challenge for SHA-256, wherever it stands: SIP_DIGEST_ALGORITHMS=MD5.
 * Layer: interop test.
 */
import { expect } from "chai";
import { timersOf } from "../../sip-bridge/main.js";
import { startBaresip } from "../support/baresip.js";
import { type Authority, makeAuthority } from "../support/certificates.js";
import type { Program } from "../support/child-process.js";
import { type NetworkNamespace, requireNetworkNamespace } from "../support/network-namespace.js";
import { requireCommand } from "../support/services.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";
import { untilEnded, untilRegistered } from "../support/wire-events.js";

describe("interop: baresip as a gateway", () => {
  let namespace: NetworkNamespace;
  let bridge: TestBridge;
  let authority: Authority;
  const phones: Program[] = [];

  before(async function () {
    requireCommand(this, "baresip");
    requireCommand(this, "openssl");
    namespace = await requireNetworkNamespace(this);
    authority = await makeAuthority();
    const { certFile, keyFile } = await authority.issue("registrar", 30, namespace.hostAddress);
    bridge = await startTestBridge({
      sip: { addresses: [{ address: namespace.hostAddress }], port: 0, timers: timersOf(200), tls: { port: 0, certFile, keyFile } },
      digestAlgorithms: ["MD5"],
    });
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop();
  });
  after(async () => {
    await bridge?.close();
    await namespace?.remove();
    await authority?.remove();
  });

  async function registered(transport: "udp" | "tcp" | "tls", user = `baresip-${transport}`): Promise<string> {
    const addressOfRecord = `${user}@${TEST_DOMAIN}`;
    await bridge.putAccount(user, TEST_PASSWORD);
    const heard = untilRegistered(bridge.bridge, addressOfRecord);
    const port = transport === "tls" ? bridge.sipTlsPort : bridge.sipPort;
    phones.push(await startBaresip({ namespace, port, transport, user, caFile: authority.certFile }));
    await heard;
    return addressOfRecord;
  }

  async function wake(addressOfRecord: string) {
    const ended = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord } as const;
    expect((await bridge.bridge.wake({ wakeId: addressOfRecord, deviceId: "d1", target, event: "resync" })).outcome).to.equal("accepted");
    return (await ended).at(-1);
  }

  it("registers over UDP, and answers NOTIFY with 481", async () => {
    expect(await wake(await registered("udp"))).to.include({ kind: "answered", status: 481 });
  });

  it("refuses every event that its profile names, one after the other: the wake is answered, and it is for the call-in to tell whether it served", async () => {
    const addressOfRecord = await registered("udp", "baresip-profile");
    const target = { by: "address-of-record", addressOfRecord } as const;
    const ended = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "p1", deviceId: "d2", target, profile: { events: ["resync", "check-sync;reboot=false"] } });
    const told = (await ended).filter(({ kind }) => kind === "event-refused" || kind === "answered");
    expect(told.map(({ kind }) => kind)).to.deep.equal(["event-refused", "answered"]);
    expect(told[0]).to.include({ status: 481, event: "resync", next: "check-sync;reboot=false" });
    expect(told[1]).to.include({ status: 481 });
  });

  it("registers over TCP, and refuses the NOTIFY over its connection", async () => {
    expect(await wake(await registered("tcp"))).to.include({ kind: "answered", status: 481 });
    expect(bridge.counters()).to.include({ "tcp.open": 1 });
  });

  it("registers over TLS, and refuses the NOTIFY over its connection", async () => {
    expect(await wake(await registered("tls"))).to.include({ kind: "answered", status: 481 });
    expect(bridge.counters()).to.include({ "tls.open": 1 });
  });

  it("registers two flows of one instance (RFC 5626), which are one gateway to a wake", async () => {
    const user = "baresip-outbound";
    await bridge.putAccount(user, TEST_PASSWORD);
    phones.push(await startBaresip({ namespace, port: bridge.sipPort, transport: "udp", user, hasOutbound: true }));
    let flows = await bindingsOf(user);
    while (flows.length < 2) flows = await bindingsOf(user);
    expect(flows.map(({ regId, flow, isFlowOpen }) => [regId, flow.transport, isFlowOpen])).to.deep.equal([
      [1, "udp", true],
      [2, "tcp", true],
    ]);
    expect(new Set(flows.map(({ instanceId }) => instanceId)).size).to.equal(1);
    expect(await wake(`${user}@${TEST_DOMAIN}`)).to.include({ kind: "answered", status: 481 });
  });

  type Listed = {
    readonly regId: number;
    readonly instanceId: string;
    readonly flow: { readonly transport: string };
    readonly isFlowOpen: boolean;
  };
  async function bindingsOf(user: string): Promise<readonly Listed[]> {
    const url = new URL(`/bindings?addressOfRecord=${user}`, bridge.url);
    const response = await fetch(url, { headers: { authorization: `Bearer ${TEST_TOKEN}` } });
    return ((await response.json()) as { bindings: readonly Listed[] }).bindings;
  }
}).timeout(15_000);
