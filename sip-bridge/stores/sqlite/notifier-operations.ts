/**
 * Writes the subscriptions of those who watch registrations.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { KeptSubscription } from "../notifier-store.js";

export const WATCHERS_TABLE =
  "CREATE TABLE registration_watchers (key TEXT PRIMARY KEY, subscription TEXT NOT NULL) STRICT, WITHOUT ROWID;";

export function putWatcher(writer: Writer) {
  const put = writer.prepare("INSERT OR REPLACE INTO registration_watchers VALUES (?, ?)");
  return (subscription: KeptSubscription): void => {
    put.run(subscription.key, JSON.stringify(subscription));
  };
}

export function removeWatcher(writer: Writer) {
  const remove = writer.prepare("DELETE FROM registration_watchers WHERE key = ?");
  return ({ key }: { readonly key: string }): void => {
    remove.run(key);
  };
}
