/**
 * Work of a group that a test begins, ends and refuses; it lives on when the ACS does not, as work on disk does.
 * Layer: test support.
 */
import type { StoredEvent } from "../../acs/events/event.js";
import type { GroupWork, WorkState } from "../../acs/groups/group-work.js";

export interface ScriptedWork extends GroupWork {
  /** Each beginning in order: ids of devices. */
  readonly begun: readonly string[];
  readonly aborted: readonly string[];
  /** Reasons by device. */
  readonly refuses: Map<string, string>;
  /** Errors thrown by the next beginnings. */
  readonly fails: Error[];
  /** Ends it without telling anybody. */
  end(deviceId: string, state: WorkState): string;
  /** An event that tells it. */
  tells(workId: string): { readonly kind: "session-failed"; readonly deviceId: null; readonly data: { readonly workId: string } };
}

export function scriptedWork(): ScriptedWork {
  const states = new Map<string, WorkState>();
  const idOf = new Map<string, string>();
  const begun: string[] = [];
  const aborted: string[] = [];
  const refuses = new Map<string, string>();
  const fails: Error[] = [];
  return {
    ...{ begun, aborted, refuses, fails },
    check: async () => [],
    start: async ({ id, deviceId }) => {
      const failure = fails.shift();
      if (failure !== undefined) throw failure;
      const refused = refuses.get(deviceId);
      if (refused !== undefined) return { refused };
      if (states.has(id)) return "started";
      states.set(id, { is: "running", step: "at it" });
      idOf.set(deviceId, id);
      begun.push(deviceId);
      return "started";
    },
    state: async (id) => states.get(id),
    abort: async (id) => {
      if (states.get(id)?.is !== "running") return;
      aborted.push(id);
    },
    toldBy: ({ data }: StoredEvent) => (typeof data["workId"] === "string" ? data["workId"] : undefined),
    end: (deviceId, state) => {
      const id = idOf.get(deviceId) ?? "";
      states.set(id, state);
      return id;
    },
    tells: (workId) => ({ kind: "session-failed", deviceId: null, data: { workId } }),
  };
}
