/**
 * The SIP bridge over real UDP: registrar, NOTIFY on the flow, restarts, limits, and what it does with everything else.
 * Layer: integration test.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import type { WakeRequest, WireEvent } from "../../schemas/wake-contract.js";
import { type SipBridgeConfig, startSipBridge } from "../../sip-bridge/main.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import { headerValue, param, type SipResponse } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { challenging, type GatewayOptions, openGateway, type SipGateway } from "../support/sip-gateway.js";
import { sipBytes } from "../support/sip-messages.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { IMPATIENT_SIP, startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const wakeOf = (changes: Partial<WakeRequest> = {}): WakeRequest => ({
  wakeId: "w1",
  deviceId: "d1",
  target: { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` },
  event: "resync",
  ...changes,
});

describe("SIP bridge on UDP", () => {
  let bridge: TestBridge;
  const gateways: SipGateway[] = [];
  let users = 0;

  before(async () => {
    const addresses = [{ address: "127.0.0.1" }, { address: "::1" }];
    bridge = await startTestBridge({ http: null, sip: { addresses, port: 0 } });
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });
  after(() => bridge.close());

  /** A registered gateway of a user of its own, and a way to wake it. */
  async function registered(options: Partial<GatewayOptions> & { readonly contacts?: readonly string[] } = {}) {
    const user = options.user ?? `user${++users}`;
    await bridge.putAccount(user, TEST_PASSWORD);
    const gateway = await openGateway({ bridgePort: bridge.sipPort, ...options, user });
    gateways.push(gateway);
    const response = await gateway.register(options.contacts === undefined ? {} : { contacts: options.contacts });
    expect(response.status).to.equal(200);
    return { gateway, user, response, wake: (changes: Partial<WakeRequest> = {}) => wake(user, changes) };
  }

  async function wake(user: string, changes: Partial<WakeRequest>): Promise<readonly WireEvent[]> {
    const events = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord: `${user}@${TEST_DOMAIN}` } as const;
    const answer = await bridge.bridge.wake(wakeOf({ wakeId: user, deviceId: user, target, ...changes }));
    expect(answer.outcome, answer.detail).to.equal("accepted");
    return events;
  }

  const statuses = (events: readonly WireEvent[]) =>
    events.flatMap((event) => ("status" in event ? [`${event.kind} ${event.status}`] : []));

  /** On a busy machine a NOTIFY is repeated before its answer has come. */
  const told = (events: readonly WireEvent[]) => events.map(({ kind }) => kind).filter((kind) => kind !== "retransmitted");

  it("answers REGISTER where it came from, with received and rport", async () => {
    const { response, gateway } = await registered();
    const via = response.vias[0];
    expect([param(via?.params ?? [], "received"), param(via?.params ?? [], "rport")]).to.deep.equal(["127.0.0.1", String(gateway.port)]);
    expect(headerValue(response, "contact")).to.equal(`<${gateway.contact}>;expires=600`);
  });

  it("sends NOTIFY to the flow of the REGISTER, whatever the Contact says", async () => {
    const { gateway, wake } = await registered({ contacts: ["<sip:hgw@203.0.113.99:9;transport=udp;line=Q>"] });
    expect(statuses(await wake())).to.deep.equal(["answered 200"]);
    expect(gateway.notifies.map(({ uri }) => uri)).to.deep.equal(["sip:hgw@203.0.113.99:9;transport=udp;line=Q"]);
  });

  it("sends NOTIFY as the specification says (sip.md 1.2)", async () => {
    const { gateway, user, wake } = await registered();
    await wake({ event: "resync" });
    const [notify] = gateway.notifies;
    expect(notify?.headers.map(({ name }) => name)).to.deep.equal([
      ...["Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "Event", "Subscription-State", "User-Agent", "Content-Length"],
    ]);
    expect([notify?.from.uri, notify?.to]).to.deep.equal([`sip:acs@${TEST_DOMAIN}`, { uri: `sip:${user}@${TEST_DOMAIN}`, params: [] }]);
    expect(param(notify?.from.params ?? [], "tag")).to.match(/^[0-9a-f]{16}$/);
    expect(headerValue(notify ?? { headers: [] }, "contact")).to.equal(`<sip:acs@127.0.0.1:${bridge.sipPort}>`);
    expect([notify?.cseq, notify?.maxForwards, notify?.body.length]).to.deep.equal([{ number: 1, method: "NOTIFY" }, 70, 0]);
  });

  it("works over IPv6 all the same", async () => {
    const { gateway, wake } = await registered({ address: "::1" });
    expect(statuses(await wake())).to.deep.equal(["answered 200"]);
    expect(headerValue(gateway.notifies[0] ?? { headers: [] }, "contact")).to.equal(`<sip:acs@[::1]:${bridge.sipPort}>`);
  });

  it("lets a gateway in that knows MD5 or SHA-256 only", async () => {
    for (const hash of ["MD5", "SHA-256"] as const) await registered({ knows: [hash] });
  });

  for (const [title, options, verdicts] of [
    ["MD5 alone", { algorithms: ["MD5"] }, ["MD5 right"]],
    ["SHA-256 before MD5", { algorithms: ["SHA-256", "MD5"] }, ["SHA-256 right"]],
    ["MD5 before SHA-256", { algorithms: ["MD5", "SHA-256"] }, ["SHA-256 right"]],
    ["407", { algorithms: ["MD5"], status: 407 }, ["MD5 right"]],
    ["a stale nonce", { algorithms: ["MD5"], staleTimes: 1 }, ["MD5 right", "MD5 right"]],
  ] as const) {
    it(`answers the gateway's challenge: ${title}`, async () => {
      const user = `challenged${++users}`;
      const guard = challenging({ ...options, user });
      const { gateway, wake } = await registered({ user, onNotify: guard.onNotify });
      expect(statuses(await wake()).at(-1)).to.equal("answered 200");
      expect(guard.verdicts).to.deep.equal(verdicts);
      const cseqs = gateway.notifies.map(({ cseq }) => cseq.number);
      expect(cseqs).to.deep.equal(cseqs.map((_, i) => i + 1));
      expect(new Set(gateway.notifies.map(({ callId }) => callId)).size).to.equal(1);
    });
  }

  it("gives up at the second challenge without stale", async () => {
    const { wake } = await registered({ onNotify: challenging({ algorithms: ["MD5"], user: "somebody else" }).onNotify });
    expect(statuses(await wake())).to.deep.equal(["challenged 401", "answered 401"]);
  });

  it("never answers a challenge for another realm", async () => {
    const { gateway, wake } = await registered({ onNotify: challenging({ algorithms: ["MD5"], realm: "evil.example" }).onNotify });
    expect(told(await wake())).to.deep.equal(["sent", "challenged", "failed"]);
    expect(gateway.notifies).to.have.length(1);
  });

  it("reports 489 with nothing more to try", async () => {
    const { wake } = await registered({ onNotify: ({ answer }) => answer(489) });
    expect(statuses(await wake())).to.deep.equal(["answered 489"]);
  });

  it("tells when a gateway registers again after nobody answered", async () => {
    const patient = bridge;
    bridge = await startTestBridge({ http: null, sip: IMPATIENT_SIP });
    try {
      const { gateway, user, wake } = await registered({ onNotify: () => undefined });
      expect((await wake()).at(-1)?.kind).to.equal("timed-out");
      const told = new Promise<WireEvent>((resolve) => bridge.bridge.onWireEvent(resolve));
      await gateway.register();
      expect(await told).to.include({ kind: "registered", wakeId: user, addressOfRecord: `${user}@${TEST_DOMAIN}` });
    } finally {
      await bridge.close();
      bridge = patient;
    }
  }).timeout(8_000);

  it("does not call a gateway registered that has unregistered", async () => {
    const { gateway, user } = await registered();
    await gateway.register({ expires: 0 });
    const target = { by: "address-of-record", addressOfRecord: user } as const;
    expect((await bridge.bridge.wake(wakeOf({ wakeId: "gone", target }))).outcome).to.equal("not-registered");
  });

  it("refuses an order of requests that went wrong, over the wire", async () => {
    const { gateway } = await registered();
    const again = await gateway.register({ cseq: 0 });
    expect([again.status, again.reason]).to.deep.equal([500, "CSeq Out Of Order"]);
  });

  describe("for requests that are not its business", () => {
    let gateway: SipGateway;
    before(async () => {
      gateway = await openGateway({ bridgePort: bridge.sipPort });
    });
    after(() => gateway.close());

    async function answerTo(method: string): Promise<SipResponse> {
      const address = { uri: `sip:${TEST_DOMAIN}`, params: [] };
      const from = { ...address, params: [{ name: "tag", value: "t" }] };
      const event = await gateway.send(buildRequest({ method, uri: address.uri, from, to: address, callId: `${method}-1`, cseq: 1 }));
      if (event.kind !== "final") throw new Error(event.kind);
      return event.response;
    }

    it("tells in OPTIONS what it can", async () => {
      const response = await answerTo("OPTIONS");
      expect([response.status, headerValue(response, "allow")]).to.deep.equal([200, "REGISTER, SUBSCRIBE, OPTIONS, CANCEL"]);
    });

    for (const [method, status] of [
      ["INVITE", 405],
      ["NOTIFY", 405],
      ["MESSAGE", 405],
      ["BYE", 405],
      ["CANCEL", 481],
      ["FROBNICATE", 501],
    ] as const) {
      it(`answers ${method} with ${status}`, async () => {
        const response = await answerTo(method);
        expect(response.status).to.equal(status);
        if (status !== 481) expect(headerValue(response, "allow")).to.equal("REGISTER, SUBSCRIBE, OPTIONS, CANCEL");
      });
    }

    it("answers neither an ACK nor a scanner", async () => {
      const socket = await openSocket();
      const heard = listen(socket);
      const lines = (method: string, ...more: readonly string[]): Uint8Array =>
        sipBytes([
          `${method} sip:${TEST_DOMAIN} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${method};rport`,
          `From: <sip:x@y>;tag=1`,
          `To: <sip:x@y>`,
          `Call-ID: ${method}`,
          `CSeq: 1 ${method}`,
          ...more,
        ]);
      socket.send(lines("ACK"), bridge.sipPort, "127.0.0.1");
      socket.send(lines("REGISTER", "User-Agent: friendly-scanner"), bridge.sipPort, "127.0.0.1");
      socket.send(lines("OPTIONS"), bridge.sipPort, "127.0.0.1");
      expect((await heard.next()).cseq).to.deep.equal({ number: 1, method: "OPTIONS" });
      expect(bridge.counters()["scannersIgnored"]).to.equal(1);
      socket.close();
    });
  });

  it("never answers a challenge that comes from another port than the gateway's", async () => {
    const thief = await openSocket();
    const { gateway, wake } = await registered({
      onNotify: ({ request }) => {
        const copied = request.headers.filter(({ key }) => ["via", "from", "to", "call-id", "cseq"].includes(key));
        const lines = copied.map(({ name, value }) => `${name}: ${value}`);
        const challenge = `WWW-Authenticate: Digest realm="${TEST_DOMAIN}", nonce="n", algorithm=MD5, qop="auth"`;
        thief.send(sipBytes(["SIP/2.0 401 Unauthorized", ...lines, challenge, "Content-Length: 0"]), bridge.sipPort, "127.0.0.1");
      },
    });
    expect(told(await wake())).to.deep.equal(["sent", "challenged", "failed"]);
    expect(gateway.notifies).to.have.length(1);
    thief.close();
  });

  it("slows down who guesses passwords, and nobody else", async () => {
    const { user } = await registered();
    const guesser = await openGateway({ bridgePort: bridge.sipPort, user, password: "guess" });
    gateways.push(guesser);
    for (let guess = 0; guess < 8; guess++) expect((await guesser.register()).status).to.equal(401);
    expect(bridge.counters()["registrar.throttled"]).to.equal(2);
    await registered();
  });
});

