/**
 * An upgrade that proves itself as the work of a group.
 * Layer: groups (shell).
 */
import type { FieldError } from "../../common/field-error.js";
import type { CatalogueFile } from "../stores/file-store.js";
import { type AskedUpgrade, fileOf, policyOf } from "../upgrades/asked-upgrade.js";
import { FIRMWARE, type Upgrade } from "../upgrades/upgrade.js";
import type { UpgradeService } from "../upgrades/upgrade-service.js";
import type { GroupWork, WorkState } from "./group-work.js";

export interface UpgradeWorkOptions {
  readonly upgrades: Pick<UpgradeService, "startUpgrade" | "upgrade" | "abortUpgrade">;
  readonly catalogue: { get(id: string): Promise<CatalogueFile | undefined>; list(): Promise<readonly CatalogueFile[]> };
}

export function upgradeWork({ upgrades, catalogue }: UpgradeWorkOptions): GroupWork {
  return {
    check: async (order) => checkFile(fileOf(order as AskedUpgrade), catalogue),
    start: async ({ id, deviceId, groupId, order }) => {
      const asked = order as AskedUpgrade;
      const file = fileOf(asked);
      if ("field" in file) return { refused: `${file.field} ${file.detail}` };
      const upgrade = await upgrades.startUpgrade({ id, deviceId, file, policy: policyOf(asked), causedBy: groupId });
      return "refused" in upgrade ? { refused: `${upgrade.refused}: ${upgrade.detail}` } : "started";
    },
    state: async (id) => {
      const upgrade = await upgrades.upgrade(id);
      return upgrade === undefined ? undefined : stateOf(upgrade);
    },
    abort: async (id) => void (await upgrades.abortUpgrade(id)),
    toldBy: ({ kind, data }) => (kind === "upgrade-ended" ? String(data["upgradeId"]) : undefined),
  };
}

/** Whether the file is for a device is judged when its turn comes. */
async function checkFile(file: ReturnType<typeof fileOf>, catalogue: UpgradeWorkOptions["catalogue"]): Promise<readonly FieldError[]> {
  if ("field" in file) return [file];
  if ("version" in file) {
    const isThere = (await catalogue.list()).some(({ fileType, version }) => fileType === FIRMWARE && version === file.version);
    return isThere ? [] : [{ field: "version", detail: "is of no firmware in the catalogue" }];
  }
  const known = await catalogue.get(file.fileId);
  if (known === undefined) return [{ field: "fileId", detail: "names no file of the catalogue" }];
  return known.fileType === FIRMWARE ? [] : [{ field: "fileId", detail: `is no firmware ("${FIRMWARE}")` }];
}

function stateOf({ state, phase, attempt, reason, detail }: Upgrade): WorkState {
  switch (state) {
    case "running":
      return { is: "running", step: attempt > 1 ? `${phase}, attempt ${attempt}` : phase };
    case "done":
    case "aborted":
      return { is: state, reason: detail };
    case "failed":
      return { is: "failed", reason: detail === "" ? String(reason) : `${reason}: ${detail}` };
  }
}
