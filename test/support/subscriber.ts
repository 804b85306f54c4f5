/**
 * A watcher of registrations, played against the real notifier on a clock that stands still: what it sends, and the NOTIFYs it gets.
 * Layer: test support.
 */
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { type NotifierOptions, SUBSCRIPTION_LIMITS } from "../../sip-bridge/notifier.js";
import type { Account } from "../../sip-bridge/registrar/account.js";
import { createRegistrationEvents, type RegistrationEvents } from "../../sip-bridge/registration-events.js";
import type { ResponseDraft } from "../../sip-bridge/sip/build.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { headerValue, type SipRequest } from "../../sip-bridge/sip/message.js";
import type { BindingStore } from "../../sip-bridge/stores/binding-store.js";
import type { KeptSubscription, NotifierStore } from "../../sip-bridge/stores/notifier-store.js";
import { type FakeClock, fakeClock, settle } from "./fake-clock.js";
import { sipFlow, sipRequest, sipResponse } from "./sip-messages.js";

const DOMAIN = "voice.example";

export interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Subscriber {
  readonly clock: FakeClock;
  readonly events: RegistrationEvents;
  /** A SUBSCRIBE of anna's own; lines replace the usual ones. */
  subscribe(...lines: readonly string[]): Promise<Heard>;
  subscribeAs(account: Partial<Account>, ...lines: readonly string[]): Promise<Heard>;
  /** To another Request-URI. */
  subscribeTo(uri: string): Promise<Heard>;
  /** Where NOTIFYs went. */
  readonly flows: readonly Flow[];
  /** Of the dialog's further requests: the To with the notifier's tag. */
  readonly to: string;
  /** NOTIFYs so far; each is answered 200 at once unless `answers` says otherwise. */
  readonly notifies: readonly SipRequest[];
  /** How the next NOTIFYs are answered; "nobody" is a timeout, "later" leaves it open. */
  answers: number | "nobody" | "later";
  /** Answers the NOTIFY that was left open. */
  answerOpen(status: number): Promise<void>;
}

export function subscriber(
  bindings: BindingStore,
  options: Partial<Omit<NotifierOptions, "clock">> & { readonly clock?: FakeClock; readonly watchers?: readonly string[] } = {},
): Subscriber {
  const { clock = fakeClock() } = options;
  const notifies: SipRequest[] = [];
  const flows: Flow[] = [];
  let open: { readonly request: SipRequest; readonly onEvent: (event: RequestEvent) => void } | undefined;
  let cseq = 0;
  let tags = 0;
  const final = (request: SipRequest, status: number): RequestEvent => ({
    ...{ kind: "final", response: sipResponse(request, status), flow: sipFlow() },
  });
  const edge = {
    local: { host: "198.51.100.5", port: 5060, transport: "udp" } as const,
    request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void) {
      const withVia = { ...request, headers: [{ key: "via", name: "Via", value: "SIP/2.0/UDP h;branch=z9hG4bKn" }, ...request.headers] };
      notifies.push(request);
      flows.push(flow);
      const { answers } = self;
      open = { request: withVia, onEvent };
      if (answers !== "later") setImmediate(() => onEvent(answers === "nobody" ? { kind: "timeout" } : final(withVia, answers)));
    },
  };
  const events = createRegistrationEvents({
    ...{ domains: { main: DOMAIN, aliases: [] }, bindings, watchers: [], clock, user: "acs", limits: SUBSCRIPTION_LIMITS },
    ...{ edgeOf: () => edge, onError: rethrow, ...options, store: options.store ?? notifierMemory(), clock },
  });

  const usual = (): readonly string[] => ["Event: reg", `CSeq: ${++cseq} SUBSCRIBE`, "Contact: <sip:anna@192.0.2.10>"];
  async function send(uri: string, changes: Partial<Account>, lines: readonly string[]): Promise<Heard> {
    const account = { username: "anna", realm: DOMAIN, ha1s: {}, addressesOfRecord: [`anna@${DOMAIN}`], changedAtMs: 0, ...changes };
    const given = lines.map((line) => line.slice(0, line.indexOf(":")));
    const request = sipRequest(
      `SUBSCRIBE ${uri} SIP/2.0`,
      ...usual().filter((line) => !given.includes(line.slice(0, line.indexOf(":")))),
      ...lines,
    );
    let heard: Heard | undefined;
    const localTag = `tag${++tags}`;
    const answer = (status: number, draft: Omit<ResponseDraft, "toTag"> = {}): void => {
      heard = { status, headers: Object.fromEntries((draft.headers ?? []).map(({ key, value }) => [key, value])) };
      if (status === 200 && !request.to.params.some(({ name }) => name === "tag")) self.to = `To: <sip:anna@${DOMAIN}>;tag=${localTag}`;
    };
    const incoming: IncomingRequest = { request, flow: sipFlow(), localTag, answer };
    events.notifier.subscribe(incoming, account);
    await clock.advance(0);
    await settle();
    await settle();
    if (heard === undefined) throw new Error("no answer");
    return heard;
  }

  const self = {
    clock,
    events,
    notifies,
    answers: 200 as Subscriber["answers"],
    to: "",
    flows,
    subscribe: (...lines: readonly string[]) => send(`sip:anna@${DOMAIN}`, {}, lines),
    subscribeAs: (account: Partial<Account>, ...lines: readonly string[]) => send(`sip:anna@${DOMAIN}`, account, lines),
    subscribeTo: (uri: string) => send(uri, {}, []),
    async answerOpen(status: number) {
      if (open !== undefined) open.onEvent(final(open.request, status));
      await settle();
    },
  };
  return self;
}

/** What a store keeps, as its JSON. */
export function notifierMemory(): NotifierStore {
  const kept = new Map<string, string>();
  return {
    put: async (subscription) => void kept.set(subscription.key, JSON.stringify(subscription)),
    remove: async (key) => void kept.delete(key),
    all: async (limit) => [...kept.values()].slice(0, limit).map((text) => JSON.parse(text) as KeptSubscription),
  };
}

const rethrow = (error: unknown): void => {
  throw error;
};

/** Of a reginfo document: version and state, then contacts as "event state". */
export function told(notify: SipRequest | undefined): string {
  const text = notify === undefined ? "" : Buffer.from(notify.body).toString("utf8");
  const root = /<reginfo [^>]*version="(\d+)" state="(\w+)"/.exec(text);
  const registration = /<registration [^>]*state="(\w+)"/.exec(text);
  const contacts = [...text.matchAll(/<contact [^>]*state="(\w+)" event="(\w+)"/g)].map((match) => `${match[2]} ${match[1]}`);
  return [`${root?.[1]} ${root?.[2]} ${registration?.[1]}`, ...contacts].join("; ");
}

export const stateOf = (notify: SipRequest | undefined): string | undefined =>
  notify === undefined ? undefined : headerValue(notify, "subscription-state");
