/**
 * An upgrade as REST shows it.
 * Layer: northbound.
 */
import type { Upgrade } from "../../upgrades/upgrade.js";
import { showTime } from "./fields.js";

const SECOND_MS = 1_000;

export function showUpgrade(upgrade: Upgrade) {
  const { id, deviceId, file, causedBy, state, phase, attempt, reason, detail, taskId, restored } = upgrade;
  const { backup, verifySip, attemptsMax, retryAfterMs, callInMs, returnMs, sipMs } = upgrade.policy;
  return {
    ...{ id, device: deviceId, state, phase, attempt, reason, detail, causedBy },
    file: { id: file.id, name: file.name, version: file.version, sizeBytes: file.sizeBytes, sha256: file.sha256 },
    ...{ versionBefore: upgrade.versionBefore, versionAfter: upgrade.versionAfter, registeredLines: upgrade.lines },
    ...{ backupFileId: upgrade.backupId, restored, task: taskId },
    ...{ backup, verifySip, retry: { attempts: attemptsMax, afterS: retryAfterMs / SECOND_MS } },
    ...{ callInWithinS: callInMs / SECOND_MS, returnWithinS: returnMs / SECOND_MS, sipWithinS: sipMs / SECOND_MS },
    ...{ createdAt: showTime(upgrade.createdAtMs), endedAt: showTime(upgrade.endedAtMs) },
    steps: upgrade.steps.map(({ atMs, ...moment }) => ({ at: showTime(atMs), ...moment })),
  };
}
