/**
 * The whole product in one process: ACS, SIP bridge and three gateways on a temporary store, narrated step by step.
 * Layer: demo (wires everything).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAcsConfig } from "../acs/config.js";
import type { StoredEvent } from "../acs/events/event.js";
import { type Acs, startAcs } from "../acs/main.js";
import { newSecret } from "../common/ids.js";
import { silentLog } from "../common/log.js";
import { makeFirmware } from "../device-sim/device/firmware.js";
import { createGateway, type Gateway } from "../device-sim/gateway.js";
import { type SipBridge, startSipBridge } from "../sip-bridge/main.js";
import { ApiClient, type TaskShown } from "./api-client.js";
import { createNarrator, type Narrator } from "./narrator.js";
import { tellAcsEvent, tellGatewayEvent } from "./tell.js";

const GATEWAYS = 3;
const SIP_DOMAIN = "voice.example";
const FIRST_LINE = 1_001;
const SEED = 1;
/** Shorter than RFC 3261's 500 ms, so that an unanswered NOTIFY is told within seconds. */
const DEMO_TIMERS = { t1Ms: 60, t2Ms: 500, t4Ms: 1_000 };
const STEP_WAIT_S = 15;
const FIRMWARE_BYTES = 2_000_000;
const NEW_VERSION = "3.3.0";
const ROOT = "InternetGatewayDevice.";

export interface DemoOptions {
  readonly write: (line: string) => void;
}

export interface Demo {
  readonly apiUrl: string;
  readonly token: string;
  readonly deviceIds: readonly string[];
  readonly directory: string;
  close(): Promise<void>;
}

interface Stage {
  readonly tell: Narrator;
  readonly acs: Acs;
  readonly bridge: SipBridge;
  readonly api: ApiClient;
  readonly gateways: readonly Gateway[];
  /** Resolves when an event that fits is stored, one that was stored since the demo began included. */
  readonly seen: (what: string, fits: (event: StoredEvent) => boolean) => Promise<StoredEvent>;
}

