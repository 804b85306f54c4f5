/**
 * The device's side of a session, from its Inform to the ACS's last empty response.
 * Spec: TR-069 3.7.1 (CPE operation), 3.7.1.4 (termination), 3.7.1.6 (fault 8005), table 7. Layer: cpe, pure.
 */
import type { Envelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, AcsRequest, DeviceRequest, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { Inform } from "../../acs/cwmp/rpc/inform.js";

export type CpeSession =
  /** A request of ours waits for its response; the first is always the Inform. */
  | { readonly phase: "asking"; readonly asked: DeviceRequest; readonly resends: number; readonly later: readonly DeviceRequest[] }
  /** Nothing of ours is open. `isFinished`: the empty POST is out, so no request of ours may follow. */
  | { readonly phase: "listening"; readonly later: readonly DeviceRequest[]; readonly isFinished: boolean }
  | { readonly phase: "done" }
  | { readonly phase: "failed"; readonly why: string };

export type CpeEffect =
  | { readonly do: "post-request"; readonly request: DeviceRequest }
  /** The same bytes as last time, message ID included. */
  | { readonly do: "post-again" }
  | { readonly do: "post-empty" }
  | { readonly do: "post-answer"; readonly request: AcsRequest | UnknownMethod; readonly id: string | undefined }
  /** The ACS has taken a request of ours: what it told is delivered. */
  | { readonly do: "confirm"; readonly request: DeviceRequest };

export interface CpeStep {
  readonly session: CpeSession;
  readonly effects: readonly CpeEffect[];
}

export const CPE_SESSION_LIMITS = {
  /** How often "8005 Retry request" is obeyed for one request. */
  resendsMax: 5,
} as const;

/** @param later Requests to make after the Inform: a TransferComplete for each finished transfer. */
export function begin(inform: Inform, later: readonly DeviceRequest[]): CpeStep {
  return ask(inform, later);
}

/**
 * The ACS has answered the last POST.
 * @param reply `undefined`: an empty response.
 */
export function step(session: CpeSession, reply: Envelope<AcsMessage> | undefined): CpeStep {
  switch (session.phase) {
    case "asking":
      return hearAnswer(session, reply);
    case "listening":
      return listen(session, reply);
    case "done":
    case "failed":
      return { session, effects: [] };
  }
}

type Asking = Extract<CpeSession, { phase: "asking" }>;
type Listening = Extract<CpeSession, { phase: "listening" }>;

function hearAnswer(session: Asking, reply: Envelope<AcsMessage> | undefined): CpeStep {
  const { asked, later, resends } = session;
  if (reply === undefined) return fail(`empty response to ${asked.kind}`);
  const { message, holdRequests = false } = reply;
  if (message.kind === "Fault") {
    if (message.faultCode === 8005 && resends < CPE_SESSION_LIMITS.resendsMax) {
      return { session: { ...session, resends: resends + 1 }, effects: [{ do: "post-again" }] };
    }
    if (asked.kind === "Inform") return fail(`fault ${message.faultCode} to Inform`);
    // A fault to any other request doesn't end the session; what the request told stays undelivered.
    return proceed({ phase: "listening", later, isFinished: false }, holdRequests);
  }
  if (message.kind !== `${asked.kind}Response`) return fail(`${message.kind} in the place of ${asked.kind}Response`);
  return prepend({ do: "confirm", request: asked }, proceed({ phase: "listening", later, isFinished: false }, holdRequests));
}

function listen(session: Listening, reply: Envelope<AcsMessage> | undefined): CpeStep {
  // An empty response lifts HoldRequests (TR-069 table 4).
  if (reply === undefined) return proceed(session, false);
  const { message, id } = reply;
  if (!isRequest(message)) return fail(`${message.kind} that nobody asked for`);
  // Whatever HoldRequests says here: a response goes out next, and then the ACS speaks again.
  return { session, effects: [{ do: "post-answer", request: message, id }] };
}

/** Nothing of the ACS's is to be answered: our next request, or the empty POST, or the end. TR-069 table 7. */
function proceed(session: Listening, hold: boolean): CpeStep {
  if (hold) return { session, effects: [{ do: "post-empty" }] };
  const [next, ...others] = session.later;
  if (next !== undefined && !session.isFinished) return ask(next, others);
  if (session.isFinished) return { session: { phase: "done" }, effects: [] };
  return { session: { ...session, isFinished: true }, effects: [{ do: "post-empty" }] };
}

function ask(request: DeviceRequest, later: readonly DeviceRequest[]): CpeStep {
  return { session: { phase: "asking", asked: request, resends: 0, later }, effects: [{ do: "post-request", request }] };
}

function isRequest(message: AcsMessage): message is AcsRequest | UnknownMethod {
  return message.kind === "UnknownMethod"
    ? !message.name.endsWith("Response")
    : message.kind !== "Fault" && !message.kind.endsWith("Response");
}

const fail = (why: string): CpeStep => ({ session: { phase: "failed", why }, effects: [] });

const prepend = (effect: CpeEffect, { session, effects }: CpeStep): CpeStep => ({ session, effects: [effect, ...effects] });
