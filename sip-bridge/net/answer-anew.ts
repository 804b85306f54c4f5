/**
 * Answers whose connection is gone go over a new one: to the address that the request came from, at the port of its Via.
 * That address has proved itself by its own connection; a name in Via is a stranger's word, and is not looked up.
 * Spec: RFC 3261 18.2.2 (responses over a reliable transport). Layer: net.
 */
import type { Flow } from "../sip/flow.js";
import { parseMessage } from "../sip/parse-message.js";
import { bareHost } from "../sip/uri.js";
import type { StreamTarget } from "./dial.js";
import { FlowFailed, type Transport } from "./transport.js";

export const ANSWER_ANEW_LIMITS = {
  /** Connections being opened for answers. Further answers are lost, as if they could not be sent. */
  openingMax: 32,
} as const;

const DEFAULT_PORT = { tcp: 5_060, tls: 5_061 } as const;

export interface Reopening extends Transport {
  readonly kind: "tcp" | "tls";
  /** A connection to the target: one that is open already, or a new one. @throws {FlowFailed} */
  flowTo(target: StreamTarget): Promise<Flow>;
}

/** Requests fail with their flow, as ever (RFC 5626 5.3). */
export function answeringAnew(transport: Reopening): Transport {
  let opening = 0;

  async function again(bytes: Uint8Array, flow: Flow, failure: FlowFailed): Promise<void> {
    const target = targetOf(bytes, flow, transport.kind);
    if (target === undefined || opening >= ANSWER_ANEW_LIMITS.openingMax) throw failure;
    opening++;
    try {
      await transport.send(bytes, await transport.flowTo(target));
    } finally {
      opening--;
    }
  }

  return {
    reliable: transport.reliable,
    via: transport.via,
    send: (bytes, flow) =>
      transport.send(bytes, flow).catch((error: unknown) => {
        if (!(error instanceof FlowFailed) || !isResponse(bytes)) throw error;
        return again(bytes, flow, error);
      }),
  };
}

const STATUS_LINE = Buffer.from("SIP/2.0 ");

const isResponse = (bytes: Uint8Array): boolean => STATUS_LINE.equals(bytes.subarray(0, STATUS_LINE.length));

/**
 * "…a connection to the IP address in the 'received' parameter, if present, using the port in the 'sent-by' value, or the default port".
 * Without `received` the host of sent-by is the source itself (18.2.1). The Via is read from the answer: nothing is kept for it.
 */
function targetOf(bytes: Uint8Array, { remoteAddress }: Flow, kind: "tcp" | "tls"): StreamTarget | undefined {
  const [via] = parseMessage(bytes).vias;
  if (via === undefined) return undefined;
  const target = { address: remoteAddress, port: via.port ?? DEFAULT_PORT[kind] };
  return kind === "tls" ? { ...target, serverName: bareHost(via.host) } : target;
}
