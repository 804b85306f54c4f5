/**
 * The bridge and sipp: another implementation registers with digest and answers NOTIFY in four ways.
 * Layer: interop test.
 */
import { expect } from "chai";
import type { WireEvent } from "../../schemas/wake-contract.js";
import { timersOf } from "../../sip-bridge/main.js";
import { freePort } from "../support/npm-sip.js";
import { requireCommand } from "../support/services.js";
import { type Sipp, startSipp } from "../support/sipp.js";
import { startTestBridge, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded, untilRegistered } from "../support/wire-events.js";

describe("interop: sipp as a gateway", () => {
  let bridge: TestBridge;
  const processes: Sipp[] = [];

  before(async function () {
    requireCommand(this, "sipp");
    // Slow enough that a sipp that is still starting hears a repetition; fast enough that silence is over in 3.2 s.
    const sip = { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(50) };
    // sipp 3.6 gives up at a challenge for SHA-256, even when one for MD5 stands beside it.
    bridge = await startTestBridge({ http: null, sip, digestAlgorithms: ["MD5", "SHA-256"] });
  });

  afterEach(async () => {
    for (const sipp of processes.splice(0)) await sipp.stop();
  });

  after(() => bridge?.close());

  /** Registers with one sipp; then another one, on the same port, answers the NOTIFY: sipp can't take a new call inside a scenario. */
  async function wakeGatewayThat(scenario: string): Promise<readonly WireEvent[]> {
    const shared = { localPort: await freePort(), user: "hgw1", password: TEST_PASSWORD };
    await startSipp({ ...shared, scenario: "register", remotePort: bridge.sipPort }).played;
    const gateway = startSipp({ ...shared, scenario });
    processes.push(gateway);
    const events = untilEnded(bridge.bridge);
    const answer = await bridge.bridge.wake({
      ...{ wakeId: scenario, deviceId: "d1", event: "resync" },
      target: { by: "address-of-record", addressOfRecord: "hgw1@voice.example" },
    });
    expect(answer.outcome).to.equal("accepted");
    const heard = await events;
    if (scenario !== "notify-silence") await gateway.played;
    return heard;
  }

  const finals = (events: readonly WireEvent[]) => events.filter(({ kind }) => kind !== "retransmitted" && kind !== "sent");

  it("registers with digest, and takes the NOTIFY: 200", async () => {
    const events = await wakeGatewayThat("notify-200");
    expect(finals(events).map((event) => [event.kind, "status" in event && event.status])).to.deep.equal([["answered", 200]]);
  });

  it("refuses the NOTIFY: 481", async () => {
    const events = await wakeGatewayThat("notify-481");
    const [only] = finals(events);
    expect(only).to.include({ kind: "answered", status: 481, reason: "Subscription Does Not Exist" });
  });

  it("challenges the NOTIFY, checks our digest and takes it: 401, then 200", async () => {
    const events = await wakeGatewayThat("notify-401-200");
    const told = finals(events).map((event) => [event.kind, "status" in event && event.status]);
    expect(told).to.deep.equal([
      ["challenged", 401],
      ["answered", 200],
    ]);
  });

  it("keeps silent: the NOTIFY is repeated, then timed-out", async () => {
    const events = await wakeGatewayThat("notify-silence");
    expect(finals(events).map(({ kind }) => kind)).to.deep.equal(["timed-out"]);
    // Ten on a quiet machine (timer E, by a fake clock in transaction-layer.test.ts); a busy one may be late for some.
    expect(events.filter(({ kind }) => kind === "retransmitted").length).to.be.within(3, 10);
  });

  it("over TCP: registers and takes the NOTIFY by its connection; when that is gone the next wake fails at once", async () => {
    const user = "sipp-tcp";
    const target = { by: "address-of-record", addressOfRecord: `${user}@voice.example` } as const;
    await bridge.putAccount(user, TEST_PASSWORD);
    const heard = untilRegistered(bridge.bridge, target.addressOfRecord);
    const shared = { localPort: await freePort(), user, password: TEST_PASSWORD, tcp: true };
    const gateway = startSipp({ ...shared, scenario: "register-and-stay", remotePort: bridge.sipPort, outOfCall: "notify-200" });
    processes.push(gateway);
    await heard;
    const taken = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "tcp-1", deviceId: "d2", target, event: "resync" });
    expect((await taken).at(-1)).to.include({ kind: "answered", status: 200 });

    await gateway.stop();
    await until(() => bridge.counters()["tcp.open"] === 0);
    const failed = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "tcp-2", deviceId: "d2", target, event: "resync" });
    expect(await failed).to.have.length(1);
    expect((await failed)[0]).to.include({ kind: "failed" });
  });
}).timeout(20_000);

/** Looks every few milliseconds: the bridge does not tell of connections. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
