/**
 * What a group does to each of its devices. Work has its own store and its own life; the group only begins it, hears of its end, and may
 * ask to take it back.
 * Layer: groups (interface).
 */
import type { FieldError } from "../../common/field-error.js";
import type { StoredEvent } from "../events/event.js";

export interface MemberWork {
  /** The same for the same member: work that exists under it is not begun again. */
  readonly id: string;
  readonly deviceId: string;
  /** Who ordered it. */
  readonly groupId: string;
  /** The group's order, checked. */
  readonly order: unknown;
}

export type WorkState =
  /** `step`: how far it is, for people. */
  | { readonly is: "running"; readonly step: string }
  /** `reason`: what came of it, for people. */
  | { readonly is: "done" | "failed" | "aborted"; readonly reason: string };

export interface GroupWork {
  /** What is wrong with the order whatever the device; fields are those of the order. */
  check(order: unknown): Promise<readonly FieldError[]>;
  /** "started": it is on disk, also when it was before. `refused`: it can't be right for this device, and nothing was stored. */
  start(work: MemberWork): Promise<"started" | { readonly refused: string }>;
  /** undefined: there is none of this id. */
  state(id: string): Promise<WorkState | undefined>;
  /** Takes it back as far as it can be; its end is told as any other. Nothing is done for an id that there is not. */
  abort(id: string): Promise<void>;
  /** The id of the work that may have ended with this event. */
  toldBy(event: StoredEvent): string | undefined;
}
