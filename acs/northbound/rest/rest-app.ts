/**
 * The REST interface as one request listener: routes over the stores, every one denied unless granted.
 * Layer: northbound.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestListener } from "node:http";
import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import type { Secret } from "../../../common/config.js";
import type { Observation } from "../../../common/open-observation.js";
import type { Device } from "../../devices/device.js";
import type { Relaxation } from "../../devices/relaxations.js";
import type { Diagnosis } from "../../diagnostics/diagnosis.js";
import type { AdminToken } from "../../http/admin-token.js";
import { answerProblems, type ReportFailure } from "../../http/answer-problems.js";
import { requestId } from "../../http/request-id.js";
import { type NarrowToken, requireToken } from "../../http/require-token.js";
import type { TranscriptShelf } from "../../http/transcripts.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { EventStore } from "../../stores/event-store.js";
import type { ModelLores } from "../../stores/model-lores.js";
import type { ModelPolicies } from "../../stores/model-policies.js";
import { FINAL_STATES, type NewTask, type Task } from "../../tasks/task.js";
import type { Catalogue } from "../../upgrades/catalogue.js";
import type { ReceivedFiles } from "../../upgrades/received-files.js";
import { type DeviceRoutesOptions, deviceRoutes } from "./device-routes.js";
import { type DiagnosisRoutesOptions, diagnosisRoutes } from "./diagnosis-routes.js";
import { EndWatch } from "./end-watch.js";
import { type EnrolmentRoutesOptions, enrolmentRoutes } from "./enrolment-routes.js";
import { eventRoutes } from "./event-routes.js";
import { EventStreams } from "./event-stream.js";
import { fileRoutes } from "./file-routes.js";
import { type GroupRoutesOptions, groupRoutes } from "./group-routes.js";
import { lanRoutes } from "./lan-routes.js";
import { modelRoutes } from "./model-routes.js";
import { type QuarantineRoutesOptions, quarantineRoutes } from "./quarantine-routes.js";
import { type ReachabilityRoutesOptions, reachabilityRoutes } from "./reachability-routes.js";
import { receivedFileRoutes } from "./received-file-routes.js";
import { taskRoutes } from "./task-routes.js";
import { transcriptRoutes } from "./transcript-routes.js";
import { treeRoutes } from "./tree-routes.js";
import { type UpgradeRoutesOptions, upgradeRoutes } from "./upgrade-routes.js";

export interface RestOptions
  extends DeviceRoutesOptions,
    EnrolmentRoutesOptions,
    QuarantineRoutesOptions,
    ReachabilityRoutesOptions,
    GroupRoutesOptions {
  readonly devices: DeviceStore;
  readonly events: EventStore;
  readonly catalogue: Catalogue;
  readonly received: ReceivedFiles;
  readonly models: ModelPolicies;
  readonly lores: ModelLores;
  /** A rule was bent for the device. */
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
  /** A task for a voice-signalled gateway, with its response made in advance. */
  readonly prepareForNms: (device: Device, task: NewTask) => Promise<NewTask>;
  readonly diagnoses: DiagnosisRoutesOptions["diagnoses"];
  readonly upgrades: UpgradeRoutesOptions["upgrades"];
  readonly transcripts: TranscriptShelf;
  readonly admin: Pick<AdminToken, "accepts">;
  /** Of this product, for GET /api/health. */
  readonly version: string;
  readonly report: ReportFailure;
  readonly observation: Pick<Observation, "metrics" | "health">;
  /** Opens GET /api/metrics and nothing else. */
  readonly metricsToken?: Secret;
}

export interface RestApp {
  readonly listener: RequestListener;
  /** Every route there is, for tests that walk them. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Ends the event streams. Close the server's connections after it. */
  close(): void;
}

/** For createServer of node:http: an upload may take longer than Node's five minutes for a request; it has a limit of its own. */
export const REST_SERVER_OPTIONS = { requestTimeout: 0, headersTimeout: 15_000 } as const;

const OPEN_ROUTES: ReadonlySet<string> = new Set(["GET /api/health", "HEAD /api/health"]);

export function createRestApp(options: RestOptions): RestApp {
  const { clock, admin, report } = options;
  const watches = openWatches(options);
  const streams = new EventStreams({ ...options, report: (error) => report(error, STREAM_REQUEST) });
  const api = apiRouter(options, watches, streams);
  const app = new Koa();
  app.on("error", (error: unknown, ctx: Context) => {
    if (!isDeparture(error)) report(error, { requestId: String(ctx.response.get("X-Request-Id")), method: ctx.method, path: ctx.path });
  });
  app
    .use(requestId(clock))
    .use(safeHeaders)
    .use(answerProblems(report))
    .use(requireToken(admin, OPEN_ROUTES, metricsDoor(options)));
  app.use(api.routes()).use(api.allowedMethods());
  return {
    listener: app.callback(),
    routes: api.stack.flatMap(({ methods, path }) => methods.map((method) => ({ method, path: String(path) }))),
    close: () => {
      watches.tasks.close();
      watches.diagnoses.close();
      streams.close();
    },
  };
}

type Watches = ReturnType<typeof openWatches>;

function openWatches({ tasks, diagnoses, events, clock }: RestOptions) {
  return {
    tasks: new EndWatch<Task>({
      ...{ what: "task", changedBy: "task-changed", events, clock },
      get: (id) => tasks.get(id),
      isEnded: ({ state }) => FINAL_STATES.includes(state),
    }),
    diagnoses: new EndWatch<Diagnosis>({
      ...{ what: "diagnosis", changedBy: "diagnosis-ended", events, clock },
      get: (id) => diagnoses.get(id),
      isEnded: ({ state }) => state !== "running",
    }),
  };
}

function metricsDoor({ metricsToken }: RestOptions): NarrowToken | undefined {
  if (metricsToken === undefined) return undefined;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const wanted = digest(metricsToken.reveal());
  return { route: "GET /api/metrics", accepts: (token) => timingSafeEqual(digest(token), wanted) };
}

const STREAM_REQUEST = { requestId: "", method: "GET", path: "/api/events/stream" } as const;

function apiRouter(options: RestOptions, watches: Watches, streams: EventStreams): Router {
  const api = new Router({ prefix: "/api" });
  const { metrics, health } = options.observation;
  api.get("/health", async (ctx) => {
    const report = await health();
    ctx.status = report.status === "ready" ? 200 : 503;
    ctx.body = { ...report, version: options.version };
  });
  api.get("/metrics", async (ctx) => {
    ctx.body = await metrics.show();
    ctx.set("Content-Type", metrics.contentType);
  });
  const parts = [
    deviceRoutes(options),
    taskRoutes({ ...options, watch: watches.tasks }),
    diagnosisRoutes({ ...options, watch: watches.diagnoses }),
    treeRoutes(options),
    lanRoutes(options),
    eventRoutes({ ...options, streams }),
    fileRoutes(options),
    receivedFileRoutes(options),
    upgradeRoutes(options),
    modelRoutes(options),
    transcriptRoutes(options),
    enrolmentRoutes(options),
    quarantineRoutes(options),
    reachabilityRoutes(options),
    groupRoutes(options),
  ];
  for (const part of parts) api.use(part.routes());
  return api;
}

/** The client went away while its request or its answer was on the way: nobody's failure. HPE: the end came inside a message. */
function isDeparture(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return ["ECONNRESET", "EPIPE", "ECONNABORTED"].includes(code) || code.startsWith("HPE_");
}

const safeHeaders: Middleware = (ctx, next) => {
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.set("Cache-Control", "no-store");
  return next();
};
