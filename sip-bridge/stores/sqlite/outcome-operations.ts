/**
 * Writes how registrations failed.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { KeptOutcome, OutcomeName } from "../outcome-store.js";

export const OUTCOMES_TABLE = `CREATE TABLE registration_outcomes (
     told_by TEXT NOT NULL,
     address_of_record TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     outcome TEXT NOT NULL,
     PRIMARY KEY (told_by, address_of_record)
   ) STRICT, WITHOUT ROWID;`;

export function changeOutcomes(writer: Writer) {
  const put = writer.prepare("INSERT OR REPLACE INTO registration_outcomes VALUES (?, ?, ?, ?)");
  const remove = writer.prepare("DELETE FROM registration_outcomes WHERE told_by = ? AND address_of_record = ?");
  return (change: { readonly put: readonly KeptOutcome[]; readonly remove: readonly OutcomeName[] }): void => {
    for (const { by, addressOfRecord } of change.remove) remove.run(by, addressOfRecord);
    for (const { by, outcome } of change.put) put.run(by, outcome.addressOfRecord, outcome.atMs, JSON.stringify(outcome));
  };
}
