/**
 * Where each address-of-record can be reached. Adapters: sqlite/. Contract: test/contracts/binding-store.contract.ts.
 * Expiry is judged by the caller's clock, never the store's. A write is on disk when its promise is fulfilled.
 * Spec: RFC 3261 10.3. Layer: stores (interface).
 */
import type { Binding, BindingChange } from "../registrar/binding.js";

/** What is left out does not matter. */
export interface BindingFilter {
  readonly state: "registered" | "ended";
  readonly addressOfRecord?: string | undefined;
  readonly username?: string | undefined;
  readonly transport?: "udp" | "tcp" | "tls" | undefined;
  readonly remoteAddress?: string | undefined;
  /** `00:11:22:AA:BB:CC`. */
  readonly instanceNode?: string | undefined;
}

export interface BindingPage {
  /** Default: what is registered. */
  readonly filter?: BindingFilter;

  /** Bindings after this one in the order of address-of-record and identity (`bindingIdentity`). Absent: from the first. */
  readonly after?: { readonly addressOfRecord: string; readonly identity: string };
  readonly limit: number;
}

export interface BindingStore {
  /** "stale": a valid binding that would change has the same Call-ID and a CSeq that is not lower; nothing changes (RFC 3261 10.3 step 7). */
  change(change: BindingChange): Promise<"stored" | "stale">;
  /** Bindings valid at `nowMs`, oldest registration first. Unknown address-of-record: an empty list, not an error. */
  current(addressOfRecord: string, nowMs: number): Promise<readonly Binding[]>;
  /** Valid bindings whose instance id has this MAC address in its node field (RFC 4122 4.1.6), oldest registration first. @param macAddress `00:11:22:AA:BB:CC`. */
  byInstanceNode(macAddress: string, nowMs: number): Promise<readonly Binding[]>;
  /** Bindings of all addresses, a page at a time; those that ended for as long as `prune` leaves them. */
  list(page: BindingPage, nowMs: number): Promise<readonly Binding[]>;
  /** How many are valid. */
  count(nowMs: number): Promise<number>;
  /** Forgets bindings that ended before `beforeMs`, at most `limit` of them. Returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
}