describe("SIP bridge after a restart", () => {
  async function restarted(changePort: boolean) {
    const folder = await temporaryFolder();
    const config: SipBridgeConfig = {
      domains: { main: TEST_DOMAIN, aliases: [] },
      storeFile: folder.file("bridge.sqlite"),
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0 },
      http: null,
    };
    const first = await startSipBridge(config);
    await first.putAccount("hgw1", TEST_PASSWORD);
    const gateway = await openGateway({ bridgePort: first.sipPort });
    expect((await gateway.register()).status).to.equal(200);
    await first.close();
    const second = await startSipBridge(changePort ? config : { ...config, sip: { ...config.sip, port: first.sipPort } });
    const events = untilEnded(second.bridge);
    const answer = await second.bridge.wake(wakeOf());
    const kinds = (await events).map(({ kind }) => kind);
    await gateway.close();
    await second.close();
    await folder.remove();
    return { answer, kinds };
  }

  it("knows its registrations still, and wakes on their flows", async () => {
    const { answer, kinds } = await restarted(false);
    expect([answer.outcome, kinds]).to.deep.equal(["accepted", ["sent", "answered"]]);
  });

  it("fails a wake at once when the registration's socket is not there any more", async () => {
    const { answer, kinds } = await restarted(true);
    expect([answer.outcome, kinds]).to.deep.equal(["accepted", ["failed"]]);
  });
}).timeout(8_000);

