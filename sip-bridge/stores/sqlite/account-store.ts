/**
 * Accounts in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { Ha1Set } from "../../../common/digest.js";
import type { Account } from "../../registrar/account.js";
import type { AccountStore } from "../account-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface AccountRow {
  readonly realm: string;
  readonly username: string;
  readonly ha1s: string;
  readonly addresses_of_record: string;
  readonly changed_at_ms: number;
}

/** Accounts kept in memory, about 600 octets each. Beyond it the one read first goes. */
const KNOWN_MAX = 20_000;

export function createAccountStore(database: BridgeDatabase): AccountStore {
  const one = database.queries.prepare<AccountRow>("SELECT * FROM accounts WHERE realm = ? AND username = ?");
  const page = database.queries.prepare<AccountRow>("SELECT * FROM accounts WHERE realm = ? AND username > ? ORDER BY username LIMIT ?");
  /** Those that were asked for: each REGISTER asks. Nobody else writes the file, so what is forgotten after each write is never stale. */
  const known = new Map<string, Account>();
  const keyOf = (username: string, realm: string): string => `${realm}\n${username}`;

  function lookUp(username: string, realm: string): Account | undefined {
    const key = keyOf(username, realm);
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const row = one.get(realm, username);
    if (row === undefined) return undefined;
    const account = accountOf(row);
    known.set(key, account);
    const oldest = known.keys().next();
    if (known.size > KNOWN_MAX && !oldest.done) known.delete(oldest.value);
    return account;
  }

  /** Before whoever wrote hears that it is done. */
  function forgetAfter<Result>(write: Promise<Result>, username: string, realm: string): Promise<Result> {
    return write.finally(() => known.delete(keyOf(username, realm)));
  }

  return {
    put: (account) => forgetAfter(database.write("putAccount", account), account.username, account.realm),
    get: (username, realm) => database.read(() => lookUp(username, realm)),
    remove: (username, realm) => forgetAfter(database.write("removeAccount", { realm, username }), username, realm),
    list: (realm, { after, limit }) => database.read(() => page.all(realm, after ?? "", limit).map(accountOf)),
  };
}

/** The JSON is our own: `putAccount` wrote it. */
function accountOf({ realm, username, ha1s, addresses_of_record, changed_at_ms: changedAtMs }: AccountRow): Account {
  return {
    username,
    realm,
    ha1s: JSON.parse(ha1s) as Ha1Set,
    addressesOfRecord: JSON.parse(addresses_of_record) as readonly string[],
    changedAtMs,
  };
}
