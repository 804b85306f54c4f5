/**
 * A gateway played by our own SIP core: registers with digest over real UDP, TCP or TLS, answers NOTIFY as it is told.
 * Layer: test support.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../common/clock.js";
import {
  answerDigest,
  DIGEST_HASHES,
  type DigestHash,
  digestHa1,
  parseChallenges,
  parseCredentials,
  provesPassword,
  writeChallenge,
  writeCredentials,
} from "../../common/digest.js";
import { timersOf } from "../../sip-bridge/main.js";
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openStreamEndpoint } from "../../sip-bridge/net/stream-endpoint.js";
import type { TransactionLayer } from "../../sip-bridge/net/transaction-layer.js";
import { openUdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { header, headerValue, headerValues, type SipHeader, type SipRequest, type SipResponse } from "../../sip-bridge/sip/message.js";
import { hostField } from "../../sip-bridge/sip/uri.js";
import { STANDARD_TIMERS } from "../../sip-bridge/transactions/timers.js";
import { TEST_DOMAIN, TEST_PASSWORD } from "./test-bridge.js";

export interface GatewayOptions {
  readonly bridgePort: number;
  readonly user?: string;
  readonly password?: string;
  readonly address?: string;
  /** Default: UDP. */
  readonly transport?: Flow["transport"];
  /** TLS: whom it trusts, and the name that the bridge's certificate must be for. */
  readonly tls?: { readonly ca: Buffer; readonly serverName: string };
  /** Its connection is gone. */
  readonly onFlowFailed?: () => void;
  /** Parameters after the Contact URI, e.g. `;+sip.instance="<urn:uuid:…>"`. */
  readonly contactParams?: string;
  /** Algorithms that it knows; it answers the topmost challenge of these. Default: all. */
  readonly knows?: readonly DigestHash[];
  /** RFC 3261's T1. Default: its 500 ms, so that a busy machine is no silence. */
  readonly t1Ms?: number;
  /** What it does with a NOTIFY; default: 200. */
  readonly onNotify?: (incoming: IncomingRequest) => void;
}

export interface RegisterOptions {
  readonly expires?: number | null;
  readonly cseq?: number;
  readonly callId?: string;
  /** Contact values as they stand; default: the gateway's own. */
  readonly contacts?: readonly string[];
  readonly to?: string;
  readonly uri?: string;
  readonly headers?: readonly SipHeader[];
  /** false: sent once, without an answer to the challenge. */
  readonly isAuthenticated?: boolean;
}

export interface SipGateway {
  readonly port: number;
  /** The way to the bridge. */
  readonly flow: Flow;
  readonly contact: string;
  /** NOTIFYs that came in, copies not counted. */
  readonly notifies: readonly SipRequest[];
  register(options?: RegisterOptions): Promise<SipResponse>;
  /** SUBSCRIBE to the gateway's own address, the challenge answered. */
  subscribe(event: string): Promise<SipResponse>;
  /** Any request, as it is. */
  send(request: SipRequest): Promise<RequestEvent>;
  close(): Promise<void>;
}

export async function openGateway(options: GatewayOptions): Promise<SipGateway> {
  const { user = "hgw1", password = TEST_PASSWORD, address = "127.0.0.1", contactParams = "", knows = DIGEST_HASHES } = options;
  const onNotify = options.onNotify ?? (({ answer }: IncomingRequest) => answer(200));
  const notifies: SipRequest[] = [];
  const { layer, flow, close } = await openWay(options, address, (incoming) => {
    notifies.push(incoming.request);
    onNotify(incoming);
  });
  const params = flow.transport === "udp" ? "" : `;transport=${flow.transport}`;
  const contact = `sip:${user}@${hostField(address)}:${flow.localPort};line=Ab1${params}`;
  const ownCallId = randomBytes(8).toString("hex");
  let ownCSeq = 0;

  function send(request: SipRequest): Promise<RequestEvent> {
    return new Promise((resolve) => {
      if (request.method === "INVITE") {
        layer.invite(request, flow, (event) => {
          if (event.kind === "timeout" || event.kind === "transport-error") resolve(event);
          if (event.kind === "refused" || event.kind === "accepted") resolve({ ...event, kind: "final" });
        });
        return;
      }
      layer.request(request, flow, (event) => {
        if (event.kind === "final" || event.kind === "timeout" || event.kind === "transport-error") resolve(event);
      });
    });
  }

  async function sendForAnswer(request: SipRequest): Promise<SipResponse> {
    const event = await send(request);
    if (event.kind !== "final") throw new Error(`no answer: ${event.kind}`);
    return event.response;
  }

  function registerRequest(cseq: number, asked: RegisterOptions, authorization: readonly SipHeader[] = []): SipRequest {
    const { expires = 600, callId = ownCallId, contacts = [`<${contact}>${contactParams}`], to = `sip:${user}@${TEST_DOMAIN}` } = asked;
    return buildRequest({
      method: "REGISTER",
      uri: asked.uri ?? `sip:${TEST_DOMAIN}`,
      from: { uri: to, params: [{ name: "tag", value: randomBytes(4).toString("hex") }] },
      to: { uri: to, params: [] },
      ...{ callId, cseq },
      headers: [
        ...contacts.map((value) => header("Contact", value)),
        ...(expires === null ? [] : [header("Expires", expires)]),
        header("User-Agent", "TestGateway/1.0"),
        ...(asked.headers ?? []),
        ...authorization,
      ],
    });
  }

  async function register(asked: RegisterOptions = {}): Promise<SipResponse> {
    const first = asked.cseq ?? ++ownCSeq;
    const challenged = await sendForAnswer(registerRequest(first, asked));
    if (challenged.status !== 401 || asked.isAuthenticated === false) return challenged;
    const uri = asked.uri ?? `sip:${TEST_DOMAIN}`;
    const value = answerTo(challenged, { method: "REGISTER", uri, user, password, knows });
    ownCSeq = Math.max(ownCSeq, first + 1);
    return sendForAnswer(registerRequest(first + 1, asked, [header("Authorization", value)]));
  }

  async function subscribe(event: string): Promise<SipResponse> {
    const uri = `sip:${user}@${TEST_DOMAIN}`;
    const [callId, tag] = [randomBytes(8).toString("hex"), randomBytes(4).toString("hex")];
    const subscribeRequest = (cseq: number, authorization: readonly SipHeader[] = []): SipRequest =>
      buildRequest({
        ...{ method: "SUBSCRIBE", uri, from: { uri, params: [{ name: "tag", value: tag }] }, to: { uri, params: [] }, callId, cseq },
        headers: [header("Contact", `<${contact}>`), header("Event", event), ...authorization],
      });
    const challenged = await sendForAnswer(subscribeRequest(1));
    if (challenged.status !== 401) return challenged;
    const value = answerTo(challenged, { method: "SUBSCRIBE", uri, user, password, knows });
    return sendForAnswer(subscribeRequest(2, [header("Authorization", value)]));
  }

  return { port: flow.localPort, flow, contact, notifies, register, subscribe, send, close };
}