/** Plays all steps. @throws with the step's name when one does not end well. */
export async function runDemo({ write }: DemoOptions): Promise<Demo> {
  const tell = createNarrator(write, () => Date.now());
  const directory = await mkdtemp(join(tmpdir(), "reveille-demo-"));
  const opened: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  try {
    const { stage, token, apiUrl } = await setTheStage(tell, directory, opened);
    for (const step of [bootstrap, wakeForSettings, upgradeFirmware, wakeWhileSwitchedOff]) await step(stage);
    return { apiUrl, token, deviceIds: stage.gateways.map(({ deviceId }) => deviceId), directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setTheStage(tell: Narrator, directory: string, opened: (() => Promise<unknown>)[]) {
  tell.heading("One process: ACS, SIP bridge, three voice gateways behind NAT; one SQLite file");
  const bridge = await startSipBridge({
    domains: { main: SIP_DOMAIN, aliases: [] },
    storeFile: join(directory, "bridge.sqlite"),
    sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: DEMO_TIMERS },
    http: null,
  });
  opened.push(() => bridge.close());
  const config = loadAcsConfig({
    ACS_DATA_DIR: directory,
    ACS_HTTP_CONNECTION_REQUESTS: "false", // the gateways are behind NAT: SIP is the way
    ACS_CWMP_HOST: "127.0.0.1",
    ACS_FILES_HOST: "127.0.0.1",
    ACS_CWMP_PORT: "0",
    ACS_FILES_PORT: "0",
    ACS_API_PORT: "0",
  });
  const acs = await startAcs(config, { bridge: bridge.bridge, log: silentLog });
  opened.push(() => acs.close());
  const token = acs.madeToken ?? "";
  const apiUrl = `http://127.0.0.1:${acs.apiPort}`;
  tell.line("acs", `CWMP on ${acs.cwmpPort}, files on ${acs.filesPort}, REST on ${acs.apiPort}; SIP bridge on udp ${bridge.sipPort}`);
  const gateways: Gateway[] = [];
  const seen = listenTo(acs, tell, () => gateways);
  const api = new ApiClient(apiUrl, token);
  for (let number = 0; number < GATEWAYS; number++) {
    const gateway = await addGateway({ number, acs, bridge, api, tell });
    gateways.push(gateway);
    opened.push(() => gateway.powerOff());
  }
  return { stage: { tell, acs, bridge, api, gateways, seen } satisfies Stage, token, apiUrl };
}

interface GatewayParts {
  readonly number: number;
  readonly acs: Acs;
  readonly bridge: SipBridge;
  readonly api: ApiClient;
  readonly tell: Narrator;
}

/** The operator knows a gateway before it calls: identity and password for CWMP, line and password for SIP. */
async function addGateway({ number, acs, bridge, api, tell }: GatewayParts): Promise<Gateway> {
  const [acsPassword, sipPassword] = [newSecret(), newSecret()];
  const gateway = createGateway({
    seed: SEED,
    number,
    acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`,
    acsPassword,
    sip: { registrar: "127.0.0.1", registrarPort: bridge.sipPort, domain: SIP_DOMAIN, password: sipPassword, address: "127.0.0.1" },
    firstLineNumber: FIRST_LINE,
    bootMs: 300,
    upTimeBaseS: 3_600,
    onEvent: (event) => {
      const text = tellGatewayEvent(event);
      if (text !== null) tell.line(`gateway ${number + 1}`, text);
    },
  });
  const { oui, productClass, serialNumber } = gateway.instance;
  await bridge.putAccount(`${FIRST_LINE + number}`, sipPassword);
  await api.call("POST", "/api/devices", { oui, productClass, serialNumber, password: acsPassword });
  return gateway;
}

function listenTo(acs: Acs, tell: Narrator, gateways: () => readonly Gateway[]): Stage["seen"] {
  const past: StoredEvent[] = [];
  const waiting = new Set<(event: StoredEvent) => void>();
  acs.stores.events.onStored((events) => {
    for (const event of events) {
      past.push(event);
      const number = gateways().findIndex(({ deviceId }) => deviceId === event.deviceId) + 1;
      const text = tellAcsEvent(event);
      if (text !== null) tell.line("acs", number > 0 ? `gateway ${number}: ${text}` : text);
      for (const look of waiting) look(event);
    }
  });
  return (what, fits) =>
    new Promise((resolve, reject) => {
      const found = past.find(fits);
      if (found !== undefined) return resolve(found);
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`waited ${STEP_WAIT_S} s for: ${what}`));
      }, STEP_WAIT_S * 1_000);
      const look = (event: StoredEvent): void => {
        if (!fits(event)) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
    });
}

async function bootstrap({ tell, gateways, seen }: Stage): Promise<void> {
  tell.heading("1. First contact: 0 BOOTSTRAP, credentials and interval set in a call of their own, SIP registration");
  for (const gateway of gateways) await gateway.powerOn();
  for (const { deviceId } of gateways) {
    await seen("the provisioning of a gateway", (event) => isEnd(event, deviceId, "provision", "done"));
    await seen("the tree of a gateway", (event) => isEnd(event, deviceId, "refresh", "done"));
  }
}

async function wakeForSettings({ tell, gateways, api }: Stage): Promise<void> {
  tell.heading("2. A task over REST wakes gateway 1 over SIP");
  const name = `${ROOT}Time.NTPServer1`;
  const order = { kind: "setParameterValues", values: [{ name, value: "ntp.voice.example" }] };
  const startMs = Date.now();
  const task = await api.addTask(idOf(gateways, 0), order, STEP_WAIT_S);
  expectDone(task, "setting NTPServer1");
  const value = gateways[0]?.read(name);
  if (value !== "ntp.voice.example") throw new Error(`the gateway uses ${value}`);
  tell.say(`          → ${Date.now() - startMs} ms from the REST call to done, through NOTIFY and a CWMP session`);
}

async function upgradeFirmware({ tell, gateways, api, seen }: Stage): Promise<void> {
  tell.heading(`3. Gateway 2 gets firmware ${NEW_VERSION}: download, restart, new version seen`);
  const deviceId = idOf(gateways, 1);
  const query = new URLSearchParams({ name: "vg2000.bin", fileType: "1 Firmware Upgrade Image", model: "VG2000", version: NEW_VERSION });
  const file = (await api.call("POST", `/api/files?${query}`, makeFirmware(NEW_VERSION, FIRMWARE_BYTES))) as { readonly id: string };
  await api.call("PUT", "/api/models/VG2000/wanted-version", { version: NEW_VERSION });
  const task = await api.addTask(deviceId, { kind: "download", catalogueId: file.id }, STEP_WAIT_S);
  expectDone(task, "the firmware upgrade");
  await seen(
    "the session after the upgrade",
    (event) => event.deviceId === deviceId && event.kind === "device-informed" && JSON.stringify(event.data).includes("7 TRANSFER"),
  );
  const name = `${ROOT}DeviceInfo.SoftwareVersion`;
  const tree = (await api.call("GET", `/api/devices/${encodeURIComponent(deviceId)}/tree?path=${name}`)) as {
    readonly entries: readonly { readonly value: string }[];
  };
  const version = tree.entries[0]?.value;
  if (version !== NEW_VERSION) throw new Error(`the tree shows version ${version}`);
  tell.say(`          → the parameter tree shows SoftwareVersion ${version}`);
}

async function wakeWhileSwitchedOff({ tell, gateways, api, seen }: Stage): Promise<void> {
  tell.heading("4. Gateway 3 is switched off: its task waits, and is done when it returns");
  const gateway = gateways[2];
  if (gateway === undefined) throw new Error("there is no gateway 3");
  const { deviceId } = gateway;
  await gateway.powerOff();
  const order = { kind: "setParameterValues", values: [{ name: `${ROOT}ManagementServer.PeriodicInformInterval`, value: "600" }] };
  const task = await api.addTask(deviceId, order);
  await seen(
    "the unanswered NOTIFY",
    (event) => event.deviceId === deviceId && event.kind === "wire" && event.data["kind"] === "timed-out",
  );
  tell.say("          … the task is not lost: it waits. The power comes back.");
  await gateway.powerOn();
  expectDone(await api.awaitTask(task.id, STEP_WAIT_S), "the task that waited");
}

function idOf(gateways: readonly Gateway[], index: number): string {
  const gateway = gateways[index];
  if (gateway === undefined) throw new RangeError(`there is no gateway ${index + 1}`);
  return gateway.deviceId;
}

function isEnd(event: StoredEvent, deviceId: string, kind: string, to: string): boolean {
  return event.deviceId === deviceId && event.kind === "task-changed" && event.data["kind"] === kind && event.data["to"] === to;
}

function expectDone(task: TaskShown, what: string): void {
  if (task.state !== "done") throw new Error(`${what} ended as ${task.state}${task.failure ? `: ${task.failure.detail}` : ""}`);
}
