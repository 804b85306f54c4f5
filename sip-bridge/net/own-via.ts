/**
 * Our Via on our requests, and the key by which their responses are found again.
 * Spec: RFC 3261 8.1.1.7, 17.1.3, 18.1.2; RFC 3581 3. Layer: net.
 */
import { type Param, param, type Via } from "../sip/message.js";
import type { Transport } from "./transport.js";

export const MAGIC_COOKIE = "z9hG4bK";
/** 96 random bits: unique over all transactions of all our hosts. */
const BRANCH_BYTES = 12;
const RPORT: Param = { name: "rport" };

/** With a new branch, and rport. */
export function newVia({ via }: Transport, randomBytes: (count: number) => Uint8Array): Via {
  const { transport, host, port, params = [] } = via;
  const branch = MAGIC_COOKIE + Buffer.from(randomBytes(BRANCH_BYTES)).toString("hex");
  return { transport, host, port, params: [{ name: "branch", value: branch }, RPORT, ...params] };
}

/**
 * "The branch in the top Via, and the method in the CSeq, match" (RFC 3261 17.1.3); sent-by must be ours too: a response that
 * was meant for somebody else is dropped (18.1.2).
 */
export function clientKey({ host, port, params }: Via, method: string): string {
  return `${param(params, "branch")}\n${host.toLowerCase()}:${port}\n${method}`;
}
