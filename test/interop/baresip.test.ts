/**
 * The bridge and baresip, a telephone of others: it registers, and refuses a NOTIFY of no subscription of its own.
 * baresip 1.0 knows MD5 only, and gives up at any challenge for SHA-256, wherever it stands: SIP_DIGEST_ALGORITHMS=MD5.
 * Layer: interop test.
 */
import { expect } from "chai";
import { timersOf } from "../../sip-bridge/main.js";
import { startBaresip } from "../support/baresip.js";
import type { Program } from "../support/child-process.js";
import { type NetworkNamespace, requireNetworkNamespace } from "../support/network-namespace.js";
import { requireCommand } from "../support/services.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded, untilRegistered } from "../support/wire-events.js";

describe("interop: baresip as a gateway", () => {
  let namespace: NetworkNamespace;
  let bridge: TestBridge;
  const phones: Program[] = [];

  before(async function () {
    requireCommand(this, "baresip");
    namespace = await requireNetworkNamespace(this);
    bridge = await startTestBridge({
      http: null,
      sip: { addresses: [{ address: namespace.hostAddress }], port: 0, timers: timersOf(200) },
      digestAlgorithms: ["MD5"],
    });
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop();
  });
  after(async () => {
    await bridge?.close();
    await namespace?.remove();
  });

  async function registered(transport: "udp" | "tcp" | "tls"): Promise<string> {
    const user = `baresip-${transport}`;
    const addressOfRecord = `${user}@${TEST_DOMAIN}`;
    await bridge.putAccount(user, TEST_PASSWORD);
    const heard = untilRegistered(bridge.bridge, addressOfRecord);
    phones.push(await startBaresip({ namespace, port: bridge.sipPort, transport, user }));
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
}).timeout(15_000);
