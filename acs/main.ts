/**
 * Builds the ACS and wires it: stores, CWMP endpoint, REST, file server, wake planner, timers. Only this file constructs adapters.
 * Layer: main.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../common/clock.js";
import { createLog, type Logger } from "../common/log.js";
import { type Observation, openObservation } from "../common/open-observation.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { CommitObserver } from "../common/sqlite/database.js";
import { lockFile } from "../common/sqlite/lock-file.js";
import { VERSION } from "../common/version.js";
import type { WakeBridge } from "../schemas/wake-contract.js";
import { acsMetrics } from "./acs-metrics.js";
import type { AcsConfig } from "./config.js";
import type { Relaxations } from "./devices/relaxations.js";
import type { DiagnosisService } from "./diagnoses/diagnosis-service.js";
import { createEventTally } from "./event-tally.js";
import type { GroupService } from "./groups/group-service.js";
import { type AdminToken, openAdminToken, replaceAdminToken } from "./http/admin-token.js";
import type { CwmpEndpoint } from "./http/cwmp-endpoint.js";
import { closeServer, listen } from "./http/listening.js";
import { NmsEndpoint } from "./http/nms-endpoint.js";
import { openRelaxations, type Relaxed } from "./http/relaxation-log.js";
import type { Transcripts } from "./http/transcripts.js";
import { createRestApp, type RestApp } from "./northbound/rest/rest-app.js";
import { openCwmp } from "./open-cwmp.js";
import { openDiagnoses } from "./open-diagnoses.js";
import { openFileSide } from "./open-files.js";
import { openGroups } from "./open-groups.js";
import { apiServer, listenForDevices } from "./open-listeners.js";
import { type Nms, openNms } from "./open-nms.js";
import { openTranscripts } from "./open-transcripts.js";
import { openUpgrades } from "./open-upgrades.js";
import type { OrderTaskOptions } from "./order-task.js";
import { resealSecrets } from "./reseal-secrets.js";
import { startRetention } from "./retention.js";
import { openSecretsKey } from "./secrets-key.js";
import { startTaskTimer } from "./session/task-timer.js";
import { EnrolmentRules } from "./stores/enrolment-rules.js";
import { type ModelLores, openModelLores } from "./stores/model-lores.js";
import { type ModelPolicies, openModelPolicies } from "./stores/model-policies.js";
import { openStores, type Stores } from "./stores/sqlite/open-stores.js";
import type { Catalogue } from "./upgrades/catalogue.js";
import type { ReceivedFiles } from "./upgrades/received-files.js";
import type { UpgradeService } from "./upgrades/upgrade-service.js";
import { createHttpWakeBridge } from "./wake/http-wake-bridge.js";
import { openRungs } from "./wake/open-rungs.js";
import { WakePlanner } from "./wake/wake-planner.js";

export interface AcsParts {
  /** The bridge in the same process; absent: the one at ACS_SIP_BRIDGE_URL, or none. */
  readonly bridge?: WakeBridge;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly observer?: CommitObserver;
  readonly random?: () => number;
  /** Hears the administrator's token as soon as it is stored: whatever fails after that, it is told only once. */
  readonly onTokenMade?: (token: string) => void;
}

export interface Acs {
  readonly cwmpPort: number;
  /** The second port of CWMP, without TLS, where there is one. */
  readonly cwmpPlainPort: number | undefined;
  readonly filesPort: number;
  readonly apiPort: number;
  /** UDP ports; undefined: switched off. */
  readonly stunPort: number | undefined;
  readonly notificationPort: number | undefined;
  /** The administrator's token, only at the start that made it. */
  readonly madeToken: string | undefined;
  readonly stores: Stores;
  readonly catalogue: Catalogue;
  /** Ends sessions, stores what is queued, closes everything. */
  close(): Promise<void>;
}

/** Setting that a health check writes. */
const HEALTH_PROBE = "health-probe";
/** Expiry is given in seconds, so it is noticed within one. */
const TASK_TIMER_POLL_MS = 1_000;

