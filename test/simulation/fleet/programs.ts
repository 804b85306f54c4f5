/**
 * `reveille acs` and `reveille sip-bridge` as an operator starts them: compiled, a process each, settings from the environment, and what
 * they tell of themselves (their log, REST, metrics) as the only way to look into them.
 * Layer: test support (simulation).
 */
import { ApiClient } from "../../../demo/api-client.js";
import { type Program, startProgram } from "../../support/child-process.js";
import type { TemporaryFolder } from "../../support/temporary-folder.js";

export interface RunningProgram {
  readonly api: ApiClient;
  /** CPU seconds of all its threads, by its metrics. */
  cpuS(): Promise<number>;
  /** Of a metric, over all its labels. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

export interface RunningAcs extends RunningProgram {
  readonly cwmpPort: number;
}

export interface RunningBridge extends RunningProgram {
  readonly sipPort: number;
  readonly url: string;
}

type Environment = Readonly<Record<string, string>>;

export const FLEET_DOMAIN = "voice.example";
const BRIDGE_TOKEN = "bridge-token-of-the-fleet-0123456789";
const START_WITHIN_MS = 20_000;
const LOCAL: Environment = { LOG_LEVEL: "info" };
/** For profiles: SOAK_NODE_ARGS="--cpu-prof --cpu-prof-dir=…". */
const NODE_ARGS = process.env["SOAK_NODE_ARGS"]?.split(" ") ?? [];

export async function startBridge(script: string, folder: TemporaryFolder, more: Environment): Promise<RunningBridge> {
  const env = {
    ...{ ...LOCAL, SIP_DOMAIN: FLEET_DOMAIN, SIP_HOST: "127.0.0.1", SIP_PORT: "0", SIP_STORE_FILE: folder.file("bridge/bridge.sqlite") },
    ...{ BRIDGE_HTTP_PORT: "0", BRIDGE_TOKEN, ...more },
  };
  const program = startProgram(process.execPath, [...NODE_ARGS, script, "sip-bridge"], env);
  const { sipPort = 0, httpPort = 0 } = await portsIn(program, /^.*"the SIP bridge runs".*$/m);
  const url = `http://127.0.0.1:${httpPort}`;
  return { sipPort, url, ...watched(program, url, "/metrics", BRIDGE_TOKEN) };
}

export async function startAcs(script: string, folder: TemporaryFolder, bridgeUrl: string, more: Environment): Promise<RunningAcs> {
  const env = {
    ...{ ...LOCAL, ACS_DATA_DIR: folder.file("acs"), ACS_CWMP_HOST: "127.0.0.1", ACS_FILES_HOST: "127.0.0.1" },
    ...{ ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0", ACS_API_PORT: "0" },
    ...{ ACS_SIP_BRIDGE_URL: bridgeUrl, ACS_SIP_BRIDGE_TOKEN: BRIDGE_TOKEN, ...more },
  };
  const program = startProgram(process.execPath, [...NODE_ARGS, script, "acs"], env);
  const { cwmp = 0, api = 0 } = await portsIn(program, /^.*"the ACS is up".*$/m);
  const token = /shown this once: (\S+)/.exec(program.said())?.[1] ?? "";
  return { cwmpPort: cwmp, ...watched(program, `http://127.0.0.1:${api}`, "/api/metrics", token) };
}

async function portsIn(program: Program, line: RegExp): Promise<Readonly<Record<string, number>>> {
  try {
    return JSON.parse((await program.untilSaid(line, START_WITHIN_MS))[0]) as Record<string, number>;
  } catch (error) {
    await program.stop();
    throw error;
  }
}

function watched(program: Program, url: string, path: string, token: string): RunningProgram {
  const metric = async (name: string): Promise<number> => {
    const response = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    const lines = (await response.text()).split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (lines.length === 0) throw new Error(`no metric ${name}: ${response.status}`);
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  };
  return {
    api: new ApiClient(url, token),
    metric,
    cpuS: () => metric("process_cpu_seconds_total"),
    close: () => program.stop("SIGTERM"),
  };
}
