/**
 * What happened, counted for the metrics as it is stored: informs, ends of tasks, askings of each rung of the ladder.
 * Layer: acs.
 */
import type { StoredEvent } from "./events/event.js";

export interface EventTally {
  /** By event code; those of vendors together. */
  readonly informs: ReadonlyMap<string, number>;
  /** By kind of task and state that it came to. */
  readonly tasks: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By rung, and what it meant: of SIP each wire event by its kind, of the others "wait", "next-rung" or "back-off". */
  readonly wakes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By test: "good" or "bad" for a verdict, else "failed" or "canceled". */
  readonly diagnoses: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly events: ReadonlyMap<string, number>;
}

/** "M x_vendor" and the like: each vendor could make more. */
const STANDARD_EVENT = /^(?:\d{1,2} [A-Z][A-Z ]*|M (?:Reboot|ScheduleInform|Download|ScheduleDownload|Upload|ChangeDUState))$/;
const OTHER = "other";
/** Task states that count: each task comes to one of them, or is on its way. */
const ENDS: ReadonlySet<unknown> = new Set(["done", "failed", "expired", "cancelled"]);

export function createEventTally(): EventTally & { note(events: readonly StoredEvent[]): void } {
  const informs = new Map<string, number>();
  const tasks = new Map<string, Map<string, number>>();
  const wakes = new Map<string, Map<string, number>>();
  const diagnoses = new Map<string, Map<string, number>>();
  const events = new Map<string, number>();

  function noteOne({ kind, data }: StoredEvent): void {
    count(events, kind);
    if (kind === "device-informed") for (const code of codesOf(data["events"])) count(informs, STANDARD_EVENT.test(code) ? code : OTHER);
    if (kind === "task-changed" && ENDS.has(data["to"])) count(inner(tasks, String(data["kind"])), String(data["to"]));
    if (kind === "diagnosis-ended") count(inner(diagnoses, String(data["test"])), endOf(data));
    if (kind === "wire" && data["kind"] === "connection-request") count(inner(wakes, String(data["rung"])), String(data["next"]));
    else if (kind === "wire" && "wakeId" in data) count(inner(wakes, "sip"), String(data["kind"]));
  }

  return {
    ...{ informs, tasks, wakes, diagnoses, events },
    note: (stored) => {
      for (const event of stored) noteOne(event);
    },
  };
}

function endOf({ state, good }: StoredEvent["data"]): string {
  return state === "done" ? (good === true ? "good" : "bad") : String(state);
}

const codesOf = (codes: unknown): readonly string[] => (Array.isArray(codes) ? codes.map(String) : []);

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function inner(counts: Map<string, Map<string, number>>, what: string): Map<string, number> {
  const known = counts.get(what) ?? new Map<string, number>();
  counts.set(what, known);
  return known;
}
