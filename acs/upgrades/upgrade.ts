/**
 * An upgrade of one device to one firmware: a record of its own, made of tasks, that ends only when the device itself has proved it.
 * Phases and reasons: docs/decisions/0026-upgrades-prove-themselves.md. Spec: TR-069 A.3.2.8; cwmp.md 7. Layer: upgrades, pure.
 */

export const FIRMWARE = "1 Firmware Upgrade Image";

/**
 * "reading": version and voice lines as they are before. "backing-up": the device uploads its configuration. "downloading": from the order
 * to its outcome. "verifying-version": it runs what was wanted? "verifying-sip": its lines are registered again? "waiting": for the next
 * attempt, which begins with reading. "restoring": the configuration goes back after a failure.
 */
export const UPGRADE_PHASES = [
  ...(["reading", "backing-up", "downloading", "verifying-version", "verifying-sip", "waiting", "restoring"] as const),
] as const;
export type UpgradePhase = (typeof UPGRADE_PHASES)[number];

export const UPGRADE_STATES = ["running", "done", "failed", "aborted"] as const;
export type UpgradeState = (typeof UPGRADE_STATES)[number];

/** Why an upgrade has failed; a closed list, so that programs can count by it. */
export const UPGRADE_REASONS = [
  /** The device holds the file to be damaged, or not for it (9018, 9019). */
  "checksum",
  /** It took the order and told no end, and does not run the version. */
  "no-transfer-complete",
  /** It told success, and runs the version of before. */
  "same-version",
  /** It could not get the file (9010, 9012, 9015, 9016, 9017). */
  "file-not-accessible",
  /** The version is right, and a line that was registered before is not. */
  "sip-not-back",
  /** It took the order and was not heard again. */
  "never-returned",
  /** It runs a version that is neither that of before nor the wanted one. */
  "other-version",
  /** It refused the order with another fault. */
  "device-refused",
  /** It did not call in before anything was sent. */
  "not-reached",
  /** The file is not for its model, or not for the version that it runs. */
  "not-applicable",
  /** Another firmware transfer of the device is open. */
  "transfer-open",
  /** The file is no longer in the catalogue, or its bytes are gone. */
  "file-missing",
  /** The bytes on disk are not those that were added. */
  "file-altered",
  "backup-failed",
  /** Its version can't be read. */
  "read-failed",
  "device-removed",
  "aborted",
] as const;
export type UpgradeReason = (typeof UPGRADE_REASONS)[number];

