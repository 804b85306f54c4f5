/**
 * GET /cr/<id>: what existing ACSs take for the ConnectionRequestURL of a device. Answered like a device would: 200 when the gateway took
 * the NOTIFY, 503 when it did not (yet), 401 for whoever does not prove the device's login, ids that nobody has included.
 * Spec: TR-069 3.2.2; RFC 7616. Layer: http.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../common/clock.js";
import type { Ha1Set } from "../../common/digest.js";
import type { ConnectionRequestService, RequestOutcome } from "../connection-request-service.js";
import {
  judgeRequest,
  type RequestGuard,
  type RequestLogin,
  readRequestCredentials,
  requestChallenges,
} from "../connection-requests/authorize.js";
import { type ConnectionRequestTarget, targetIdOf } from "../connection-requests/target.js";
import { createGuessThrottle } from "../registrar/guess-throttle.js";
import type { ConnectionRequestStore } from "../stores/connection-request-store.js";
import type { GatewayEvent } from "./gateway-event.js";

/** A request of an ACS is a line and a dozen headers; nothing comes with it. */
export const CONNECTION_REQUEST_SERVER = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 2_500,
  /** HTTP/1.0 has no Host. */
  requireHostHeader: false,
} as const;
export const CONNECTION_REQUEST_CONNECTIONS_MAX = 2_048;
/** For those who were limited, or told that the bridge is busy. */
const RETRY_AFTER_S = 10;

export interface GatewayOptions {
  readonly guard: RequestGuard;
  readonly targets: ConnectionRequestStore;
  readonly service: Pick<ConnectionRequestService, "request">;
  /** Looked at in place of a target that nobody has: time must not tell who exists. */
  readonly decoy: ConnectionRequestTarget;
  /** The hashes of a target; undefined: there are none, or they don't open. */
  readonly openHashes: (target: ConnectionRequestTarget) => Ha1Set | undefined;
  /** What a device answers that took the request; TR-069 allows both. */
  readonly successStatus: 200 | 204;
  readonly clock: Clock;
  readonly onEvent: (event: GatewayEvent) => void;
  readonly onError: (error: unknown) => void;
}

export interface ConnectionRequestGateway {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  counters(): Readonly<Record<string, number>>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

type Identified = { readonly target: ConnectionRequestTarget } | { readonly refused: Answer };

export function createConnectionRequestGateway(options: GatewayOptions): ConnectionRequestGateway {
  const { guard, targets, service, decoy, openHashes, successStatus, clock, onEvent, onError } = options;
  const throttle = createGuessThrottle();
  const counters: Record<string, number> = { challenged: 0, wrongCredentials: 0, throttled: 0, otherPaths: 0, otherMethods: 0 };
  const count = (name: string): void => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const id = targetIdOf(request.url ?? "");
    if (id === undefined) {
      count("otherPaths");
      return { status: 404 };
    }
    if (request.method !== "GET") {
      count("otherMethods");
      return { status: 405, headers: { Allow: "GET" } };
    }
    const identified = await identify(request, id);
    return "refused" in identified ? identified.refused : wake(identified.target, request.socket.remoteAddress ?? "");
  }

  async function identify(request: IncomingMessage, id: string): Promise<Identified> {
    const nowMs = clock.now();
    const from = request.socket.remoteAddress ?? "";
    const credentials = readRequestCredentials(request.headers.authorization, id, guard, nowMs);
    if (credentials === undefined) return { refused: challenge(id, false) };
    const target = await targets.get(id);
    // With a new password the guesses of the old one are forgotten.
    const guesser = `${from} ${id} ${target?.sealedHa1s ?? ""}`;
    if (throttle.isBlocked(guesser, nowMs)) {
      count("throttled");
      return { refused: challenge(id, false) };
    }
    const login = loginOf(target ?? decoy);
    const verdict = judgeRequest(credentials, target === undefined ? undefined : login, guard, nowMs);
    if (verdict === "authorised" && target !== undefined) {
      throttle.succeeded(guesser);
      return { target };
    }
    if (verdict === "wrong") {
      count("wrongCredentials");
      throttle.failed(guesser, nowMs);
      if (target !== undefined)
        tell(target, "unauthorised", from, target.sealedHa1s === "" ? "its login is not known" : "the login is wrong");
    }
    return { refused: challenge(id, verdict === "stale") };
  }

  function loginOf(target: ConnectionRequestTarget): RequestLogin | undefined {
    const ha1s = openHashes(target);
    return ha1s === undefined ? undefined : { username: target.username, ha1s };
  }

  function challenge(id: string, isStale: boolean): Answer {
    count("challenged");
    return { status: 401, headers: { "WWW-Authenticate": requestChallenges(guard, id, isStale, clock.now()) } };
  }

  async function wake(found: ConnectionRequestTarget, from: string): Promise<Answer> {
    const { id, device, target, event, profile } = found;
    if (target === null) {
      tell(found, "unmapped", from, "it is not known which line is the device's");
      return { status: 503 };
    }
    const { outcome, detail, wakeId } = await service.request({ id, device, target, event, profile });
    tell(found, outcome, from, detail, wakeId);
    if (outcome === "taken") return { status: successStatus };
    const isBusy = outcome === "limited" || outcome === "overloaded";
    return { status: 503, headers: isBusy ? { "Retry-After": String(RETRY_AFTER_S) } : {} };
  }

  function tell(
    { id, device }: ConnectionRequestTarget,
    outcome: RequestOutcome | "unauthorised" | "unmapped",
    from: string,
    detail: string,
    wakeId = "",
  ): void {
    count(outcome);
    onEvent({ kind: "connection-request", atMs: clock.now(), id, device, outcome, detail, wakeId, from });
  }

  return {
    handle(request, response) {
      answerTo(request).then(
        (answer) => write(request, response, answer),
        (error: unknown) => {
          onError(error);
          write(request, response, { status: 503 });
        },
      );
    },
    counters: () => counters,
  };
}

/** Never a body: devices send none, and some ACSs expect none. A body that came is not read, and its connection not used again. */
function write(request: IncomingMessage, response: ServerResponse, { status, headers = {} }: Answer): void {
  const hasBody = request.headers["transfer-encoding"] !== undefined || (request.headers["content-length"] ?? "0") !== "0";
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { "Content-Length": "0" }),
    ...(hasBody ? { Connection: "close" } : {}),
  });
  response.end();
}
