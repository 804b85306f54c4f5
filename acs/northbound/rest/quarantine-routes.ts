/**
 * What an operator decides about a quarantined device: approve or reject one that was enrolled, release one whose identity changed.
 * Spec: DESIGN 4 (devices we don't know). Layer: northbound.
 */
import { Router, type RouterContext } from "@koa/router";
import type { Clock } from "../../../common/clock.js";
import type { Device, QuarantineReason } from "../../devices/device.js";
import { Problem } from "../../http/problem.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { EnrolmentStore } from "../../stores/enrolment-store.js";
import type { QuarantineStore } from "../../stores/quarantine-store.js";
import type { TagStore } from "../../stores/tag-store.js";
import { showDevice } from "./show-device.js";
import type { TaskListener } from "./task-routes.js";

export interface QuarantineRoutesOptions {
  readonly devices: DeviceStore;
  readonly quarantine: QuarantineStore;
  readonly enrolment: EnrolmentStore;
  readonly tags: TagStore;
  readonly wake: TaskListener;
  readonly clock: Clock;
}

export function quarantineRoutes(options: QuarantineRoutesOptions): Router {
  const { quarantine, enrolment, wake, clock } = options;
  const show = async (device: Device) => showDevice(device, (await options.tags.of([device.id])).get(device.id) ?? []);
  const release = (reason: QuarantineReason) => async (ctx: RouterContext) => {
    const id = idOf(ctx.params);
    const event = { atMs: clock.now(), kind: "device-released", deviceId: id, data: { reason } } as const;
    const released = await quarantine.release(id, reason, [event]);
    if (typeof released === "string") throw refusal(released, reason);
    ctx.body = await show(released);
    wake.taskQueued(id); // What was queued meanwhile.
  };
  return new Router({ prefix: "/devices/:device" })
    .post("/approve", release("approval-pending"))
    .post("/release", release("identity-changed"))
    .post("/reject", async (ctx) => {
      const id = idOf(ctx.params);
      const event = { atMs: clock.now(), kind: "device-removed", deviceId: id, data: { rejected: true } } as const;
      const rejected = await enrolment.reject(id, [event]);
      if (rejected !== "rejected") throw refusal(rejected, "approval-pending");
      ctx.status = 204;
    })
    .delete("/shared-identity", async (ctx) => {
      const device = await quarantine.setSharedIdentity(idOf(ctx.params), null, []);
      ctx.body = await show(known(device));
    });
}

const idOf = (params: unknown): string => (params as { readonly device: string }).device;

function known(device: Device | undefined): Device {
  if (device === undefined) throw new Problem("not-found", "there is no such device");
  return device;
}

function refusal(why: "stale" | "unknown", reason: QuarantineReason): Problem {
  if (why === "unknown") return new Problem("not-found", "there is no such device");
  return new Problem("conflict", `the device is not quarantined as ${reason}`);
}
