/**
 * What makes a simulated device less than faithful: data that the device looks at where it matters.
 * Layer: behaviours, pure.
 */
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { AnswerFlaws } from "../device/answer-request.js";

/** A message of either side, or the empty POST. */
export type SessionMessage = AcsMessage["kind"] | DeviceMessage["kind"] | "empty";

export interface Behaviour extends AnswerFlaws, HttpFlaws {
  readonly name: string;
  readonly description: string;
  /** Instead of that of CWMP 1.2 to 1.4. */
  readonly namespace?: string;
  /** The ID of the nth request of a session, from 1; undefined: none. Responses always echo the ACS's. */
  readonly requestId?: (nth: number) => string | undefined;
  /** The last word on an envelope, as text. */
  readonly rewrite?: (envelope: string) => string;
  /** CurrentTime of an Inform. */
  readonly currentTime?: (nowMs: number) => string;
  /** An Inform follows the Inform. */
  readonly informsTwice?: boolean;
  /** The first request of each kind that names parameters is answered 9005 in each session; asked again, it is answered well. */
  readonly forgetsNames?: boolean;
  /** "never": a transfer ends without a word. "without-key": TransferComplete has no CommandKey, and no M event announces it. */
  readonly transferReports?: "never" | "without-key";
  /** "lost": a Download is taken and forgotten. "damaged": what arrives is not what was sent. "out-of-reach": 9016. */
  readonly downloads?: "lost" | "damaged" | "out-of-reach";
  /** What becomes of new firmware whose file has come: it does not run, though it is told so; or it runs, and something does not any more. */
  readonly newFirmware?: "not-installed" | "does-not-start" | "without-line";
  /** How a test ends, instead of as it went: with made-up results, or never. */
  readonly diagnosticsEnd?: "Complete" | "Completed" | "never";
  /** Calls in once more before it obeys a Reboot. */
  readonly rebootsLate?: boolean;
  /** Takes rows of tables by alias and by "*". */
  readonly takesAliases?: boolean;
  /** Instead of the password it was given. */
  readonly acsPassword?: string;
  /**
   * The session dies after this message, `times` times: one of the ACS once it was acted upon and before it is answered,
   * one of the device's own once it was sent and before the response to it is looked at.
   */
  readonly dropsAfter?: { readonly message: SessionMessage; readonly times: number };
  /** "none": a connection request over HTTP gets a session, and no answer. */
  readonly connectionRequestAnswer?: "none";
  /** Its SIP module does not run: the line does not register, and nobody hears NOTIFY. */
  readonly isSipModuleBroken?: boolean;
  /** How NOTIFY is answered, instead of being obeyed; "silence": not at all. */
  readonly notifyAnswer?: number | "silence";
}

/** What is wrong with the HTTP of a device's sessions; its file transfers are faithful. */
export interface HttpFlaws {
  /** "forgotten": none is ever sent back. "stale": those of the last session are sent with the first Inform of the next. */
  readonly cookies?: "forgotten" | "stale";
  /** Each exchange on a TCP connection of its own, announced by "Connection: close". */
  readonly closesEachConnection?: boolean;
  /** Over plain HTTP only. */
  readonly speaksHttp10?: boolean;
  /** Sends "Expect: 100-continue" and the body when it hears from the server. */
  readonly expectsContinue?: boolean;
  readonly compresses?: boolean;
  /** How it proves itself where it is asked for digest. */
  readonly digest?: "forgets" | "same-count" | "garbled-first" | "basic-first";
  /** Body and header in ISO-8859-1. */
  readonly latin1?: boolean;
  /** The body in pieces of so many bytes, with a pause before each. */
  readonly pieces?: { readonly bytes: number; readonly pauseMs: number };
}

/** Several flaws in one device; the later ones win, but each has its word on an envelope. */
export function combine(behaviours: readonly Behaviour[]): Behaviour {
  const rewrites = behaviours.flatMap(({ rewrite }) => rewrite ?? []);
  const rewrite = (envelope: string): string => rewrites.reduce((text, change) => change(text), envelope);
  const flaws: Behaviour = Object.assign({}, ...behaviours, rewrites.length === 0 ? {} : { rewrite });
  const name = behaviours.map((behaviour) => behaviour.name).join("+");
  return { ...flaws, name: name || "faithful", description: behaviours.map((behaviour) => behaviour.description).join("; ") };
}
