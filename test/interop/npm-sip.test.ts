/**
 * The bridge and the npm package `sip`: another implementation registers with digest and answers NOTIFY in four ways.
 * Layer: interop test.
 */
import { expect } from "chai";
import type { WireEvent } from "../../schemas/wake-contract.js";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import { freePort, type NpmSipMessage, type NpmSipStack, npmSip, npmSipDigest } from "../support/npm-sip.js";
import { IMPATIENT_SIP, startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";

const CREDENTIALS = { user: "hgw1", password: TEST_PASSWORD, realm: TEST_DOMAIN };

import { untilEnded } from "../support/wire-events.js";

/** It signs MD5 for the first challenge, whatever that asks for. */
const SETTINGS: Partial<SipBridgeConfig> = { http: null, digestAlgorithms: ["MD5", "SHA-256"] };

describe("interop: npm sip as a gateway", () => {
  let bridge: TestBridge;
  let stack: NpmSipStack | undefined;
  let calls = 0;

  before(async () => {
    bridge = await startTestBridge(SETTINGS);
  });
  afterEach(() => {
    stack?.destroy();
    stack = undefined;
  });
  after(() => bridge.close());

  /** @param onNotify Answers, or does not. */
  async function registeredGateway(onNotify: (request: NpmSipMessage, gateway: NpmSipStack) => void): Promise<NpmSipMessage> {
    const port = await freePort();
    // A name of its own: it would look for a request to 127.0.0.1, the bridge, among its own connections.
    const options = { address: "127.0.0.1", publicAddress: "gateway.example", port, tcp: false };
    const gateway = npmSip.create(options, (request) => onNotify(request, gateway));
    stack = gateway;
    const request = registerOf(port, ++calls);
    const challenged = await new Promise<NpmSipMessage>((resolve) => gateway.send(request, resolve));
    const again = { ...request, headers: { ...request.headers, cseq: { method: "REGISTER", seq: 2 } } };
    npmSipDigest.signRequest({}, again, challenged, CREDENTIALS);
    return new Promise((resolve) => gateway.send(again, resolve));
  }

  function registerOf(port: number, call: number) {
    const address = { uri: `sip:hgw1@${TEST_DOMAIN}`, params: {} };
    return {
      method: "REGISTER",
      uri: `sip:127.0.0.1:${bridge.sipPort}`,
      headers: {
        to: address,
        from: { ...address, params: { tag: "t1" } },
        "call-id": `npm-${call}`,
        cseq: { method: "REGISTER", seq: 1 },
        contact: [{ uri: `sip:hgw1@127.0.0.1:${port};line=npm`, params: { expires: "600" } }],
        via: [],
      },
    };
  }

  async function wake(wakeId: string): Promise<readonly WireEvent[]> {
    const events = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` } as const;
    const answer = await bridge.bridge.wake({ wakeId, deviceId: "d1", event: "resync", target });
    expect(answer.outcome, answer.detail).to.equal("accepted");
    return events;
  }

  const told = (events: readonly WireEvent[]) => events.filter(({ kind }) => kind !== "retransmitted" && kind !== "sent");
  const answering =
    (status: number, reason: string) =>
    (request: NpmSipMessage, gateway: NpmSipStack): void =>
      gateway.send(npmSip.makeResponse(request, status, reason));

  it("registers with digest, and takes the NOTIFY: 200", async () => {
    const seen: NpmSipMessage[] = [];
    const registered = await registeredGateway((request, gateway) => {
      seen.push(request);
      answering(200, "Fine")(request, gateway);
    });
    expect(registered.status).to.equal(200);
    expect(told(await wake("w200"))[0]).to.include({ kind: "answered", status: 200, reason: "Fine" });
    expect(seen.map(({ method, headers }) => [method, headers["event"], headers["subscription-state"]])).to.deep.equal([
      ["NOTIFY", "resync", "terminated"],
    ]);
  });

  it("refuses the NOTIFY: 481", async () => {
    await registeredGateway(answering(481, "No Subscription"));
    expect(told(await wake("w481"))[0]).to.include({ kind: "answered", status: 481, reason: "No Subscription" });
  });

  it("challenges the NOTIFY, checks our digest and takes it: 401, then 200", async () => {
    const session = { realm: TEST_DOMAIN };
    await registeredGateway((request, gateway) => {
      const isRight = request.headers["authorization"] !== undefined && npmSipDigest.authenticateRequest(session, request, CREDENTIALS);
      const response = npmSip.makeResponse(request, isRight ? 200 : 401, isRight ? "OK" : "Unauthorized");
      gateway.send(isRight ? response : npmSipDigest.challenge(session, response));
    });
    const kinds = told(await wake("w401")).map((event) => [event.kind, "status" in event && event.status]);
    expect(kinds).to.deep.equal([
      ["challenged", 401],
      ["answered", 200],
    ]);
  });

  it("keeps silent: the NOTIFY is repeated, then timed-out", async () => {
    await bridge.close();
    bridge = await startTestBridge({ ...SETTINGS, sip: IMPATIENT_SIP });
    await registeredGateway(() => undefined);
    const events = await wake("w-silence");
    expect(told(events).map(({ kind }) => kind)).to.deep.equal(["timed-out"]);
    // Ten on a quiet machine (timer E, by a fake clock in transaction-layer.test.ts); a busy one may be late for some.
    expect(events.filter(({ kind }) => kind === "retransmitted").length).to.be.within(3, 10);
  });
}).timeout(20_000);