/** The file as it was when the upgrade was ordered. */
export interface UpgradeFile {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface UpgradePolicy {
  /** An Upload of the configuration before; it goes back after a failure that left the device running something else than it should. */
  readonly backup: boolean;
  /** Lines that were registered before must be so again. */
  readonly verifySip: boolean;
  /** From 1. Only failures after which the device is known to be as before are tried again. */
  readonly attemptsMax: number;
  readonly retryAfterMs: number;
  /** How long the device may take to call in before anything is sent to it. */
  readonly callInMs: number;
  /** From the download's sending to its end, and from that to the proof of the version. */
  readonly returnMs: number;
  /** From the proof of the version until the lines are registered. */
  readonly sipMs: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_UPGRADE_POLICY: UpgradePolicy = {
  ...{ backup: false, verifySip: true, attemptsMax: 2, retryAfterMs: HOUR_MS / 12 },
  ...{ callInMs: 7 * 24 * HOUR_MS, returnMs: HOUR_MS / 2, sipMs: HOUR_MS / 6 },
};

export const UPGRADE_LIMITS = {
  attemptsMax: 10,
  /** Cut attempts that are not counted: an ACS that dies all the time is no reason to go on for ever. */
  cutsMax: 10,
  /** An upload changes nothing on the device: one that was lost is asked for again. */
  backupsMax: 5,
  /** Looks at the lines within `sipMs`. */
  sipReads: 8,
  /** From the proof of the version to the first look at the lines. */
  lineSettleMs: 10_000,
  /** Lines that are watched. */
  linesMax: 64,
  stepsKept: 64,
  /** Of a version that a device tells; the standard lets it have 64, no file's is longer. */
  versionCharactersMax: 256,
  /** A hundred days: what is longer is a mistake in the unit. */
  deadlineMsMax: 100 * 24 * HOUR_MS,
} as const;

export interface UpgradeMoment {
  readonly atMs: number;
  readonly phase: UpgradePhase;
  readonly attempt: number;
  /** Why it came to this. */
  readonly why: string;
}

export interface Upgrade {
  /** 26 characters, as common/ids.ts makes them. */
  readonly id: string;
  readonly deviceId: string;
  readonly file: UpgradeFile;
  readonly policy: UpgradePolicy;
  /** Whoever ordered it for a reason of their own, e.g. a group's id; null: an operator. */
  readonly causedBy: string | null;
  readonly state: UpgradeState;
  /** Where it is, or where it ended. */
  readonly phase: UpgradePhase;
  readonly reason: UpgradeReason | null;
  /** A sentence for people; "" while it runs. */
  readonly detail: string;
  /** Goes up by one with each stored change: a writer that holds an older one is refused. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  /** When it is looked at although nothing was heard; null: only when something is heard. */
  readonly dueAtMs: number | null;
  /** When this phase is over, whatever was heard. */
  readonly phaseEndsAtMs: number;
  /** From 1. */
  readonly attempt: number;
  /** Attempts that our own restart has cut: they are not held against the device. */
  readonly cuts: number;
  /** How often the configuration was asked for. */
  readonly backups: number;
  /** Tasks that it has made; the next one's number. */
  readonly orders: number;
  /** The task that it waits for. */
  readonly taskId: string | null;
  readonly versionBefore: string | null;
  readonly versionAfter: string | null;
  /** Names of the Status of lines that were registered before. */
  readonly lines: readonly string[];
  /** Received file that holds the configuration of before. */
  readonly backupId: string | null;
  /** When the present download left for the device. */
  readonly sentAtMs: number | null;
  /** When the device was asked what became of a download whose end it had not told; null: it was not. */
  readonly askedAtMs: number | null;
  /** Why the download's outcome is not known; null: it was told. Then only the version can prove it. */
  readonly doubt: string | null;
  /** Begin of the session in which the device told the download's end: a restart from then on should bring the new version. */
  readonly toldAtMs: number | null;
  /** When version and lines were last read. */
  readonly readAtMs: number | null;
  /** What became of the configuration after a failure; null: nothing went back. */
  readonly restored: "done" | "failed" | null;
  /** Oldest first; the oldest after the first are dropped. */
  readonly steps: readonly UpgradeMoment[];
}

export interface NewUpgrade {
  readonly id: string;
  readonly deviceId: string;
  readonly file: UpgradeFile;
  readonly policy: UpgradePolicy;
  readonly causedBy: string | null;
}

export function newUpgrade(ordered: NewUpgrade, nowMs: number): Upgrade {
  const begin = { atMs: nowMs, phase: "reading", attempt: 1, why: "ordered" } as const;
  return {
    ...ordered,
    ...{ state: "running", phase: "reading", reason: null, detail: "", revision: 0, createdAtMs: nowMs, endedAtMs: null },
    ...{ dueAtMs: nowMs, phaseEndsAtMs: nowMs + ordered.policy.callInMs, attempt: 1, cuts: 0, backups: 0, orders: 0, taskId: null },
    ...{ versionBefore: null, versionAfter: null, lines: [], backupId: null, sentAtMs: null, askedAtMs: null, doubt: null },
    ...{ toldAtMs: null, readAtMs: null, restored: null, steps: [begin] },
  };
}

/** Of the nth task: it fits a CommandKey (32 characters), and is the same whenever the step is taken again. */
export const taskIdOf = ({ id, orders }: Upgrade): string => `${id}.${orders.toString(36)}`;
