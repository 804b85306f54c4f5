/**
 * The REST interface on a real socket over a real SQLite file in a directory of its own; time stands still until a test moves it.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Relaxations } from "../../acs/devices/relaxations.js";
import { openAdminToken } from "../../acs/http/admin-token.js";
import { TRANSCRIPT_LIMITS, Transcripts } from "../../acs/http/transcripts.js";
import { createRestApp, REST_SERVER_OPTIONS, type RestApp } from "../../acs/northbound/rest/rest-app.js";
import { openDiagnoses } from "../../acs/open-diagnoses.js";
import { openGroups } from "../../acs/open-groups.js";
import { openUpgrades } from "../../acs/open-upgrades.js";
import type { OrderTaskOptions } from "../../acs/order-task.js";
import { EnrolmentRules } from "../../acs/stores/enrolment-rules.js";
import { openModelLores } from "../../acs/stores/model-lores.js";
import { openModelPolicies } from "../../acs/stores/model-policies.js";
import { openStores, type Stores } from "../../acs/stores/sqlite/open-stores.js";
import { type Catalogue, openCatalogue } from "../../acs/upgrades/catalogue.js";
import { openReceivedFiles, type ReceivedFiles } from "../../acs/upgrades/received-files.js";
import { Secret } from "../../common/config.js";
import { silentLog } from "../../common/log.js";
import { openObservation } from "../../common/open-observation.js";
import { openSecret, SecretKey, sealSecret } from "../../common/secret-box.js";
import { type FakeClock, fakeClock } from "./fake-clock.js";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an answer.
  readonly body: any;
}

export interface RestServer {
  readonly origin: string;
  readonly token: string;
  readonly stores: Stores;
  readonly catalogue: Catalogue;
  readonly received: ReceivedFiles;
  readonly app: RestApp;
  readonly clock: FakeClock;
  readonly directory: string;
  /** Devices that the wake planner was told of. */
  readonly woken: string[];
  /** Failures of ours: a test that expects none checks that it is empty. */
  readonly failures: unknown[];
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

const PUBLIC_FILES_URL = "http://files.example:7567";
export const METRICS_TOKEN = "metrics-token-of-32-characters-01";
const SECRET_KEY = new SecretKey(Buffer.alloc(32, 5));

/** What a sealed secret of a device says. */
export function opened(sealed: string | undefined, owner: string): string {
  return openSecret(SECRET_KEY, sealed ?? "", owner);
}

