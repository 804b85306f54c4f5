/**
 * One damaged message through everything that meets a SIP message, in process: framing, parser, transaction layer, registrar, a user agent
 * that takes calls, and our own requests whose answers come back damaged. What it expects holds for every input; what is thrown is the finding.
 * Layer: test support.
 */
import { isDeepStrictEqual } from "node:util";
import { answerDigest, DIGEST_HASHES, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import { createNonceKeeper } from "../../common/nonce.js";
import { createIdentifier } from "../../sip-bridge/identify.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openTransactionLayer, type TransactionLayer } from "../../sip-bridge/net/transaction-layer.js";
import type { Flow, Transport } from "../../sip-bridge/net/transport.js";
import type { Account } from "../../sip-bridge/registrar/account.js";
import { decoyHashes, OFFERED_ALGORITHMS } from "../../sip-bridge/registrar/authenticate.js";
import { type Binding, type BindingChange, bindingIdentity } from "../../sip-bridge/registrar/binding.js";
import { DEFAULT_POLICY } from "../../sip-bridge/registrar/read-registration.js";
import { createRegistrarService } from "../../sip-bridge/registrar-service.js";
import { createRegistrationOutcomes } from "../../sip-bridge/registration-outcomes.js";
import { isScanner } from "../../sip-bridge/scanners.js";
import { refusalOf, type UasAbilities } from "../../sip-bridge/sip/admit-request.js";
import { buildRequest, buildResponse } from "../../sip-bridge/sip/build.js";
import { dialogOfServer, receiveInDialog, requestInDialog } from "../../sip-bridge/sip/dialog.js";
import { createStreamFramer, STREAM_LIMITS, type StreamItem } from "../../sip-bridge/sip/frame-stream.js";
import { header, headerValues, type SipMessage, type SipRequest } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";
import { damagedSip, damagedStream, damageSip, type SipOriginal } from "./damage-sip.js";
import { fakeClock, settle } from "./fake-clock.js";
import type { Random } from "./seeded-random.js";
import { ANSWER_GROWTH_BYTES, must, mustAgreeWithItself, readOrRefuse, refuse } from "./sip-rules.js";

/** What one run sends in. */
export interface SipShot {
  /** What it was made of. */
  readonly origin: string;
  readonly way: "datagram" | "stream" | "answer";
  readonly bytes: Buffer;
  /** Where a stream is cut. */
  readonly cuts: readonly number[];
}

export interface SipPlayed {
  /** For instance "refused 400", "answered 405", "registrar 200", "stray response". */
  readonly outcome: string;
  /** By method or status class; undefined: unreadable. */
  readonly kind: string | undefined;
}

export interface SipWorld {
  /** Makes the run's damaged octets: of the corpus, or of an answer to a request that the world has out. */
  shoot(random: Random): SipShot;
  /** @throws {Error} A rule that must hold for every input does not. */
  play(random: Random, shot: SipShot): Promise<SipPlayed>;
  /** How much reached what: messages the transaction layer, requests with right credentials the registrar. */
  readonly reached: { readonly layer: number; readonly registrar: number };
}

const DOMAIN = "voice.example";
const DOMAINS = { main: DOMAIN, aliases: ["example.com", "127.0.0.1", "192.0.2.1", "[2001:db8::10]"] };
const USERNAME = "fuzz";
const PASSWORD = "s3cret!";
const ABILITIES: UasAbilities = { methods: ["REGISTER", "OPTIONS", "CANCEL"], extensions: [], bodyTypes: ["application/sdp"] };
const CALLEE: UasAbilities = { ...ABILITIES, methods: ["INVITE"], answerTypes: ["application/sdp"] };
/** Small, so that their ends are met as well. */
const LIMITS = { requestsMax: 40, pendingMax: 60, answersMax: 60 };
/** After so many runs time goes on. */
const RUNS_PER_TICK = 200;
const TICK_MS = 40_000;

export function openSipWorld(originals: readonly SipOriginal[]): SipWorld {
  const clock = fakeClock();
  const wires = { udp: fakeWire(false), tcp: fakeWire(true) };
  const bodies = originals.map(({ bytes }) => bytes);
  const reached = { layer: 0, registrar: 0 };
  let octet = 0;
  const randomBytes = (count: number): Uint8Array => {
    octet = (octet + 1) % 65_521;
    return Buffer.alloc(count, octet).fill(octet >> 8, 0, 1);
  };
  const bindings = new Map<string, readonly Binding[]>();
  const account = accountFor(originals);
  const identifier = createIdentifier({
    gatekeeper: {
      ...{ realm: DOMAIN, domains: DOMAINS, algorithms: OFFERED_ALGORITHMS, decoy: decoyHashes(new Uint8Array(64)) },
      nonces: createNonceKeeper({ key: new Uint8Array(32), lifetimeMs: 3_600_000, noncesMax: 1_000, randomBytes }),
    },
    accounts: { get: async (username) => (username === USERNAME ? account : undefined) },
    clock,
  });
  const registrar = createRegistrarService({
    policy: { ...DEFAULT_POLICY, domains: DOMAINS, realm: DOMAIN },
    identifier,
    bindings: {
      change: async (change) => changeBindings(bindings, change),
      current: async (address, nowMs) => (bindings.get(address) ?? []).filter(({ expiresAtMs }) => expiresAtMs > nowMs),
    },
    ...{ clock, randomBytes, outcomes: createRegistrationOutcomes(DOMAINS), onRegistered: () => undefined, onChanged: () => undefined },
  });
  const onHandlerError = (error: unknown): void => {
    wires.udp.failures.push(error);
  };
  const layerOver = (transport: Transport): TransactionLayer =>
    openTransactionLayer({
      ...{ transport, clock, randomBytes, limits: LIMITS, onHandlerError },
      onRequest: (incoming) => answerAsBridge(incoming, (one) => registrar.handle(one)),
      ...(transport.reliable ? {} : { onInvite: answerAsCallee, onAck: () => undefined }),
    });
  const layers = { udp: layerOver(wires.udp), tcp: layerOver(wires.tcp) };
  let runs = 0;

  function shoot(random: Random): SipShot {
    const way = random.int(10);
    if (way < 7) return { way: "datagram", cuts: [], ...damagedSip(random, originals) };
    if (way < 9) {
      const bytes = damagedStream(random, bodies);
      return {
        origin: "a stream",
        way: "stream",
        bytes,
        cuts: random.list(4, () => random.int(bytes.length + 1)).toSorted((a, b) => a - b),
      };
    }
    return { origin: "an answer to us", way: "answer", cuts: [], bytes: damagedAnswer(random, layers.udp, wires.udp, bodies) };
  }

  async function play(random: Random, { way, bytes, cuts }: SipShot): Promise<SipPlayed> {
    if (++runs % RUNS_PER_TICK === 0) await clock.advance(TICK_MS);
    const wire = way === "stream" ? wires.tcp : wires.udp;
    wire.sent.length = 0;
    const played = way === "stream" ? await playStream(bytes, cuts) : await playDatagram(random, bytes);
    const [failure] = wires.udp.failures.splice(0);
    if (failure !== undefined) throw failure;
    must(layers.udp.size() + layers.tcp.size() <= 8 * LIMITS.answersMax, "transactions within their limits");
    return played;
  }

  async function playDatagram(random: Random, bytes: Buffer): Promise<SipPlayed> {
    const message = readOrRefuse(bytes);
    if (typeof message === "string") return { outcome: message, kind: undefined };
    mustAgreeWithItself(message);
    const outcome = await receive(message, flowOf("udp", random.int(4)));
    if (outcome !== "answered 401" || message.kind !== "request" || message.method !== "REGISTER")
      return { outcome, kind: kindOf(message) };
    return { outcome: await registerAgain(message, random), kind: "REGISTER, authenticated" };
  }

  /** As transport and listener do it. */
  async function receive(message: SipMessage, flow: Flow): Promise<string> {
    if (message.kind === "request" && isScanner(message)) return "scanner";
    const layer = flow.transport === "udp" ? layers.udp : layers.tcp;
    const wire = flow.transport === "udp" ? wires.udp : wires.tcp;
    const before = layer.counters();
    reached.layer++;
    layer.receive(message, flow);
    if (message.kind === "request" && message.method === "REGISTER") await settle();
    const [answer] = wire.sent;
    if (message.kind === "response") return layer.counters().strayResponses > before.strayResponses ? "stray response" : "response to us";
    if (layer.counters().copiesAbsorbed > before.copiesAbsorbed) return "copy";
    if (answer === undefined) return message.method === "ACK" ? "ack" : "not answered yet";
    const parsed = parseMessage(answer);
    must(message.method !== "ACK", "an ACK is never answered");
    must(answer.length <= writeMessage(message).length + ANSWER_GROWTH_BYTES, "no amplifier");
    return `answered ${parsed.kind === "response" ? parsed.status : parsed.method}`;
  }

  /** The REGISTER again, with the answer to its challenge: now the registrar reads it. */
  async function registerAgain(request: SipRequest, random: Random): Promise<string> {
    const challenged = parseMessage(wires.udp.sent[0] ?? Buffer.alloc(0));
    const challenge = random.pick(headerValues(challenged, "www-authenticate").flatMap(parseChallenges));
    const ha1 = digestHa1(challenge.algorithm.hash, USERNAME, challenge.realm, PASSWORD);
    const answer = { challenge, username: USERNAME, ha1, method: "REGISTER", uri: `sip:${DOMAIN}`, cnonce: "c", nc: 1 };
    const value = writeCredentials(answerDigest({ ...answer, body: request.body }));
    const headers = request.headers.filter(({ key }) => key !== "authorization");
    const again = { ...request, headers: [...headers, header("Authorization", value)] };
    wires.udp.sent.length = 0;
    reached.registrar++;
    layers.udp.receive(parseMessage(writeMessage(again)), flowOf("udp", 9));
    await settle();
    const reply = wires.udp.sent[0] === undefined ? undefined : parseMessage(wires.udp.sent[0]);
    return `registrar ${reply?.kind === "response" ? reply.status : "silent"}`;
  }

  async function playStream(bytes: Buffer, cuts: readonly number[]): Promise<SipPlayed> {
    const framer = createStreamFramer({ peerOpened: true });
    const flow = flowOf("tcp", 1);
    const items: StreamItem[] = [];
    for (const [i, end] of [...cuts, bytes.length].entries()) {
      items.push(...framer.push(bytes.subarray(cuts[i - 1] ?? 0, end)));
      must(framer.held() <= STREAM_LIMITS.heldBytesMax, "a framer holds less than a message of the greatest size");
    }
    for (const item of items) {
      if (item.kind === "message") {
        mustAgreeWithItself(item.message);
        wires.tcp.sent.length = 0;
        await receive(item.message, flow);
      } else if (item.kind === "malformed" || item.kind === "broken") refuse(item.error);
    }
    const messages = items.filter(({ kind }) => kind === "message").length;
    const isBroken = items.at(-1)?.kind === "broken";
    if (messages === 0) return { outcome: isBroken ? "stream broken at once" : "stream without a message", kind: undefined };
    return { outcome: isBroken ? "stream read until it broke" : "stream read", kind: "stream" };
  }

  return { shoot, play, reached };
}

interface FakeWire extends Transport {
  readonly sent: Uint8Array[];
  readonly failures: unknown[];
}

function fakeWire(reliable: boolean): FakeWire {
  const sent: Uint8Array[] = [];
  return {
    ...{ reliable, sent, failures: [] },
    via: { transport: reliable ? "TCP" : "UDP", host: "198.51.100.5", port: 5060 },
    async send(bytes) {
      sent.push(bytes);
    },
  };
}

const flowOf = (transport: "udp" | "tcp", number: number): Flow => ({
  ...{ transport, localPort: 5060, remoteAddress: `192.0.2.${number}`, remotePort: 5060 },
  ...(transport === "tcp" ? { connection: `k${number}` } : {}),
});

/** Who may register all addresses that the corpus names. */
function accountFor(originals: readonly SipOriginal[]): Account {
  const users = originals.flatMap(({ bytes }) => /\r\n(?:To|t)\s*:[^\r\n]*?sips?:([^@<>;\s]+)@/i.exec(bytes.toString("latin1"))?.[1] ?? []);
  const ha1s = Object.fromEntries(DIGEST_HASHES.map((hash) => [hash, digestHa1(hash, USERNAME, DOMAIN, PASSWORD)]));
  return {
    username: USERNAME,
    realm: DOMAIN,
    ha1s,
    addressesOfRecord: [...new Set(["a", "anna", ...users])].map((user) => `${user}@${DOMAIN}`),
    changedAtMs: 0,
  };
}

/** In memory, and without the rules that a store's contract tests. */
function changeBindings(bindings: Map<string, readonly Binding[]>, { addressOfRecord, remove, put }: BindingChange): "stored" {
  const gone = new Set([...remove, ...put.map(bindingIdentity)]);
  const kept = (bindings.get(addressOfRecord) ?? []).filter((binding) => !gone.has(bindingIdentity(binding)));
  bindings.set(addressOfRecord, [...kept, ...put].slice(-20));
  return "stored";
}

function answerAsBridge(incoming: IncomingRequest, onRegister: (incoming: IncomingRequest) => Promise<void>): Promise<void> | undefined {
  const { request, answer } = incoming;
  const refusal = refusalOf(request, ABILITIES);
  if (refusal !== undefined) answer(refusal.status, { headers: refusal.headers });
  else if (request.method === "REGISTER") return onRegister(incoming);
  else answer(200);
  return undefined;
}

/** Refuses, lets ring, or accepts and goes on in the dialog: by the CSeq, so that all of it occurs. */
function answerAsCallee({ request, answer, localTag }: IncomingRequest): void {
  const refusal = refusalOf(request, CALLEE);
  if (refusal !== undefined) {
    answer(refusal.status, { headers: refusal.headers });
    return;
  }
  const dialog = dialogOfServer(request, localTag, { isTls: false, state: "confirmed" });
  const next = receiveInDialog(dialog, { ...request, cseq: { ...request.cseq, number: request.cseq.number + 1 } });
  if (!("refused" in next)) writeMessage(requestInDialog(next, { method: "BYE" }).request);
  answer(request.cseq.number % 3 === 0 ? 180 : 200);
}

const kindOf = (message: SipMessage): string =>
  message.kind === "response"
    ? "response"
    : ["REGISTER", "OPTIONS", "INVITE", "ACK", "CANCEL", "NOTIFY"].includes(message.method)
      ? message.method
      : "other";

/** An answer to a request of ours that is still out, damaged or not: in the place of one that a peer or a stranger sends. */
function damagedAnswer(random: Random, layer: TransactionLayer, wire: FakeWire, bodies: readonly Buffer[]): Buffer {
  wire.sent.length = 0;
  const address = { uri: `sip:anna@${DOMAIN}`, params: [] };
  const from = { ...address, params: [{ name: "tag", value: "f" }] };
  const isInvite = random.bool();
  const draft = { uri: address.uri, from, to: address, callId: `c${random.int(1e9)}`, cseq: 1 };
  if (isInvite) layer.invite(buildRequest({ ...draft, method: "INVITE" }), flowOf("udp", 1), () => undefined);
  else layer.request(buildRequest({ ...draft, method: "NOTIFY" }), flowOf("udp", 1), () => undefined);
  const [sent] = wire.sent;
  if (sent === undefined) return Buffer.from(random.pick(bodies)); // as many are out as may be
  const request = parseMessage(sent);
  must(request.kind === "request" && isDeepStrictEqual(parseMessage(writeMessage(request)), request), "what we send can be read");
  if (request.kind !== "request") return Buffer.alloc(0);
  const status = random.pick([100, 180, 200, 202, 302, 401, 404, 481, 487, 500, 503, 603]);
  let bytes = Buffer.from(writeMessage(buildResponse(request, status, { toTag: "t" })));
  for (let left = random.int(3); left > 0; left--) bytes = Buffer.from(damageSip(random, bytes, random.pick(bodies)));
  return bytes;
}
