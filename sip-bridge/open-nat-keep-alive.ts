/**
 * The keep-alives for gateways behind a NAT, wired to the bridge's sockets.
 * Spec: sip.md 1.7. Layer: sip-bridge (shell).
 */
import type { Clock } from "../common/clock.js";
import { type NatKeepAlive, type NatKeepAlivePolicy, startNatKeepAlive } from "./nat-keep-alive.js";
import { FlowFailed } from "./net/transport.js";
import { buildOptions } from "./notify/build-options.js";
import type { Binding } from "./registrar/binding.js";
import type { Edge } from "./sip-edge.js";
import type { SipListener } from "./sip-listener.js";
import type { BindingStore } from "./stores/binding-store.js";

export interface KeeperParts {
  readonly listener: Pick<SipListener, "edgeOf">;
  readonly bindings: BindingStore;
  /** Ours. */
  readonly domain: string;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onError: (error: unknown) => void;
}

const CALL_ID_BYTES = 16;
const TAG_BYTES = 8;

export function keepNatsOpen(
  policy: NatKeepAlivePolicy,
  { listener, bindings, domain, clock, randomBytes, onError }: KeeperParts,
): NatKeepAlive {
  const hex = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString("hex");
  const edgeTo = ({ flow }: Pick<Binding, "flow">): Edge => {
    const edge = listener.edgeOf(flow);
    if (edge === undefined) throw new FlowFailed("the socket is not open any more");
    return edge;
  };
  return startNatKeepAlive({
    ...{ ...policy, bindings, clock, onError },
    ping: async (flow) => edgeTo({ flow }).ping(flow),
    ask: async (binding) =>
      new Promise((resolve, reject) => {
        const request = buildOptions(binding, domain, { callId: hex(CALL_ID_BYTES), fromTag: hex(TAG_BYTES) });
        edgeTo(binding).request(request, binding.flow, (event) => {
          if (event.kind === "final") resolve();
          else if (event.kind === "timeout" || event.kind === "transport-error") reject(new FlowFailed(event.kind));
        });
      }),
  });
}
