/**
 * Call-IDs that stay, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { CallIdentityStore } from "../call-identity-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

export function createCallIdentityStore(database: BridgeDatabase): CallIdentityStore {
  return {
    next: (next) => database.write("nextCallIdentity", next),
    used: (deviceId, cseq) => database.write("useCallIdentity", { deviceId, cseq }),
  };
}