export async function startRestServer(): Promise<RestServer> {
  const directory = await mkdtemp(join(tmpdir(), "reveille-rest-"));
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const stores = await openStores({ file: join(directory, "acs.sqlite") });
  const catalogue = await openCatalogue({ directory: join(directory, "files"), files: stores.files, publicUrl: PUBLIC_FILES_URL, clock });
  const { received } = await openReceivedFiles({
    ...{ directory: join(directory, "received"), store: stores.received, key: SECRET_KEY, clock },
    limits: { keptPerTypeMax: 3, retentionMs: 86_400_000, bytesMax: 1_048_576 },
  });
  const admin = await openAdminToken(stores.settings);
  const woken: string[] = [];
  const failures: unknown[] = [];
  const relaxations = new Relaxations(10);
  const observation = openObservation({
    ...{ metrics: [], probeStore: async () => undefined, areSocketsOpen: () => true, clock },
  });
  const models = openModelPolicies(stores.settings);
  const closings: (() => Promise<void>)[] = [];
  const wake = (device: string): void => void woken.push(device);
  const diagnoses = await openDiagnoses({ stores, models, wake, stopSettleMs: 60_000, clock, log: silentLog }, closings);
  const upgrades = await openUpgrades({ stores, catalogue, clock, log: silentLog, wake }, closings);
  const orders = {
    ...{ devices: stores.devices, tasks: stores.tasks, catalogue, received, models, clock },
    relaxed: (deviceId, rule) => relaxations.note(deviceId, rule, clock.now()),
    seal: (secret, owner) => sealSecret(SECRET_KEY, secret, owner),
    wake: { taskQueued: wake },
    prepareForNms: async (_device, task) => task,
  } satisfies OrderTaskOptions;
  const groupService = openGroups({ stores, orders, upgrades, diagnoses, catalogue, key: SECRET_KEY, clock, log: silentLog }, closings);
  await groupService.begin();
  const app = createRestApp({
    ...stores,
    ...orders,
    diagnoses,
    upgrades,
    groupService,
    catalogue,
    lores: openModelLores(stores.settings),
    relaxations,
    rules: await EnrolmentRules.load(stores.enrolment),
    hearsPasswords: false,
    transcripts: new Transcripts(clock, { ...TRANSCRIPT_LIMITS, failedMax: 10 }),
    admin,
    wake: { taskQueued: wake, addressChanged: wake },
    ladders: { ladderOf: async () => ({ steps: [], skipped: [] }) },
    version: "1.2.3",
    report: (error) => failures.push(error),
    observation,
    metricsToken: new Secret(METRICS_TOKEN),
  });
  const server = createServer(REST_SERVER_OPTIONS, app.listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = admin.made ?? "";
  return {
    ...{ origin, token, stores, catalogue, received, app, clock, directory, woken, failures },
    call: (method, path, body, headers = {}) => call(origin, method, path, body, { Authorization: `Bearer ${token}`, ...headers }),
    close: async () => {
      app.close();
      observation.close();
      server.close().closeAllConnections();
      await once(server, "close");
      for (const close of closings.reverse()) await close();
      await stores.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** A Buffer goes out as it is, anything else as JSON; an empty header value leaves that header out. */
async function call(
  origin: string,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const sent = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = Buffer.isBuffer(body) ? "application/octet-stream" : "application/json";
  const all = Object.entries({ ...(body === undefined ? {} : { "Content-Type": type }), ...headers }).filter(([, value]) => value !== "");
  const response = await fetch(origin + path, {
    method,
    headers: all as [string, string][],
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, body: isJson && text !== "" ? JSON.parse(text) : text };
}

/** A device to register. */
export const GATEWAY = { oui: "00D09E", productClass: "HG1", serialNumber: "S1", password: "device-secret" } as const;
export const GATEWAY_ID = "00D09E-HG1-S1";

/** A server-sent event as it came. */
export interface SentEvent {
  readonly id: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: as in Answer.
  readonly data: any;
}

export interface OpenStream {
  readonly status: number;
  /** The next `count` events. */
  take(count: number): Promise<readonly SentEvent[]>;
  /** All that came so far, comments too. */
  text(): string;
  /** Takes no more bytes off the socket. */
  stall(): void;
  resume(): void;
  readonly ended: Promise<void>;
  close(): void;
}

/** Reads the event stream as a browser would. */
export function openStream(server: RestServer, path: string, headers: Readonly<Record<string, string>> = {}): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const all = { Authorization: `Bearer ${server.token}`, ...headers };
    const request = httpRequest(server.origin + path, { headers: all, agent: false }, (response) => {
      const chunks: string[] = [];
      const events: SentEvent[] = [];
      let rest = "";
      let taken = 0;
      let look = (): void => undefined;
      response.setEncoding("utf8").on("data", (chunk: string) => {
        chunks.push(chunk);
        const end = chunk.lastIndexOf("\n\n") + 2;
        if (end === 1) rest += chunk;
        else {
          events.push(...readEvents(rest + chunk.slice(0, end)));
          rest = chunk.slice(end);
        }
        look();
      });
      response.on("error", () => undefined);
      const take = (count: number): Promise<readonly SentEvent[]> =>
        new Promise((done) => {
          look = () => {
            if (events.length < taken + count) return;
            look = () => undefined;
            done(events.slice(taken, taken + count));
            taken += count;
          };
          look();
        });
      const ended = new Promise<void>((done) => response.once("close", done));
      resolve({
        status: response.statusCode ?? 0,
        take,
        text: () => chunks.join(""),
        stall: () => void response.pause(),
        resume: () => void response.resume(),
        ended,
        close: () => void request.destroy(),
      });
    });
    request.on("error", reject).end();
  });
}

function readEvents(text: string): readonly SentEvent[] {
  return text.split("\n\n").flatMap((block) => {
    const match = /^id: (\d+)\nevent: (.*)\ndata: (.*)$/.exec(block);
    return match === null ? [] : [{ id: Number(match[1]), event: match[2] ?? "", data: JSON.parse(match[3] ?? "") }];
  });
}