interface Way {
  readonly layer: TransactionLayer;
  readonly flow: Flow;
  close(): Promise<void>;
}

async function openWay(options: GatewayOptions, address: string, onRequest: (incoming: IncomingRequest) => void): Promise<Way> {
  const { bridgePort, transport: kind = "udp", tls, onFlowFailed = () => undefined } = options;
  const shared = {
    ...{ address, clock: systemClock, randomBytes, timers: timersOf(options.t1Ms ?? STANDARD_TIMERS.t1Ms), onRequest },
    onHandlerError: (error: unknown) => {
      throw error;
    },
  };
  if (kind === "udp") {
    const { transport, layer, close } = await openUdpEndpoint({ ...shared, port: 0 });
    return { layer, flow: transport.flowTo(address, bridgePort), close };
  }
  const client = tls === undefined ? {} : { client: { ca: tls.ca } };
  const { transport, layer, close } = await openStreamEndpoint({ ...shared, ...client, kind, port: null, onFlowFailed });
  const target = { address, port: bridgePort, ...(tls === undefined ? {} : { serverName: tls.serverName }) };
  return { layer, flow: await transport.flowTo(target), close };
}

interface AnswerInput {
  readonly method: string;
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  readonly knows: readonly DigestHash[];
}

/** The Authorization value that answers the 401. */
function answerTo(response: SipResponse, { method, uri, user, password, knows }: AnswerInput): string {
  const challenges = headerValues(response, "www-authenticate").flatMap(parseChallenges);
  const challenge = challenges.find(({ algorithm }) => knows.includes(algorithm.hash));
  if (challenge === undefined) throw new Error("no challenge");
  const ha1 = digestHa1(challenge.algorithm.hash, user, challenge.realm, password);
  const username = Buffer.from(user, "utf8").toString("latin1"); // as on the wire
  return writeCredentials(answerDigest({ challenge, username, ha1, method, uri, cnonce: randomBytes(8).toString("hex"), nc: 1 }));
}

export interface ChallengingOptions {
  readonly algorithms: readonly DigestHash[];
  readonly status?: 401 | 407;
  readonly realm?: string;
  /** Answers with this many "stale" challenges after the first. */
  readonly staleTimes?: number;
  readonly user?: string;
}

/** A gateway that wants NOTIFY authenticated with its own line's credentials, as SPA and Grandstream do. */
export function challenging({ algorithms, status = 401, realm = TEST_DOMAIN, staleTimes = 0, user = "hgw1" }: ChallengingOptions) {
  let staleLeft = staleTimes;
  const nonces: string[] = [];
  const verdicts: string[] = [];
  const [challengeName, answerName] =
    status === 401 ? (["WWW-Authenticate", "authorization"] as const) : (["Proxy-Authenticate", "proxy-authorization"] as const);
  function challenge({ answer }: IncomingRequest, isStale: boolean): void {
    const nonce = randomBytes(8).toString("hex");
    nonces.push(nonce);
    const headers = algorithms.map((hash) =>
      header(challengeName, writeChallenge({ realm, nonce, algorithm: { hash, isSession: false }, qops: ["auth"], opaque: "o1", isStale })),
    );
    answer(status, { headers });
  }
  function onNotify(incoming: IncomingRequest): void {
    const credentials = parseCredentials(headerValue(incoming.request, answerName) ?? "");
    if (credentials === undefined) {
      challenge(incoming, false);
      return;
    }
    const ha1 = digestHa1(credentials.algorithm.hash, user, realm, TEST_PASSWORD);
    const isRight =
      credentials.nonce === nonces.at(-1) &&
      credentials.opaque === "o1" &&
      credentials.uri === incoming.request.uri &&
      provesPassword(credentials, { [credentials.algorithm.hash]: ha1 }, incoming.request);
    verdicts.push(`${credentials.algorithm.hash} ${isRight ? "right" : "wrong"}`);
    if (isRight && staleLeft-- > 0) challenge(incoming, true);
    else if (isRight) incoming.answer(200);
    else challenge(incoming, false);
  }
  return { onNotify, verdicts };
}
