/**
 * Subscriptions of those who watch registrations, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { KeptSubscription, NotifierStore } from "../notifier-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

export function createNotifierStore(database: BridgeDatabase): NotifierStore {
  const some = database.queries.prepare<{ readonly subscription: string }>("SELECT subscription FROM registration_watchers LIMIT ?");
  return {
    put: (subscription) => database.write("putWatcher", subscription),
    remove: (key) => database.write("removeWatcher", { key }),
    // The JSON is our own: `putWatcher` wrote it.
    all: (limit) => database.read(() => some.all(limit).map(({ subscription }) => JSON.parse(subscription) as KeptSubscription)),
  };
}
