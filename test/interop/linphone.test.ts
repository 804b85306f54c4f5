/**
 * The bridge and linphonec, a telephone of others: it registers with digest SHA-256, and takes a NOTIFY whose event it does not know.
 * Layer: interop test.
 */
import { expect } from "chai";
import { timersOf } from "../../sip-bridge/main.js";
import { type Authority, makeAuthority } from "../support/certificates.js";
import type { Program } from "../support/child-process.js";
import { type LinphoneOptions, startLinphone } from "../support/linphone.js";
import { requireCommand } from "../support/services.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded, untilRegistered } from "../support/wire-events.js";

describe("interop: linphonec as a gateway", () => {
  let bridge: TestBridge;
  let authority: Authority;
  const phones: Program[] = [];

  before(async function () {
    requireCommand(this, "linphonec");
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    const { certFile, keyFile } = await authority.issue("registrar", 30, "localhost");
    bridge = await startTestBridge({
      http: null,
      domains: { main: TEST_DOMAIN, aliases: ["127.0.0.1", "localhost"] },
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(200), tls: { port: 0, certFile, keyFile } },
    });
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop();
  });
  after(async () => {
    await bridge?.close();
    await authority?.remove();
  });

  async function registered(options: Pick<LinphoneOptions, "transport"> & Partial<LinphoneOptions>): Promise<string> {
    const user = `linphone-${options.transport}`;
    const addressOfRecord = `${user}@${TEST_DOMAIN}`;
    await bridge.putAccount(user, TEST_PASSWORD);
    const heard = untilRegistered(bridge.bridge, addressOfRecord);
    phones.push(await startLinphone({ registrar: "127.0.0.1", port: bridge.sipPort, user, ...options }));
    await heard;
    return addressOfRecord;
  }

  async function wake(addressOfRecord: string) {
    const ended = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord } as const;
    expect((await bridge.bridge.wake({ wakeId: addressOfRecord, deviceId: "d1", target, event: "resync" })).outcome).to.equal("accepted");
    return (await ended).at(-1);
  }

  it("registers over UDP, and answers NOTIFY with 200", async () => {
    expect(await wake(await registered({ transport: "udp" }))).to.include({ kind: "answered", status: 200 });
  });

  it("registers over TCP, and is woken over the connection that it made", async () => {
    expect(await wake(await registered({ transport: "tcp" }))).to.include({ kind: "answered", status: 200 });
    expect(bridge.counters()).to.include({ "tcp.open": 1 });
  });

  it("registers over TLS after a look at our certificate, and is woken over that connection", async () => {
    const tls = { registrar: "localhost", port: bridge.sipTlsPort, caFile: authority.certFile };
    expect(await wake(await registered({ transport: "tls", ...tls }))).to.include({ kind: "answered", status: 200 });
    expect(bridge.counters()).to.include({ "tls.open": 1 });
  });
}).timeout(15_000);
