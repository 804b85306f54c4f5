/**
 * SIP accounts: who may register which address-of-record. Holds hashes, never passwords.
 * Adapters: sqlite/. Contract: test/contracts/account-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: RFC 7616 3.4.2 (A1), RFC 8760 2.3. Layer: stores (interface).
 */
import type { Account } from "../registrar/account.js";

export interface AccountStore {
  /** Adds, or replaces the account of the same user name and realm. */
  put(account: Account): Promise<"added" | "replaced">;
  get(username: string, realm: string): Promise<Account | undefined>;
  remove(username: string, realm: string): Promise<"removed" | "unknown">;
  /** Accounts of a realm by user name, those after `after`. */
  list(realm: string, page: { readonly after?: string; readonly limit: number }): Promise<readonly Account[]>;
}