describe("SIP bridge under many wakes", () => {
  it("keeps to its limits: in flight, queued, and no more than that", async () => {
    const bridge = await startTestBridge({ http: null, wake: { inFlightMax: 2, perSecond: 1_000, queuedMax: 3 } });
    let inFlight = 0;
    let most = 0;
    const devices = await Promise.all(
      Array.from({ length: 7 }, async (_, i) => {
        const user = `many${i}`;
        await bridge.putAccount(user, TEST_PASSWORD);
        const onNotify: GatewayOptions["onNotify"] = ({ answer }) => {
          most = Math.max(most, ++inFlight);
          setTimeout(() => {
            inFlight--;
            answer(200);
          }, 15);
        };
        const gateway = await openGateway({ bridgePort: bridge.sipPort, user, onNotify });
        await gateway.register();
        return { user, gateway };
      }),
    );
    const answered: WireEvent[] = [];
    bridge.bridge.onWireEvent((event) => (event.kind === "answered" ? answered.push(event) : undefined));
    const wake = ({ user }: { readonly user: string }) =>
      bridge.bridge.wake(wakeOf({ wakeId: user, deviceId: user, target: { by: "address-of-record", addressOfRecord: user } }));
    const outcomes = (await Promise.all(devices.map(wake))).map(({ outcome }) => outcome);
    while (answered.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(outcomes.sort()).to.deep.equal(["accepted", "accepted", "accepted", "overloaded", "overloaded", "overloaded", "overloaded"]);
    expect(most).to.equal(2);
    expect(bridge.counters()).to.include({ "wakes.queued": 0, "wakes.inFlight": 0 });
    for (const { gateway } of devices) await gateway.close();
    await bridge.close();
  });
});

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** SIP responses as they come. */
function listen(socket: Socket) {
  return {
    next: async () => {
      const [bytes] = (await once(socket, "message")) as [Buffer];
      return parseMessage(bytes);
    },
  };
}
