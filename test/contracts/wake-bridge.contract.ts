/**
 * What every adapter of the wake contract does, seen from the ACS, with real gateways on UDP.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { WakeBridge, WakeRequest, WakeTarget, WireEvent } from "../../schemas/wake-contract.js";
import { BridgeUnreachable } from "../../schemas/wake-contract.js";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import { challenging, type GatewayOptions, openGateway, type SipGateway } from "../support/sip-gateway.js";
import { IMPATIENT_SIP, TEST_DOMAIN, TEST_PASSWORD } from "../support/test-bridge.js";

export interface OpenedBridge {
  readonly bridge: WakeBridge;
  readonly sipPort: number;
  putAccount(username: string, password: string, addressesOfRecord?: readonly string[]): Promise<void>;
  /** Ends the bridge and whatever serves it. */
  close(): Promise<void>;
}

const INSTANCE = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-00a0c1b2d3e4>"';

/** @param open With these changes to the bridge. */
export function wakeBridgeContract(adapter: string, open: (changes?: Partial<SipBridgeConfig>) => Promise<OpenedBridge>): void {
  describe(`wake contract, ${adapter}`, () => {
    let opened: OpenedBridge;
    /** A new user for each test, so that they can share one bridge. */
    let user: string;
    let users = 0;
    let heard: WireEvent[];
    let stopListening: () => void;
    const gateways: SipGateway[] = [];

    before(async () => {
      opened = await open();
    });

    beforeEach(async () => {
      user = `hgw${++users}`;
      await opened.putAccount(user, TEST_PASSWORD);
      heard = [];
      stopListening = opened.bridge.onWireEvent((event) => heard.push(event));
    });

    afterEach(async () => {
      stopListening();
      for (const gateway of gateways.splice(0)) await gateway.close();
    });

    after(async () => {
      await opened.bridge.close();
      await opened.close();
    });

    function wakeOf(changes: Partial<WakeRequest> = {}): WakeRequest {
      const target: WakeTarget = { by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` };
      return { wakeId: `${user}-w0`, deviceId: `device of ${user}`, target, event: "resync", ...changes };
    }

    async function gateway(options: Partial<GatewayOptions> = {}): Promise<SipGateway> {
      const fresh = await openGateway({ bridgePort: opened.sipPort, user, ...options });
      gateways.push(fresh);
      return fresh;
    }

    async function registered(options: Partial<GatewayOptions> = {}): Promise<SipGateway> {
      const fresh = await gateway(options);
      expect((await fresh.register()).status).to.equal(200);
      return fresh;
    }

    async function until(kind: WireEvent["kind"]): Promise<WireEvent> {
      for (let turn = 0; turn < 400; turn++) {
        const found = heard.find((event) => event.kind === kind);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`no "${kind}" among ${JSON.stringify(heard)}`);
    }

    /** Without repetitions: a busy machine may take long to answer. */
    const kinds = (): readonly string[] => heard.map(({ kind }) => kind).filter((kind) => kind !== "retransmitted");

    it("accepts a wake of a registered device, sends NOTIFY, and tells what was sent and answered", async () => {
      const device = await registered();
      const answer = await opened.bridge.wake(wakeOf({ wakeId: `${user}-w1`, deviceId: "d1" }));
      expect(answer.outcome).to.equal("accepted");
      await until("answered");
      expect(kinds()).to.deep.equal(["sent", "answered"]);
      expect(heard[0]).to.include({ wakeId: `${user}-w1`, deviceId: "d1", to: device.contact });
      expect(heard.at(-1)).to.include({ wakeId: `${user}-w1`, deviceId: "d1", status: 200, reason: "OK" });
      expect(device.notifies.map(({ method, uri }) => [method, uri])).to.deep.equal([["NOTIFY", device.contact]]);
    });

    it("finds the device by the MAC address in its instance id", async () => {
      const device = await registered({ contactParams: INSTANCE });
      const target = { by: "instance-node", macAddress: "00:A0:C1:B2:D3:E4" } as const;
      expect((await opened.bridge.wake(wakeOf({ target }))).outcome).to.equal("accepted");
      await until("answered");
      expect(device.notifies).to.have.length(1);
    });

    it("answers not-registered, and tells when the target registers", async () => {
      const answer = await opened.bridge.wake(wakeOf({ wakeId: "missed", deviceId: "d2" }));
      expect(answer.outcome).to.equal("not-registered");
      await registered();
      expect(await until("registered")).to.include({ wakeId: "missed", deviceId: "d2", addressOfRecord: `${user}@${TEST_DOMAIN}` });
      expect(kinds()).to.deep.equal(["registered"]);
    });

    it("answers ambiguous when two terminals share the address, and wakes neither", async () => {
      const first = await registered({ contactParams: INSTANCE });
      const second = await registered();
      expect((await opened.bridge.wake(wakeOf())).outcome).to.equal("ambiguous");
      expect([...first.notifies, ...second.notifies]).to.deep.equal([]);
    });

    it("joins a wake of the same binding to the one on its way, and tells both", async () => {
      const device = await registered({ onNotify: ({ answer }) => setTimeout(() => answer(202), 30) });
      expect((await opened.bridge.wake(wakeOf({ wakeId: `${user}-w1` }))).outcome).to.equal("accepted");
      expect((await opened.bridge.wake(wakeOf({ wakeId: `${user}-w2` }))).outcome).to.equal("joined");
      await until("answered");
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(heard.filter(({ kind }) => kind === "answered").map(({ wakeId }) => wakeId)).to.deep.equal([`${user}-w1`, `${user}-w2`]);
      expect(device.notifies).to.have.length(1);
    });

    it("takes the same id as the same wake", async () => {
      const device = await registered();
      const answers = await Promise.all([
        opened.bridge.wake(wakeOf({ wakeId: `${user}-w1` })),
        opened.bridge.wake(wakeOf({ wakeId: `${user}-w1` })),
      ]);
      expect(answers[1]).to.deep.equal(answers[0]);
      await until("answered");
      expect(await opened.bridge.wake(wakeOf({ wakeId: `${user}-w1` }))).to.deep.equal(answers[0]);
      expect(device.notifies).to.have.length(1);
    });

    it("answers the device's challenge with its account, and tells that it was challenged", async () => {
      const { onNotify, verdicts } = challenging({ algorithms: ["SHA-256", "MD5"], user });
      await registered({ onNotify });
      await opened.bridge.wake(wakeOf());
      expect(await until("answered")).to.include({ status: 200 });
      expect(kinds()).to.deep.equal(["sent", "challenged", "sent", "answered"]);
      expect(await until("challenged")).to.include({ status: 401, realm: TEST_DOMAIN });
      expect(verdicts).to.deep.equal(["SHA-256 right"]);
    });

    it("tells each repetition, and then that nobody answered", async () => {
      const patient = opened;
      opened = await open({ sip: IMPATIENT_SIP });
      try {
        await opened.putAccount(user, TEST_PASSWORD);
        opened.bridge.onWireEvent((event) => heard.push(event));
        await registered({ onNotify: () => undefined });
        await opened.bridge.wake(wakeOf());
        await until("timed-out");
      } finally {
        await opened.bridge.close();
        await opened.close();
        opened = patient;
      }
      const repetitions = heard.filter((event) => event.kind === "retransmitted").map(({ count }) => count);
      // The times themselves are a matter of test/spec/rfc3261-17.1.2.test.ts: on a busy machine the last one is lost to timer F.
      expect(repetitions).to.have.length.at.least(5);
      expect(kinds()).to.deep.equal(["sent", "timed-out"]);
      expect(repetitions).to.deep.equal(repetitions.map((_, i) => i + 1));
    }).timeout(10_000);

    it("tells a refusal with its Retry-After, and leaves the device alone until then", async () => {
      const device = await registered({ onNotify: ({ answer }) => answer(503, { headers: [retryAfter("30 (busy)")] }) });
      await opened.bridge.wake(wakeOf({ wakeId: `${user}-w1` }));
      expect(await until("answered")).to.include({ status: 503, retryAfterS: 30 });
      expect((await opened.bridge.wake(wakeOf({ wakeId: `${user}-w2` }))).outcome).to.equal("overloaded");
      expect(device.notifies).to.have.length(1);
    });

    it("passes the event on as it is", async () => {
      const device = await registered();
      await opened.bridge.wake(wakeOf({ event: "check-sync;reboot=false" }));
      await until("answered");
      expect(device.notifies[0]?.headers.find(({ key }) => key === "event")?.value).to.equal("check-sync;reboot=false");
    });

    it("keeps the Call-ID of a device whose profile asks for it, and adds what was requested to CSeq (US 2012/0089717 A1 [0092])", async () => {
      const device = await registered();
      const deviceId = `kept-${user}`;
      for (const [wake, requestsReceived] of [3, 4, 4, 7].entries()) {
        heard.splice(0);
        await opened.bridge.wake(wakeOf({ wakeId: `${user}-w${wake}`, deviceId, profile: { callId: "kept", requestsReceived } }));
        await until("answered");
      }
      expect(new Set(device.notifies.map(({ callId }) => callId)).size).to.equal(1);
      // The first; one request since; none since, and yet another NOTIFY; three since.
      expect(device.notifies.map(({ cseq }) => cseq.number)).to.deep.equal([1, 2, 3, 6]);
    });

    it("counts the repetition with credentials into a CSeq that is kept", async () => {
      const { onNotify } = challenging({ algorithms: ["MD5"], user });
      const device = await registered({ onNotify });
      for (const wake of [1, 2]) {
        heard.splice(0);
        await opened.bridge.wake(wakeOf({ wakeId: `${user}-w${wake}`, deviceId: `kept-${user}`, profile: { callId: "kept" } }));
        await until("answered");
      }
      expect(device.notifies.map(({ cseq }) => cseq.number)).to.deep.equal([1, 2, 3, 4]);
    });

    it("takes a fresh Call-ID for each wake without such a profile", async () => {
      const device = await registered();
      for (const wake of [1, 2]) {
        heard.splice(0);
        await opened.bridge.wake(wakeOf({ wakeId: `${user}-w${wake}` }));
        await until("answered");
      }
      expect(new Set(device.notifies.map(({ callId }) => callId)).size).to.equal(2);
      expect(device.notifies.map(({ cseq }) => cseq.number)).to.deep.equal([1, 1]);
    });

    it("tells nothing any more to a listener that left", async () => {
      const left: WireEvent[] = [];
      opened.bridge.onWireEvent((event) => left.push(event))();
      await registered();
      await opened.bridge.wake(wakeOf());
      await until("answered");
      expect(left).to.deep.equal([]);
    });

    it("does not say that it is back while it was never away", async () => {
      let backs = 0;
      const stop = opened.bridge.onBack(() => backs++);
      await registered();
      await opened.bridge.wake(wakeOf());
      await until("answered");
      stop();
      expect(backs).to.equal(0);
    });

    it("can't be asked after it was closed", async () => {
      await opened.bridge.close();
      const failure = await opened.bridge.wake(wakeOf()).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(BridgeUnreachable);
    });
  });
}

const retryAfter = (value: string) => ({ key: "retry-after", name: "Retry-After", value });
