/**
 * Groups as REST shows them, in words.
 * Spec: docs/rest-api.md, Groups. Layer: command line.
 */
import { plain } from "./plain-text.js";
import type { Progress } from "./progress-bar.js";

export interface ShownGroup {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly members: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly concurrency: number;
  readonly ratePerMinute: number | null;
  readonly notTaken: Readonly<Record<"unknown" | "duplicates", { readonly count: number; readonly ids: readonly string[] }>>;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly estimatedEndAt: string | null;
}

export interface ShownMember {
  readonly device: string;
  readonly state: string;
  readonly reason: string;
  readonly step?: string;
  readonly work: string;
}

const ENDED = ["done", "aborted"];
const IDS_SHOWN = 5;

export const isOver = ({ state }: ShownGroup): boolean => ENDED.includes(state);

/** All members are done. */
export const isGood = ({ state, members, counts }: ShownGroup): boolean => state === "done" && counts["done"] === members;

export function progressOf({ state, members, counts, estimatedEndAt }: ShownGroup): Progress {
  const open = (counts["queued"] ?? 0) + (counts["running"] ?? 0);
  const parts = [
    state === "running" || state === "done" ? "" : state,
    `${counts["running"] ?? 0} running`,
    ...["failed", "refused", "aborted"].flatMap((name) => (counts[name] ? [`${counts[name]} ${name}`] : [])),
    estimatedEndAt === null ? "" : `until ${estimatedEndAt.slice(11, 19)} UTC`,
  ];
  return { done: members - open, total: members, text: parts.filter((part) => part !== "").join(", ") };
}

export function summaryOf({ id, name, kind, state, members, counts }: ShownGroup): string {
  const parts = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  return `group ${id} (${kind}, ${plain(name)}) is ${state}: ${members} devices, ${parts.join(", ")}`;
}

/** What was asked for and is not in it; [] when all of it is. */
export function notTakenOf({ notTaken: { unknown, duplicates } }: ShownGroup): readonly string[] {
  const named = ({ count, ids }: { readonly count: number; readonly ids: readonly string[] }): string =>
    `${ids.slice(0, IDS_SHOWN).map(plain).join(", ")}${count > IDS_SHOWN ? ` and ${count - IDS_SHOWN} more` : ""}`;
  return [
    ...(unknown.count > 0 ? [`not registered, and left out: ${named(unknown)}`] : []),
    ...(duplicates.count > 0 ? [`more than once in the list, and taken once: ${named(duplicates)}`] : []),
  ];
}

export const memberLine = ({ device, state, reason, step, work }: ShownMember): string =>
  [device, state, reason === "" ? (step ?? "") : reason, work].map(plain).join("\t");
