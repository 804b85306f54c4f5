/**
 * Subscriptions of gateways, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { SubscriptionStore, WakeSubscription } from "../subscription-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface Row {
  readonly subscription: string;
}

const read = ({ subscription }: Row): WakeSubscription => JSON.parse(subscription) as WakeSubscription;

export function createSubscriptionStore(database: BridgeDatabase): SubscriptionStore {
  const { queries } = database;
  const one = queries.prepare<Row>("SELECT subscription FROM wake_subscriptions WHERE key = ?");
  const ofAddress = queries.prepare<Row>(
    "SELECT subscription FROM wake_subscriptions WHERE address_of_record = ? AND expires_at_ms > ? ORDER BY expires_at_ms DESC",
  );
  const ended = queries.prepare<Row>("SELECT subscription FROM wake_subscriptions WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?");
  const count = queries.prepare<{ readonly count: number }>("SELECT count(*) AS count FROM wake_subscriptions");
  /** False: there is none, and none was ever put. Each wake asks for those of its address, and most bridges have none at all. */
  let mayHaveAny = (count.get()?.count ?? 0) > 0;
  return {
    put(subscription) {
      mayHaveAny = true;
      return database.write("putSubscription", subscription);
    },
    remove: (key) => database.write("removeSubscription", { key }),
    get: (key) =>
      database.read(() => {
        const row = one.get(key);
        return row === undefined ? undefined : read(row);
      }),
    current: (addressOfRecord, nowMs) => database.read(() => (mayHaveAny ? ofAddress.all(addressOfRecord, nowMs).map(read) : [])),
    expired: (nowMs, limit) => database.read(() => ended.all(nowMs, limit).map(read)),
    count: () => database.read(() => count.get()?.count ?? 0),
  };
}
