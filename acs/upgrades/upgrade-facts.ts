/**
 * What a step of an upgrade is decided from, read anew each time: no more than its phase asks for.
 * Layer: upgrades, shell.
 */
import type { Clock } from "../../common/clock.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { TaskStore } from "../stores/task-store.js";
import type { Task } from "../tasks/task.js";
import type { Catalogue } from "./catalogue.js";
import { isLineStatus, VOICE_SUBTREE } from "./sip-lines.js";
import { FIRMWARE, UPGRADE_LIMITS, type Upgrade } from "./upgrade.js";
import type { Facts, FileFact } from "./upgrade-moves.js";

export interface FactSources {
  readonly devices: Pick<DeviceStore, "get" | "entries" | "names">;
  readonly tasks: Pick<TaskStore, "get" | "open">;
  readonly events: Pick<EventStore, "list">;
  readonly catalogue: Pick<Catalogue, "get" | "condition">;
  readonly clock: Clock;
  /** Since when our file server is there. */
  readonly servesSinceMs: number;
}

/** Sessions looked at: of a device that calls in more often while its upgrade waits, the newest. */
const INFORMS_MAX = 50;

export async function factsOf(upgrade: Upgrade, sources: FactSources): Promise<Facts> {
  const { devices, tasks, clock } = sources;
  const { deviceId, taskId, phase } = upgrade;
  const device = await devices.get(deviceId);
  const root = device?.root ?? null;
  const isBeginning = taskId === null && phase === "reading";
  const hasLeft = phase === "downloading" || phase === "verifying-version" || phase === "verifying-sip";
  return {
    nowMs: clock.now(),
    servesSinceMs: sources.servesSinceMs,
    device: device === undefined ? null : { productClass: device.identity.productClass, root },
    task: taskId === null ? null : ((await tasks.get(taskId)) ?? null),
    file: await fileFact(upgrade, sources),
    otherTransfers: isBeginning ? (await tasks.open(deviceId)).filter(isFirmwareUnderWay).map(({ id }) => id) : [],
    version: hasLeft && root !== null ? await versionOf(deviceId, root, sources) : null,
    lineNames: isBeginning && root !== null && upgrade.policy.verifySip ? await lineNames(deviceId, root, sources) : [],
    informs: hasLeft ? await informsOf(deviceId, sources) : [],
  };
}

async function fileFact({ phase, file: { id } }: Upgrade, { catalogue }: FactSources): Promise<FileFact> {
  const file = phase === "reading" || phase === "downloading" ? await catalogue.get(id) : undefined;
  if (file === undefined) return { condition: "missing", model: "", appliesTo: [] };
  return { condition: await catalogue.condition(id), model: file.model, appliesTo: file.appliesTo };
}

function isFirmwareUnderWay({ order, state }: Task): boolean {
  return (order.kind === "download" || order.kind === "scheduleDownload") && order.file.fileType === FIRMWARE && state !== "queued";
}

async function versionOf(deviceId: string, root: string, { devices }: FactSources): Promise<string | null> {
  const [entry] = await devices.entries(deviceId, [`${root}DeviceInfo.SoftwareVersion`]);
  return entry?.value?.slice(0, UPGRADE_LIMITS.versionCharactersMax) ?? null;
}

async function lineNames(deviceId: string, root: string, { devices }: FactSources): Promise<readonly string[]> {
  return (await devices.names(deviceId, `${root}${VOICE_SUBTREE}`)).filter(isLineStatus).sort();
}

async function informsOf(deviceId: string, { events }: FactSources): Promise<Facts["informs"]> {
  const informed = await events.list({ deviceId, kinds: ["device-informed"], limit: INFORMS_MAX });
  return informed.map(({ atMs, data }) => ({ atMs, events: Array.isArray(data["events"]) ? data["events"].map(String) : [] }));
}
