/**
 * Registers, shows, changes and removes devices. Secrets go in and never come out.
 * Spec: TR-069 A.3.3.1 (DeviceIdStruct), 3.4.4 (user name and password). Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { newSecret } from "../../../common/ids.js";
import { type Device, deviceId, PROTOCOLS, QUARANTINE_REASONS, type SealedSecret } from "../../devices/device.js";
import { RELAXATIONS, type RelaxationCount, type Relaxations } from "../../devices/relaxations.js";
import { passwordEvent } from "../../events/password-event.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import type { DeviceStore, NewDevice } from "../../stores/device-store.js";
import type { EnrolmentRules } from "../../stores/enrolment-rules.js";
import type { QuarantineStore } from "../../stores/quarantine-store.js";
import { TAG_LIMITS, type TagStore } from "../../stores/tag-store.js";
import type { TaskStore } from "../../stores/task-store.js";
import {
  CREDENTIAL_CHARACTERS_MAX,
  line,
  ouiText,
  pageOf,
  passwordText,
  productClassText,
  queryInteger,
  showTime,
  usernameText,
} from "./fields.js";
import { showDevice, showDeviceWithTasks } from "./show-device.js";
import type { TaskListener } from "./task-routes.js";

/** TR-104: URI of a line; the wake contract takes no longer one. */
const SIP_ADDRESS_CHARACTERS_MAX = 389;
const DEVICES_PER_PAGE = { default: 100, max: 1_000 } as const;

const sipAddress = line(1, SIP_ADDRESS_CHARACTERS_MAX).regex(
  /^sips?:[^\s@<>",;?]+@[^\s@<>",;?]+$/,
  "must be an address of record like sip:1001@voice.example",
);

/** A comma would end it in a list of several. */
const tagText = line(1, TAG_LIMITS.charactersMax).regex(/^[^\s,](?:[^,]*[^\s,])?$/, "holds a comma, or begins or ends with a space");

const newDevice = z.strictObject({
  oui: ouiText,
  productClass: productClassText,
  serialNumber: line(1, 64),
  username: usernameText.optional(),
  password: passwordText,
  passwordIsFactory: z.boolean().default(false),
  sipAddress: sipAddress.nullable().default(null),
  protocol: z.enum(PROTOCOLS).default("cwmp"),
});

