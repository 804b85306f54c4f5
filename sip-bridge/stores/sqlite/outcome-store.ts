/**
 * How registrations failed, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { RegistrationOutcome } from "../../registration-outcomes.js";
import type { KeptOutcome, OutcomeStore } from "../outcome-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface Row {
  readonly told_by: KeptOutcome["by"];
  readonly outcome: string;
}

export function createOutcomeStore(database: BridgeDatabase): OutcomeStore {
  const oldestFirst = database.queries.prepare<Row>("SELECT told_by, outcome FROM registration_outcomes ORDER BY at_ms LIMIT ?");
  return {
    change: (change) => database.write("changeOutcomes", change),
    // The JSON is our own: `changeOutcomes` wrote it.
    all: (limit) =>
      database.read(() =>
        oldestFirst.all(limit).map(({ told_by, outcome }) => ({ by: told_by, outcome: JSON.parse(outcome) as RegistrationOutcome })),
      ),
  };
}
