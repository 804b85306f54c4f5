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

export function createAccountStore(database: BridgeDatabase): AccountStore {
  const one = database.queries.prepare<AccountRow>("SELECT * FROM accounts WHERE realm = ? AND username = ?");
  const page = database.queries.prepare<AccountRow>("SELECT * FROM accounts WHERE realm = ? AND username > ? ORDER BY username LIMIT ?");
  return {
    put: (account) => database.write("putAccount", account),
    get: (username, realm) =>
      database.read(() => {
        const row = one.get(realm, username);
        return row === undefined ? undefined : accountOf(row);
      }),
    remove: (username, realm) => database.write("removeAccount", { realm, username }),
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
