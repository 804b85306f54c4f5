/**
 * A transport that keeps what is sent, with the time of it.
 * Layer: test support.
 */
import type { Clock } from "../../common/clock.js";
import type { Transport } from "../../sip-bridge/net/transport.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import type { SipMessage } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";

export interface Sent {
  readonly atMs: number;
  readonly message: SipMessage;
  readonly bytes: Uint8Array;
  readonly flow: Flow;
}

export interface FakeTransport extends Transport {
  readonly sent: readonly Sent[];
  /** Sending fails from now on. */
  breakDown(error: Error): void;
}

export function fakeTransport(clock: Clock, reliable = false): FakeTransport {
  const sent: Sent[] = [];
  let broken: Error | undefined;
  return {
    reliable,
    via: { transport: reliable ? "TCP" : "UDP", host: "198.51.100.5", port: 5060 },
    sent,
    async send(bytes, flow) {
      if (broken !== undefined) throw broken;
      sent.push({ atMs: clock.now(), message: parseMessage(bytes), bytes, flow });
    },
    breakDown(error) {
      broken = error;
    },
  };
}