/** @throws ConfigError, DatabaseNotOpened (also when an ACS runs on this data), or the system's error if a port is taken. Nothing stays open then. */
export async function startAcs(config: AcsConfig, parts: AcsParts = {}): Promise<Acs> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await wire(config, parts, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

async function wire(config: AcsConfig, parts: AcsParts, opened: (() => Promise<void>)[]): Promise<Acs> {
  const { clock = systemClock, log = createLog({ name: "acs", level: config.LOG_LEVEL }), random = Math.random } = parts;
  const unlock = await lockData(config);
  opened.push(async () => unlock());
  const stores = await openStores({
    file: join(config.ACS_DATA_DIR, "acs.sqlite"),
    ...(parts.observer === undefined ? {} : { observer: parts.observer }),
  });
  opened.push(() => stores.close());
  const key = await openSecretsKey(config, {
    settings: stores.settings,
    reseal: (from, to) => resealSecrets({ dataDir: config.ACS_DATA_DIR, stores, from, to, log }),
  });
  const admin = await openAdminToken(stores.settings);
  if (admin.made !== undefined) parts.onTokenMade?.(admin.made);

  const fileSide = await openFileSide(config, { stores, key, clock, log }, opened);
  const { catalogue, received, files } = fileSide;
  const bridge = parts.bridge ?? remoteBridge(config, { clock, log, random });
  if (bridge !== null && parts.bridge === undefined) opened.push(() => bridge.close());
  const models = openModelPolicies(stores.settings);
  const lores = openModelLores(stores.settings);
  const { relaxations, relaxed } = openRelaxations(stores.events, clock, log);
  const nms = openNms(config, { stores, catalogue, files, models, key, clock });
  const openDeviceSecret = (sealed: string, owner: string): string => openSecret(key, sealed, owner);
  const rungs = await openRungs({ ...stores, config, clock, log, random, openSecret: openDeviceSecret, modelPolicy: models.of, relaxed });
  opened.push(() => rungs.close());
  const planner: WakePlanner = new WakePlanner({
    ...{ devices: stores.devices, tasks: stores.tasks, events: stores.events, reach: stores.reach },
    ...{ requester: rungs.requester, bridge, clock, log, random, modelPolicy: models.of },
    informWaitMs: config.ACS_INFORM_WAIT_MS,
    perSecond: config.ACS_WAKES_PER_SECOND,
    hasSession: (id) => cwmp.hasSession(id) || nmsEndpoint.hasSession(id),
    nms: nms.plans,
  });
  opened.push(() => planner.close());
  const upgrades = await openUpgrades({ stores, catalogue, clock, log, wake: (id) => planner.taskQueued(id) }, opened);

  const rules = await EnrolmentRules.load(stores.enrolment);
  const transcripts = await openTranscripts(stores, config, { clock, log }, opened);
  const nmsEndpoint = new NmsEndpoint({
    ...{ path: config.ACS_NMS_PATH, service: nms.service, quarantine: stores.quarantine, transcripts, watcher: planner },
    ...{ bodyTimeoutMs: config.ACS_BODY_TIMEOUT_MS, clock, log },
  });
  const cwmp = openCwmp({
    nmsEndpoint,
    config,
    stores,
    clock,
    log,
    random,
    key,
    planner,
    models,
    lores,
    relaxed,
    rules,
    transcripts,
    files,
  });
  opened.push(() => cwmp.close());
  const { cwmpPort, cwmpPlainPort } = await listenForDevices(cwmp, config, { clock, log }, opened);
  const observation = observe(stores, cwmp, clock);
  opened.push(async () => observation.close());
  const orders = orderOptions({ stores, catalogue, received, models, relaxed, planner, nms, key, clock });
  const diagnoses = await openDiagnoses(
    { stores, models, wake: (id) => planner.taskQueued(id), stopSettleMs: config.ACS_UNKNOWN_SETTLE_MS, clock, log },
    opened,
  );
  const groupService = openGroups({ stores, orders, upgrades, diagnoses, catalogue, key, clock, log }, opened);
  const rest = restApp({
    orders,
    diagnoses,
    groupService,
    config,
    stores,
    clock,
    log,
    key,
    admin,
    planner,
    models,
    lores,
    relaxations,
    relaxed,
    rules,
    transcripts,
    catalogue,
    received,
    upgrades,
    observation,
  });
  const api = await apiServer(rest.listener, config, { clock, log }, opened);
  opened.push(() => {
    rest.close();
    return closeServer(api);
  });
  const apiPort = await listen(api, config.ACS_API_PORT, config.ACS_API_HOST);

  opened.push(
    startTaskTimer({
      ...{ tasks: stores.tasks, broughtBy: files.broughtBy, clock, log, pollMs: TASK_TIMER_POLL_MS },
      policy: { unknownSettleMs: config.ACS_UNKNOWN_SETTLE_MS },
      wake: (id) => planner.taskQueued(id),
    }),
  );
  opened.push(startRetention({ ...stores, received }, config, clock, log));
  await planner.rebuild();
  await upgrades.begin();
  await groupService.begin();

  const close = async (): Promise<void> => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  return {
    ...{ cwmpPort, cwmpPlainPort, apiPort, filesPort: fileSide.port, stunPort: rungs.stunPort, notificationPort: rungs.notificationPort },
    ...{ madeToken: admin.made, stores, catalogue, close },
  };
}

/** Makes a new administrator's token. @throws {DatabaseNotOpened} An ACS runs on this data: it would go on with the old one. */
export async function makeAdminToken(config: AcsConfig): Promise<string> {
  const unlock = await lockData(config);
  try {
    const stores = await openStores({ file: join(config.ACS_DATA_DIR, "acs.sqlite") });
    return await replaceAdminToken(stores.settings).finally(() => stores.close());
  } finally {
    unlock();
  }
}

/** Two processes on one store would take each other's sessions for dead ones. */
async function lockData({ ACS_DATA_DIR }: AcsConfig): Promise<() => void> {
  await mkdir(ACS_DATA_DIR, { recursive: true, mode: 0o700 });
  return lockFile(join(ACS_DATA_DIR, "acs.lock"));
}

function remoteBridge(config: AcsConfig, { clock, log, random }: Edge): WakeBridge | null {
  if (config.ACS_SIP_BRIDGE_URL === undefined || config.ACS_SIP_BRIDGE_TOKEN === undefined) return null;
  return createHttpWakeBridge({
    url: new URL(config.ACS_SIP_BRIDGE_URL),
    token: config.ACS_SIP_BRIDGE_TOKEN,
    ...{ clock, random },
    onTrouble: (what) => log.warn({ bridge: config.ACS_SIP_BRIDGE_URL }, what),
  });
}

interface Edge {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

function observe(stores: Stores, cwmp: CwmpEndpoint, clock: Clock): Observation {
  const tally = createEventTally();
  const stop = stores.events.onStored(tally.note);
  const observation = openObservation({
    metrics: acsMetrics({
      openSessions: () => cwmp.openSessions,
      admission: () => cwmp.admission(),
      store: () => stores.counters(),
      tally,
    }),
    probeStore: () => stores.settings.set(HEALTH_PROBE, String(clock.now())),
    areSocketsOpen: () => cwmp.isListening,
    clock,
  });
  return {
    ...observation,
    close() {
      stop();
      observation.close();
    },
  };
}

interface RestParts {
  readonly observation: Observation;
  readonly orders: OrderTaskOptions;
  readonly groupService: GroupService;
  readonly diagnoses: DiagnosisService;
  readonly config: AcsConfig;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Logger;
  readonly key: SecretKey;
  readonly admin: AdminToken;
  readonly planner: WakePlanner;
  readonly models: ModelPolicies;
  readonly lores: ModelLores;
  readonly relaxations: Relaxations;
  readonly relaxed: Relaxed;
  readonly rules: EnrolmentRules;
  readonly transcripts: Transcripts;
  readonly catalogue: Catalogue;
  readonly received: ReceivedFiles;
  readonly upgrades: UpgradeService;
}

type OrderParts = Pick<OrderTaskOptions, "catalogue" | "received" | "models" | "relaxed" | "clock"> & {
  readonly stores: Stores;
  readonly planner: WakePlanner;
  readonly nms: Nms;
  readonly key: SecretKey;
};

/** What is needed to make a task of an order, for all who order work. */
function orderOptions({ stores: { devices, tasks }, planner, nms, key, ...parts }: OrderParts): OrderTaskOptions {
  return {
    ...{ ...parts, devices, tasks, wake: planner },
    seal: (secret, owner) => sealSecret(key, secret, owner),
    prepareForNms: (device, task) => nms.responses.prepared(device, task),
  };
}

function restApp({ config, stores, log, planner, orders, ...parts }: RestParts): RestApp {
  const { events, quarantine, enrolment, reach, tags, groups } = stores;
  return createRestApp({
    ...{ ...orders, ...parts, events, quarantine, enrolment, reach, tags, groups, version: VERSION },
    ...(config.ACS_METRICS_TOKEN === undefined ? {} : { metricsToken: config.ACS_METRICS_TOKEN }),
    hearsPasswords: config.ACS_BASIC_OVER_TLS && config.ACS_CWMP_TLS_CERT_FILE !== undefined,
    wake: planner,
    ladders: planner,
    report: (error, request) => log.error({ err: error, ...request }, "a REST request failed"),
  });
}
