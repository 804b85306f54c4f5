/**
 * The bridge on a hostile network: it passes nothing on, gives nobody more octets than came in his name, and can be silenced.
 * Spec: sip.md 11; RFC 3261 8.2.2.1, 16. Layer: integration test.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import { timersOf } from "../../sip-bridge/main.js";
import { REFLECTION_LIMITS } from "../../sip-bridge/net/reflection-ledger.js";
import type { SipRequest } from "../../sip-bridge/sip/message.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { sipBytes } from "../support/sip-messages.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const METHODS = ["REGISTER", "OPTIONS", "INVITE", "CANCEL", "BYE", "NOTIFY", "SUBSCRIBE", "MESSAGE", "REFER", "PUBLISH", "INFO"];
METHODS.push("UPDATE", "PRACK", "ACK", "NONSENSE");
const TIMES = 40;
/** What time adds to the allowance while a test runs. */
const SLACK_BYTES = 30 * REFLECTION_LIMITS.allowanceBytesPerSecond;
const target = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` } as const;

describe("the bridge on a hostile network", () => {
  let bridge: TestBridge;
  let gateway: SipGateway;
  let strangers = 1;

  before(async () => {
    bridge = await startTestBridge({ sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(200) } });
    gateway = await openGateway({ bridgePort: bridge.sipPort });
  });
  after(async () => {
    await gateway.close();
    await bridge.close();
  });

  /** A source that nobody knows, and what it was sent. */
  async function stranger() {
    const socket: Socket = createSocket("udp4");
    const address = `127.0.0.${++strangers}`;
    socket.bind(0, address);
    await once(socket, "listening");
    const heard: Buffer[] = [];
    socket.on("message", (bytes) => heard.push(bytes));
    return { socket, address, heard };
  }

  /** Sends all; resolves when whatever is answered has arrived. @returns Octets there and back. */
  async function attack(messages: readonly Uint8Array[]) {
    const { socket, heard } = await stranger();
    for (const message of messages) socket.send(message, bridge.sipPort, "127.0.0.1");
    // Two registrations one after the other: what came before them is worked off, and its answers have been delivered.
    for (let round = 0; round < 2; round++) expect((await gateway.register()).status).to.equal(200);
    socket.close();
    const total = (all: readonly Uint8Array[]): number => all.reduce((sum, { length }) => sum + length, 0);
    return { sent: total(messages), received: total(heard), heard };
  }

  const shortest = (method: string, uri: string, n: number, ...more: readonly string[]): Uint8Array =>
    sipBytes([
      `${method} ${uri} SIP/2.0`,
      `v: SIP/2.0/UDP h;branch=z9hG4bK${n}`,
      `f: <sip:a@${TEST_DOMAIN}>;tag=1`,
      `t: <sip:a@${TEST_DOMAIN}>`,
      `i: ${method}${n}`,
      `CSeq: 1 ${method}`,
      ...more,
    ]);
  const times = (make: (n: number) => Uint8Array): readonly Uint8Array[] => Array.from({ length: TIMES }, (_, n) => make(n));

  for (const method of METHODS) {
    it(`short ${method}s are answered with no more octets than came`, async () => {
      const { sent, received } = await attack(times((n) => shortest(method, `sip:${TEST_DOMAIN}`, n)));
      expect(received).to.be.at.most(sent + REFLECTION_LIMITS.allowanceBytes + SLACK_BYTES);
    });
  }

  it("nor are malformed requests of any kind, nor STUN", async () => {
    const stun = Buffer.from("000100002112a442000102030405060708090a0b", "hex");
    const kinds: readonly ((n: number) => Uint8Array)[] = [
      (n) => shortest("OPTIONS", "sip:a@b c", n),
      (n) => shortest("OPTIONS", `sip:${TEST_DOMAIN}`, n, "Content-Length: 9"),
      (n) => shortest("OPTIONS", `sip:${TEST_DOMAIN}`, n, "Content-Length: -1"),
      (n) =>
        Buffer.from(
          Buffer.from(shortest("OPTIONS", `sip:${TEST_DOMAIN}`, n))
            .toString("latin1")
            .replace("SIP/2.0", "SIP/7.0"),
          "latin1",
        ),
      (n) => shortest("REGISTER", `sip:${TEST_DOMAIN}`, n, "Authorization: Digest nonsense"),
      (n) => shortest("REGISTER", `sip:${TEST_DOMAIN}`, n, "Require: a,b,c,d,e,f,g"),
      () => stun,
    ];
    for (const make of kinds) {
      const { sent, received } = await attack(times(make));
      expect(received, Buffer.from(make(1)).toString("latin1")).to.be.at.most(sent + REFLECTION_LIMITS.allowanceBytes + SLACK_BYTES);
    }
    expect(bridge.counters()["answersWithheld"]).to.be.above(0);
  });

  it("is no relay: what is for somebody else is refused, and nobody hears of it", async () => {
    const victim = await stranger();
    const uri = `sip:someone@${victim.address}:${victim.socket.address().port}`;
    const route = `Route: <${uri};lr>`;
    for (const method of METHODS.filter((one) => one !== "ACK" && one !== "CANCEL")) {
      const { heard } = await attack([shortest(method, uri, 1, route), shortest(method, `sip:a@${TEST_DOMAIN}`, 2, route)]);
      const [first = ""] = heard.map((bytes) => bytes.toString("latin1"));
      expect(first, method).to.match(/^SIP\/2\.0 4(04|05|01|20)|^SIP\/2\.0 501/);
    }
    expect(victim.heard).to.deep.equal([]);
    victim.socket.close();
  });

  describe("the switch of all NOTIFYs", () => {
    const turn = async (body: object): Promise<Response> =>
      fetch(new URL("/notify-switch", bridge.url), {
        method: "PUT",
        headers: { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const wake = (wakeId: string) => bridge.bridge.wake({ wakeId, deviceId: "d1", target, event: "resync" });

    it("off: no wake is taken, and the reason is told; on: they are", async () => {
      await gateway.register();
      expect(await (await turn({ enabled: false, reason: "attack" })).json()).to.include({ enabled: false, reason: "attack" });
      expect(await wake("w1")).to.deep.equal({ outcome: "overloaded", detail: "waking is switched off (PUT /notify-switch): attack" });
      expect(gateway.notifies).to.deep.equal([] satisfies SipRequest[]);
      await turn({ enabled: true });
      const ended = untilEnded(bridge.bridge);
      expect((await wake("w1")).outcome).to.equal("accepted");
      expect((await ended).at(-1)).to.include({ kind: "answered", status: 200 });
    });

    it("wants a body that says what", async () => {
      const refused = await turn({ enabled: "no" });
      expect(refused.status).to.equal(400);
      expect(((await refused.json()) as { errors: unknown }).errors).to.have.nested.property("[0].field", "enabled");
    });
  });

  it("a scanner's ban is shown, and lifted", async () => {
    const { socket, address } = await stranger();
    for (let n = 0; n < 5; n++)
      socket.send(shortest("OPTIONS", `sip:${TEST_DOMAIN}`, n, "User-Agent: sipvicious"), bridge.sipPort, "127.0.0.1");
    await gateway.register();
    socket.close();
    const headers = { authorization: `Bearer ${TEST_TOKEN}` };
    const { bans } = (await (await fetch(new URL("/bans", bridge.url), { headers })).json()) as {
      readonly bans: readonly { readonly address: string }[];
    };
    expect(bans.map((ban) => ban.address)).to.deep.equal([address]);
    expect((await fetch(new URL(`/bans/${address}`, bridge.url), { method: "DELETE", headers })).status).to.equal(204);
    expect((await fetch(new URL(`/bans/${address}`, bridge.url), { method: "DELETE", headers })).status).to.equal(404);
  });
});