const deviceChange = z
  .strictObject({
    password: passwordText.optional(),
    passwordIsFactory: z.boolean().optional(),
    dropPendingPassword: z.literal(true).optional(),
    expectFactoryPassword: z.boolean().optional(),
    sipAddress: sipAddress.nullable().optional(),
    tags: z.array(tagText).max(TAG_LIMITS.perDeviceMax).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "names nothing to change")
  .refine(({ expectFactoryPassword, password }) => expectFactoryPassword === undefined || password === undefined, {
    path: ["expectFactoryPassword"],
    message: "goes without password: that is what the device has now",
  });

const listQuery = z.strictObject({
  after: z.string().max(1_000).optional(),
  limit: queryInteger(1, DEVICES_PER_PAGE.max).default(DEVICES_PER_PAGE.default),
  /** Quarantined ones only. */
  quarantine: z.enum(["any", ...QUARANTINE_REASONS]).optional(),
  tag: z.string().max(TAG_LIMITS.charactersMax).optional(),
});

export interface DeviceRoutesOptions {
  readonly devices: DeviceStore;
  readonly quarantine: QuarantineStore;
  readonly rules: EnrolmentRules;
  readonly tasks: TaskStore;
  readonly tags: TagStore;
  readonly wake: TaskListener;
  /** Encrypts a secret for the store; it opens for the same owner only, the device's id. */
  readonly seal: (secret: string, owner: string) => SealedSecret;
  /** Rules that were bent for each device. */
  readonly relaxations: Pick<Relaxations, "of">;
  readonly clock: Clock;
}

export function deviceRoutes(options: DeviceRoutesOptions): Router {
  const { devices, tasks, clock } = options;
  return new Router({ prefix: "/devices" })
    .post("/", async (ctx) => {
      const device = toRegister(await readJson(ctx, newDevice, clock), options);
      if (options.rules.all().some(({ username }) => username === device.username))
        throw new Problem("conflict", "the user name is that of a batch: an enrolment rule has it");
      const data = { username: device.username };
      const event = { atMs: device.registeredAtMs, kind: "device-registered", deviceId: deviceId(device.identity), data } as const;
      const registered = await devices.register(device, [event]);
      if (registered === "exists") throw new Problem("conflict", "a device with this identity or user name is registered");
      ctx.status = 201;
      ctx.set("Location", `/api/devices/${encodeURIComponent(registered.id)}`);
      ctx.body = showDevice(registered, []);
    })
    .get("/", async (ctx) => {
      const query = readQuery(ctx, listQuery);
      const { rows, next } = pageOf(await listed(query, options), query.limit, ({ id }) => id);
      const tags = await options.tags.of(rows.map(({ id }) => id));
      ctx.body = { devices: rows.map((device) => showDevice(device, tags.get(device.id) ?? [])), next };
    })
    .get("/:device", async (ctx) => {
      const device = found(await devices.get(idOf(ctx.params)));
      ctx.body = showDeviceWithTasks(device, await tagsOf(device, options), await tasks.open(device.id));
    })
    .get("/:device/relaxations", async (ctx) => {
      const { id } = found(await devices.get(idOf(ctx.params)));
      ctx.body = { relaxations: options.relaxations.of(id).map(showRelaxation) };
    })
    .patch("/:device", async (ctx) => {
      const change = await readJson(ctx, deviceChange, clock);
      const { tags, ...others } = change;
      if (tags !== undefined && (await options.tags.set(idOf(ctx.params), tags)) === "unknown")
        throw new Problem("not-found", "there is no such device");
      const device = await changeDevice(idOf(ctx.params), others, options);
      ctx.body = showDevice(device, await tagsOf(device, options));
      // Tasks may wait for the very address that was wrong until now.
      if (change.sipAddress !== undefined) options.wake.addressChanged(idOf(ctx.params));
    })
    .delete("/:device", async (ctx) => {
      const id = idOf(ctx.params);
      const removed = await devices.remove(id, [{ atMs: clock.now(), kind: "device-removed", deviceId: id, data: {} }]);
      if (removed === "unknown") throw new Problem("not-found", "there is no such device");
      ctx.status = 204;
    });
}

async function listed({ after, limit, quarantine: wanted, tag }: z.output<typeof listQuery>, options: DeviceRoutesOptions) {
  const { devices, quarantine, tags } = options;
  const page = { limit: limit + 1, ...(after === undefined ? {} : { afterId: after }) };
  if (tag !== undefined) {
    if (wanted !== undefined) throw invalid([{ field: "tag", detail: "can't be given together with quarantine" }]);
    const found = await Promise.all((await tags.devices(tag, page)).map((id) => devices.get(id)));
    return found.filter((device) => device !== undefined);
  }
  return wanted === undefined ? devices.list(page) : quarantine.list({ ...page, reason: wanted === "any" ? null : wanted });
}

async function tagsOf({ id }: Device, { tags }: DeviceRoutesOptions): Promise<readonly string[]> {
  return (await tags.of([id])).get(id) ?? [];
}

function showRelaxation({ rule, uses, firstMs, lastMs }: RelaxationCount) {
  return { rule, what: RELAXATIONS[rule], uses, first: showTime(firstMs), last: showTime(lastMs) };
}

/** What the operator says of a password counts, but not by accident while the device is being given another one. */
async function changeDevice(
  id: string,
  change: Omit<z.output<typeof deviceChange>, "tags">,
  { devices, seal, clock }: DeviceRoutesOptions,
): Promise<Device> {
  const { password: newPassword, passwordIsFactory, dropPendingPassword, expectFactoryPassword, sipAddress: address } = change;
  const atMs = clock.now();
  const events = [
    ...(dropPendingPassword === undefined ? [] : [passwordEvent(id, atMs, "dropped")]),
    ...(newPassword === undefined ? [] : [passwordEvent(id, atMs, "set")]),
  ];
  const device = await devices.update(
    id,
    {
      ...(newPassword === undefined ? {} : { password: seal(newPassword, id) }),
      ...(passwordIsFactory === undefined ? {} : { passwordIsFactory }),
      ...(dropPendingPassword === undefined ? {} : { dropsPendingPassword: { atMs } }),
      ...(address === undefined ? {} : { sipAddress: address }),
    },
    events,
  );
  if (device === "password-pending") throw new Problem("conflict", PENDING);
  return expectFactoryPassword === undefined ? found(device) : expectFactory(id, expectFactoryPassword, devices, atMs);
}

/** For a device that was reset at the button: it has again what it came with. */
async function expectFactory(id: string, expected: boolean, devices: DeviceStore, atMs: number): Promise<Device> {
  const events = [passwordEvent(id, atMs, expected ? "factory-expected" : "factory-not-expected")];
  const device = await devices.expectFactoryPassword({ id, atMs, expected, overrides: false, events });
  if (device === "password-pending") throw new Problem("conflict", PENDING);
  if (device === "not-known")
    throw new Problem(
      "conflict",
      "no password of the factory is remembered for this device: say which it has, with password and passwordIsFactory",
    );
  return device;
}

const PENDING =
  "the device is being given a new password, and may have it already: wait until it has used it, or forget the new one with dropPendingPassword: true";

function idOf(params: unknown): string {
  return (params as { device: string }).device;
}

function found(device: Device | undefined): Device {
  if (device === undefined) throw new Problem("not-found", "there is no such device");
  return device;
}

/** Connection-request credentials are made here; the device gets them at its first 0 BOOTSTRAP. */
function toRegister(body: z.output<typeof newDevice>, { seal, clock }: DeviceRoutesOptions): NewDevice {
  const identity = { oui: body.oui, productClass: body.productClass, serialNumber: body.serialNumber };
  const id = deviceId(identity);
  if (id.length > CREDENTIAL_CHARACTERS_MAX) {
    const detail = `makes an id of more than ${CREDENTIAL_CHARACTERS_MAX} characters once it is percent-encoded`;
    throw invalid([{ field: "serialNumber", detail }]);
  }
  return {
    identity,
    username: body.username ?? id,
    password: seal(body.password, id),
    passwordIsFactory: body.passwordIsFactory,
    connectionRequest: { username: id, password: seal(newSecret(), id) },
    sipAddress: body.sipAddress,
    registeredAtMs: clock.now(),
    protocol: body.protocol,
  };
}
