/**
 * A whole ACS on loopback with free ports and a store of its own; a clock that stands still unless asked otherwise.
 * Layer: test support.
 */
import { Writable } from "node:stream";
import { loadAcsConfig } from "../../acs/config.js";
import type { EventKind, StoredEvent } from "../../acs/events/event.js";
import { type Acs, type AcsParts, startAcs } from "../../acs/main.js";
import type { Task, TaskState } from "../../acs/tasks/task.js";
import { createLog, silentLog } from "../../common/log.js";
import { CwmpClient } from "./cwmp-client.js";
import { type FakeClock, fakeClock } from "./fake-clock.js";
import { temporaryFolder } from "./temporary-folder.js";

export interface RestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an answer.
  readonly body: any;
}

export interface TestAcs extends Acs {
  readonly clock: FakeClock;
  readonly token: string;
  /** Everything that was logged, at the finest level. */
  readonly logged: () => string;
  readonly file: (name: string) => string;
  call(method: string, path: string, body?: unknown): Promise<RestAnswer>;
  /** Registers a gateway; its client knows the password. */
  gateway(more?: Readonly<Record<string, unknown>>): Promise<TestGateway>;
  /** Adds a task over REST; its id. */
  task(deviceId: string, order: Readonly<Record<string, unknown>>): Promise<string>;
  /** The task as soon as it is in one of these states. @throws after some seconds. */
  untilTask(id: string, ...states: readonly TaskState[]): Promise<Task>;
  /** The first event that fits, one that is stored already included. */
  untilEvent(what: string, fits: (event: StoredEvent) => boolean): Promise<StoredEvent>;
  events(deviceId: string | null, ...kinds: readonly EventKind[]): Promise<readonly StoredEvent[]>;
  /** Ends it, and starts another on the same store; with another environment, if one is given. */
  restart(more?: { readonly env?: TestAcsOptions["env"]; readonly whileDown?: () => Promise<void> }): Promise<TestAcs>;
}

export interface TestGateway extends CwmpClient {
  readonly id: string;
}

export interface TestAcsOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly parts?: Omit<AcsParts, "log">;
  /** true: time passes by itself. */
  readonly realTime?: boolean;
  /** true: nothing is logged, for runs whose log would not fit into memory. */
  readonly isQuiet?: boolean;
}

export const DEVICE_PASSWORD = "device-secret-of-tests";
const WAIT_MS = 8_000;
let serials = 0;

export async function startTestAcs(options: TestAcsOptions = {}): Promise<TestAcs> {
  const folder = await temporaryFolder();
  return start(options, folder, fakeClock(), undefined);
}

async function start(
  options: TestAcsOptions,
  folder: Awaited<ReturnType<typeof temporaryFolder>>,
  clock: FakeClock,
  knownToken: string | undefined,
): Promise<TestAcs> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
  const config = loadAcsConfig({
    ...{ ACS_DATA_DIR: folder.file("acs"), ACS_CWMP_HOST: "127.0.0.1", ACS_FILES_HOST: "127.0.0.1" },
    ...{ ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0", ACS_API_PORT: "0" },
    // Nothing is sent to an address that a recorded or simulated device tells, unless the test is about that.
    ACS_HTTP_CONNECTION_REQUESTS: "false",
    ...options.env,
  });
  const acs = await startAcs(config, {
    log: options.isQuiet === true ? silentLog : createLog({ name: "acs", level: "trace", destination }),
    ...(options.realTime === true ? {} : { clock }),
    ...options.parts,
  });
  const token = knownToken ?? acs.madeToken ?? "";
  const call: TestAcs["call"] = async (method, path, body) => {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(`http://127.0.0.1:${acs.apiPort}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "Content-Type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const untilEvent: TestAcs["untilEvent"] = (what, fits) => firstEvent(acs, what, fits);
  const close = async (): Promise<void> => {
    await acs.close();
    await folder.remove();
  };
  return {
    ...acs,
    ...{ clock, token, call, untilEvent, close },
    logged: () => lines.join(""),
    file: (name) => folder.file(`acs/${name}`),
    gateway: async (more = {}) => {
      const identity = { oui: "0A1B2C", productClass: "VG2000", serialNumber: `T${String(++serials).padStart(6, "0")}` };
      const { status, body } = await call("POST", "/api/devices", { ...identity, password: DEVICE_PASSWORD, ...more });
      if (status !== 201) throw new Error(`not registered: ${status} ${JSON.stringify(body)}`);
      const client = new CwmpClient({ port: acs.cwmpPort, identity: body.identity, username: body.username, password: DEVICE_PASSWORD });
      return Object.assign(client, { id: body.id as string });
    },
    task: async (deviceId, order) => {
      const { status, body } = await call("POST", `/api/devices/${encodeURIComponent(deviceId)}/tasks`, order);
      if (status !== 202) throw new Error(`no task: ${status} ${JSON.stringify(body)}`);
      return body.id as string;
    },
    untilTask: async (id, ...states) => {
      const fits = async (): Promise<Task | undefined> => {
        const task = await acs.stores.tasks.get(id);
        return task !== undefined && states.includes(task.state) ? task : undefined;
      };
      await untilEvent(`task ${states.join(" or ")}`, (event) => isChange(event, id, states));
      const task = await fits();
      if (task === undefined) throw new Error(`the task went on: ${(await acs.stores.tasks.get(id))?.state}`);
      return task;
    },
    events: async (deviceId, ...kinds) =>
      (await acs.stores.events.list({ ...(deviceId === null ? {} : { deviceId }), ...(kinds.length === 0 ? {} : { kinds }), limit: 1_000 }))
        .toReversed()
        .filter((event) => event.deviceId === deviceId),
    restart: async ({ env = options.env, whileDown } = {}) => {
      await acs.close();
      await whileDown?.();
      return start({ ...options, ...(env === undefined ? {} : { env }) }, folder, clock, token);
    },
  };
}

function isChange({ kind, data }: StoredEvent, id: string, states: readonly TaskState[]): boolean {
  return kind === "task-changed" && data["taskId"] === id && states.includes(data["to"] as TaskState);
}

async function firstEvent(acs: Acs, what: string, fits: (event: StoredEvent) => boolean): Promise<StoredEvent> {
  let stop: () => void = () => undefined;
  const coming = new Promise<StoredEvent>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${WAIT_MS} ms for: ${what}`)), WAIT_MS);
    const end = acs.stores.events.onStored((events) => {
      const found = events.find(fits);
      if (found !== undefined) resolve(found);
    });
    stop = () => {
      clearTimeout(timer);
      end();
    };
  });
  try {
    const past = (await acs.stores.events.list({ limit: 1_000 })).find(fits);
    return past ?? (await coming);
  } finally {
    stop();
    coming.catch(() => undefined);
  }
}
