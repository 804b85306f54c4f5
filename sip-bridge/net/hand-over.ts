/**
 * What both kinds of server transactions share: a request goes to its handler, whose failures are answered; too many requests are refused.
 * Spec: RFC 3261 8.2.6, 21.5.4. Layer: net.
 */
import { buildResponse } from "../sip/build.js";
import { header, MalformedMessage, type SipRequest, type SipResponse } from "../sip/message.js";

const TAG_BYTES = 8;
const RETRY_AFTER_BASE_S = 5;

type RandomBytes = (count: number) => Uint8Array;

export const newTag = (randomBytes: RandomBytes): string => Buffer.from(randomBytes(TAG_BYTES)).toString("hex");

/** Calls the handler. What it throws is answered: a MalformedMessage with its status, anything else with 500, and told. Never throws. */
export function handOver<Incoming extends { answer(status: number): void }>(
  incoming: Incoming,
  handler: (incoming: Incoming) => void | Promise<void>,
  onHandlerError: (error: unknown) => void,
): void {
  try {
    const handled = handler(incoming);
    if (handled instanceof Promise) handled.catch((error: unknown) => answerFailure(incoming, error, onHandlerError));
  } catch (error) {
    answerFailure(incoming, error, onHandlerError);
  }
}

function answerFailure(incoming: { answer(status: number): void }, error: unknown, onHandlerError: (error: unknown) => void): void {
  const isTheirs = error instanceof MalformedMessage;
  if (!isTheirs) onHandlerError(error);
  try {
    incoming.answer(isTheirs ? error.status : 500);
  } catch (another) {
    onHandlerError(another);
  }
}

/** 503: not remembered, and never the same pause for all (RFC 3261 21.5.4). */
export function buildOverloadRefusal(request: SipRequest, randomBytes: RandomBytes): SipResponse {
  const seconds = RETRY_AFTER_BASE_S + ((randomBytes(1)[0] ?? 0) % 16);
  return buildResponse(request, 503, { headers: [header("Retry-After", seconds)], toTag: newTag(randomBytes) });
}
