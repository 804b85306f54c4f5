/**
 * Writes the subscriptions of gateways.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { WakeSubscription } from "../subscription-store.js";

export const SUBSCRIPTIONS_TABLE = `CREATE TABLE wake_subscriptions (
     key TEXT PRIMARY KEY,
     address_of_record TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     subscription TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX wake_subscriptions_by_address ON wake_subscriptions (address_of_record, expires_at_ms);
   CREATE INDEX wake_subscriptions_by_end ON wake_subscriptions (expires_at_ms);`;

export function putSubscription(writer: Writer) {
  const put = writer.prepare("INSERT OR REPLACE INTO wake_subscriptions VALUES (?, ?, ?, ?)");
  return (subscription: WakeSubscription): void => {
    const { key, addressOfRecord, expiresAtMs } = subscription;
    put.run(key, addressOfRecord, expiresAtMs, JSON.stringify(subscription));
  };
}

export function removeSubscription(writer: Writer) {
  const remove = writer.prepare("DELETE FROM wake_subscriptions WHERE key = ?");
  return ({ key }: { readonly key: string }): void => {
    remove.run(key);
  };
}
