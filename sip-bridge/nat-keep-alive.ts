/**
 * Keeps the way to gateways behind a NAT open from our side: something to each UDP registration before its NAT forgets it.
 * Spec: sip.md 1.7 (NAT bindings for UDP last 30 to 180 s); RFC 5626 3.5.1; RFC 4787 REQ-5, REQ-6. Layer: sip-bridge (shell).
 */
import type { Clock } from "../common/clock.js";
import { isBehindNat } from "./registrar/behind-nat.js";
import { type Binding, bindingIdentity } from "./registrar/binding.js";
import type { Flow } from "./sip/flow.js";
import type { BindingPage, BindingStore } from "./stores/binding-store.js";

export interface NatKeepAlivePolicy {
  /** "crlf": four octets that nobody answers. "options": a request; its answer opens NATs that only look at what leaves them. */
  readonly by: "crlf" | "options";
  /** Between two for the same registration. */
  readonly intervalMs: number;
  /** For all of them. If it is too low for their number, the interval becomes longer. */
  readonly perSecond: number;
}

export interface NatKeepAliveOptions extends NatKeepAlivePolicy {
  readonly bindings: Pick<BindingStore, "list">;
  readonly clock: Clock;
  readonly ping: (flow: Flow) => Promise<void>;
  /** Asks with OPTIONS; resolves when that is over, answered or not. */
  readonly ask: (binding: Binding) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface NatKeepAlive {
  counters(): { readonly sent: number; readonly failed: number; readonly lateRounds: number };
  close(): Promise<void>;
}

const STEP_MS = 100;
const STEPS_PER_SECOND = 1_000 / STEP_MS;

/** Goes through all registrations again and again, a page in each step. */
export function startNatKeepAlive(options: NatKeepAliveOptions): NatKeepAlive {
  const { by, intervalMs, perSecond, bindings, clock, ping, ask, onError } = options;
  const limit = Math.max(1, Math.round(perSecond / STEPS_PER_SECOND));
  const stepMs = (limit / perSecond) * 1_000;
  const counters = { sent: 0, failed: 0, lateRounds: 0 };
  /** Asked, and not over yet: nobody is asked twice at once. */
  const asked = new Set<string>();
  let roundFromMs = clock.now();
  let after: BindingPage["after"] | undefined;
  let isClosed = false;
  let running = Promise.resolve();
  let cancel = clock.after(intervalMs, begin);

  function begin(): void {
    roundFromMs = clock.now();
    run();
  }

  function run(): void {
    running = step().catch(onError).then(plan);
  }

  async function step(): Promise<void> {
    const page = await bindings.list({ ...(after === undefined ? {} : { after }), limit }, clock.now());
    const last = page.at(-1);
    after =
      page.length < limit || last === undefined ? undefined : { addressOfRecord: last.addressOfRecord, identity: bindingIdentity(last) };
    // Behind an edge of ours it is the edge's to keep the NAT open.
    for (const binding of page) if (binding.flow.transport === "udp" && binding.path.length === 0 && isBehindNat(binding)) send(binding);
  }

  /** At the end of a round it waits until the interval is over. */
  function plan(): void {
    if (isClosed) return;
    if (after !== undefined) {
      cancel = clock.after(stepMs, run);
      return;
    }
    const leftMs = roundFromMs + intervalMs - clock.now();
    if (leftMs < 0) counters.lateRounds++;
    cancel = clock.after(Math.max(leftMs, stepMs), begin);
  }

  function send(binding: Binding): void {
    const key = `${binding.addressOfRecord} ${binding.contact}`;
    if (asked.has(key)) return;
    counters.sent++;
    const sending = by === "crlf" ? ping(binding.flow) : ask(binding);
    if (by === "options") asked.add(key);
    sending.catch(() => counters.failed++).then(() => asked.delete(key), onError);
  }

  return {
    counters: () => ({ ...counters }),
    close: async () => {
      isClosed = true;
      cancel();
      await running;
    },
  };
}
