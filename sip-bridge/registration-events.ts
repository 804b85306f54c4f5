/**
 * The event package "reg": owners and watchers are told who is registered under an address, and what becomes of it.
 * Spec: RFC 3680 4; RFC 5628. Layer: sip-bridge (shell of notify/reginfo.ts).
 */
import type { Clock } from "../common/clock.js";
import { createNotifier, type EventPackage, type Notifier, type NotifierOptions } from "./notifier.js";
import { REGINFO_TYPE, writeReginfo } from "./notify/reginfo.js";
import type { Account } from "./registrar/account.js";
import { addressOfRecordKey, type Domains } from "./registrar/address-of-record.js";
import { type Binding, type BindingChange, bindingIdentity } from "./registrar/binding.js";
import { type ContactNews, type EndEvent, isEnd, newsOf } from "./registrar/contact-news.js";
import type { Answer } from "./registrar/read-registration.js";
import type { SipRequest } from "./sip/message.js";
import { parseUri } from "./sip/uri.js";
import type { BindingStore } from "./stores/binding-store.js";

/** "The default duration of a subscription is 3761 seconds" (4.4); NOTIFYs are at least five seconds apart (4.10). */
const TIMES = { defaultS: 3_761, minS: 60, maxS: 86_400 };
const SPACING_MS = 5_000;

export interface RegistrationEventsOptions extends NotifierOptions {
  readonly domains: Domains;
  readonly bindings: BindingStore;
  /** User names that may watch any address; others their own only. */
  readonly watchers: readonly string[];
}

export interface RegistrationEvents {
  readonly notifier: Notifier<ContactNews>;
  /** To be called after a change of bindings was stored; as `newsOf`. */
  note(change: BindingChange, before: readonly Binding[], endedAs: EndEvent): void;
  close(): void;
}

export function createRegistrationEvents(options: RegistrationEventsOptions): RegistrationEvents {
  const { domains, bindings, watchers, clock, onError } = options;
  const watched = new Map<string, WatchedAddress>();

  const pkg: EventPackage<ContactNews> = {
    name: "reg",
    mediaType: REGINFO_TYPE,
    times: TIMES,
    spacingMs: SPACING_MS,
    resourceOf: (request, account) => resourceOf(request, account, domains, watchers),
    async whole(addressOfRecord, version) {
      const current = await bindings.current(addressOfRecord, clock.now());
      watched.get(addressOfRecord)?.set(current);
      const contacts = current.map((binding) => ({ binding, event: "registered" as const }));
      const registration = current.length === 0 ? "init" : "active";
      return writeReginfo({ version, state: "full", addressOfRecord, registration, contacts }, clock.now());
    },
    changed(addressOfRecord, changes, version) {
      const registration = watched.get(addressOfRecord)?.isEmpty() === false ? "active" : "terminated";
      return writeReginfo({ version, state: "partial", addressOfRecord, registration, contacts: lastOfEach(changes) }, clock.now());
    },
    onWatched(addressOfRecord, isWatched) {
      watched.get(addressOfRecord)?.close();
      if (!isWatched) watched.delete(addressOfRecord);
      else
        watched.set(
          addressOfRecord,
          watchAddress(clock, (expired) => onExpired(addressOfRecord, expired)),
        );
    },
  };
  const notifier = createNotifier(pkg, options);

  function onExpired(addressOfRecord: string, expired: readonly Binding[]): void {
    notifier.publish(
      addressOfRecord,
      expired.map((binding) => ({ binding, event: "expired" })),
    );
  }

  function note(change: BindingChange, before: readonly Binding[], endedAs: EndEvent): void {
    const { addressOfRecord } = change;
    if (!notifier.isWatched(addressOfRecord)) return;
    try {
      const contacts = newsOf(change, before, endedAs);
      if (contacts.length === 0) return;
      watched.get(addressOfRecord)?.apply(contacts);
      notifier.publish(addressOfRecord, contacts);
    } catch (error) {
      onError(error); // the registration itself is stored and answered
    }
  }

  return {
    notifier,
    note,
    close() {
      notifier.close();
      for (const address of watched.values()) address.close();
    },
  };
}

/** An own address, or any of ours for a watcher; who may not gets the same answer whether it is registered or not (3680 4.5). */
function resourceOf(
  request: SipRequest,
  { username, addressesOfRecord }: Account,
  domains: Domains,
  watchers: readonly string[],
): { readonly resource: string } | { readonly refused: Answer } {
  const resource = addressOfRecordKey(parseUri(request.uri), domains);
  if (resource === undefined) return { refused: { status: 404 } };
  return addressesOfRecord.includes(resource) || watchers.includes(username) ? { resource } : { refused: { status: 403 } };
}

/** One contact stands once in a document: with what became of it last. */
function lastOfEach(changes: readonly ContactNews[]): readonly ContactNews[] {
  return [...new Map(changes.map((news) => [bindingIdentity(news.binding), news])).values()];
}

interface WatchedAddress {
  set(current: readonly Binding[]): void;
  apply(contacts: readonly ContactNews[]): void;
  isEmpty(): boolean;
  close(): void;
}

/** The bindings of an address while somebody watches it, so that their end is noticed: nothing else tells when one expires. */
function watchAddress(clock: Clock, onExpired: (expired: readonly Binding[]) => void): WatchedAddress {
  const known = new Map<string, Binding>();
  let cancel = (): void => undefined;

  function plan(): void {
    cancel();
    const firstMs = Math.min(...[...known.values()].map(({ expiresAtMs }) => expiresAtMs));
    if (known.size > 0) cancel = clock.after(firstMs - clock.now(), expire);
  }

  function expire(): void {
    const nowMs = clock.now();
    const expired = [...known].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs);
    for (const [identity] of expired) known.delete(identity);
    plan();
    if (expired.length > 0) onExpired(expired.map(([, binding]) => binding));
  }

  return {
    set(current) {
      known.clear();
      for (const binding of current) known.set(bindingIdentity(binding), binding);
      plan();
    },
    apply(contacts) {
      for (const { binding, event } of contacts) {
        if (isEnd(event)) known.delete(bindingIdentity(binding));
        else known.set(bindingIdentity(binding), binding);
      }
      plan();
    },
    isEmpty: () => known.size === 0,
    close: () => cancel(),
  };
}
