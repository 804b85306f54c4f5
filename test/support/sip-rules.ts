/**
 * What holds for every octet that a SIP program is sent, whatever it is: rules for tests with damaged messages.
 * Layer: test support.
 */
import { parseChallenges, parseCredentials } from "../../common/digest.js";
import { buildRefusal } from "../../sip-bridge/sip/build.js";
import { dialogKeyOf } from "../../sip-bridge/sip/dialog.js";
import { MalformedMessage, type SipMessage, type SipRequest } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { isLoop, preprocessRoutes, recordRoute, spendHop } from "../../sip-bridge/sip/routing.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";

/** Of an answer to a stranger beside what his request had: status line, tag, received, Allow. */
export const ANSWER_GROWTH_BYTES = 600;

export const must = (holds: boolean, rule: string): void => {
  if (!holds) throw new Error(`broken: ${rule}`);
};

/** @returns What became of octets that are no message. */
export function readOrRefuse(bytes: Buffer): SipMessage | string {
  try {
    return parseMessage(bytes);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error; // a crash on hostile input is the finding
    const refusal = refuse(error);
    if (refusal === undefined) return "dropped";
    must(refusal.length <= bytes.length + ANSWER_GROWTH_BYTES, "no amplifier");
    return `refused ${error.status}`;
  }
}

export function refuse({ request, status }: MalformedMessage): Uint8Array | undefined {
  const refusal = request === undefined ? undefined : buildRefusal(request, status, "t", { address: "192.0.2.9", port: 5060 });
  return refusal === undefined ? undefined : writeMessage(refusal);
}

/** What holds for every message that was read, and for the pure functions that read it further. */
export function mustAgreeWithItself(message: SipMessage): void {
  const written = writeMessage(message);
  must(Buffer.compare(written, writeMessage(parseMessage(written))) === 0, "what we write, we read as it was");
  for (const { value } of message.headers) {
    parseChallenges(value);
    parseCredentials(value);
  }
  dialogKeyOf(message);
  if (message.kind === "request") readable(() => mustForward(message));
}

function mustForward(request: SipRequest): void {
  const own = {
    isOurRoute: ({ host }: { readonly host: string }) => host === "127.0.0.1",
    isOurHost: (host: string) => host === "127.0.0.1",
  };
  const forwarded = spendHop(recordRoute(preprocessRoutes(request, own), ["sip:us.example;lr"]));
  if (forwarded === undefined) return;
  const read = parseMessage(writeMessage(forwarded));
  must(read.kind === "request" && read.maxForwards === forwarded.maxForwards, "what is forwarded can be read");
  isLoop(request, () => true);
}

/** A MalformedMessage is an answer like others: what the parser leaves to its user is refused by him. */
function readable(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
}
