/**
 * How a device can be woken: the rungs of its ladder in the order in which they would be tried, why others can't be used, and what each
 * has brought, for this device and for its model.
 * Spec: DESIGN 4. Layer: northbound.
 */
import { Router } from "@koa/router";
import type { Device } from "../../devices/device.js";
import { type Reachability, type Rung, type RungRecord, UNTRIED_RUNG } from "../../devices/reachability.js";
import { Problem } from "../../http/problem.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { ReachStore } from "../../stores/reach-store.js";
import { describeStep } from "../../wake/knocker.js";
import type { Ladder } from "../../wake/ladder.js";
import { showTime } from "./fields.js";
import { showWake } from "./show-device.js";

export interface ReachabilityRoutesOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly reach: Pick<ReachStore, "get">;
  /** The wake planner is one. */
  readonly ladders: { ladderOf(device: Device): Promise<Ladder> };
}

export function reachabilityRoutes({ devices, reach, ladders }: ReachabilityRoutesOptions): Router {
  return new Router().get("/devices/:device/reachability", async (ctx) => {
    const device = await devices.get((ctx.params as { device: string }).device);
    if (device === undefined) throw new Problem("not-found", "there is no such device");
    const [ladder, records] = await Promise.all([ladders.ladderOf(device), reach.get(device.id)]);
    const { udpBinding } = records;
    ctx.body = {
      wake: showWake(device.wake),
      rungs: showRungs(ladder, records),
      udpBinding: udpBinding && { host: udpBinding.host, port: udpBinding.port, seenAt: showTime(udpBinding.atMs) },
    };
  });
}

function showRungs({ steps, skipped }: Ladder, records: Reachability) {
  return [
    ...steps.map((step, at) => ({
      rung: step.rung,
      place: at + 1,
      way: describeStep(step),
      why: null,
      ...showRecords(step.rung, records),
    })),
    ...skipped.map(({ rung, why }) => ({ rung, place: null, way: null, why, ...showRecords(rung, records) })),
  ];
}

/** A model is never asked, and has failed for many reasons. */
function showRecords(rung: Rung, { device, model }: Reachability) {
  const { askedAtMs, failure, ...own }: RungRecord = device[rung] ?? UNTRIED_RUNG;
  return { device: { askedAt: showTime(askedAtMs), ...showOutcomes(own), failure }, model: showOutcomes(model[rung] ?? UNTRIED_RUNG) };
}

function showOutcomes({ wokeAtMs, failedAtMs }: Pick<RungRecord, "wokeAtMs" | "failedAtMs">) {
  return { wokeAt: showTime(wokeAtMs), failedAt: showTime(failedAtMs) };
}
