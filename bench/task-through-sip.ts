/**
 * How long from the REST call to done, through SIP: a setParameterValues task for a reachable simulated gateway that is idle and has no session open.
 * REST → task on disk → NOTIFY → gateway calls in → SetParameterValues → answer on disk → REST answer. DESIGN 11: p95 < 150 ms on loopback.
 * Run: npx tsx bench/task-through-sip.ts [tasks] [gateways]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "../device-sim/gateway.js";
import { startServer } from "./support/server-process.js";

const [tasksText = "300", gatewaysText = "10"] = process.argv.slice(2);
const TASKS = Number(tasksText);
const GATEWAYS = Number(gatewaysText);
const PASSWORD = "bench-password";

interface Ready {
  readonly cwmpPort: number;
  readonly apiPort: number;
  readonly sipPort: number;
  readonly token: string;
}

const directory = await mkdtemp(join(tmpdir(), "reveille-bench-"));
const server = await startServer<Ready>(new URL("./support/wake-server.ts", import.meta.url).href, [directory, gatewaysText, PASSWORD]);
const { cwmpPort, apiPort, sipPort, token } = server.ready;

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly state?: string; readonly tasks?: readonly { readonly state: string }[] }> {
  const response = await fetch(`http://127.0.0.1:${apiPort}/api${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { readonly state?: string };
}

const gateways = Array.from({ length: GATEWAYS }, (_, number) =>
  createGateway({
    ...{ seed: 1, number, acsUrl: `http://127.0.0.1:${cwmpPort}/`, acsPassword: PASSWORD },
    sip: { registrar: "127.0.0.1", registrarPort: sipPort, domain: "voice.example", password: PASSWORD, address: "127.0.0.1" },
  }),
);
try {
  for (const gateway of gateways) {
    const { oui, productClass, serialNumber } = gateway.instance;
    await call("POST", "/devices", { oui, productClass, serialNumber, password: PASSWORD });
    await gateway.powerOn();
    for (;;) {
      const { tasks = [] } = await call("GET", `/devices/${gateway.deviceId}/tasks`);
      if (tasks.length >= 2 && tasks.every(({ state }) => state === "done")) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const latencies: number[] = [];
  const before = await server.measure();
  for (let i = 0; i < TASKS; i++) {
    const device = gateways[i % GATEWAYS]?.deviceId;
    const startMs = performance.now();
    const values = [{ name: "InternetGatewayDevice.Time.NTPServer1", value: `ntp${i}.example` }];
    const { state } = await call("POST", `/devices/${device}/tasks?wait=30`, { kind: "setParameterValues", values });
    if (state !== "done") throw new Error(`task ${i} ended as ${state}`);
    latencies.push(performance.now() - startMs);
  }
  const after = await server.measure();
  latencies.sort((a, b) => a - b);
  const at = (share: number): string => (latencies[Math.min(TASKS - 1, Math.floor(TASKS * share))] ?? 0).toFixed(1);
  const cpuMs = (after.cpuUs - before.cpuUs) / 1_000 / TASKS;
  console.log(
    `task → done through SIP, ${TASKS} tasks one after another on ${GATEWAYS} gateways: p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms (bar p95 < 150 ms); ${cpuMs.toFixed(2)} CPU-ms of the server a task`,
  );
} finally {
  await Promise.all(gateways.map((gateway) => gateway.powerOff()));
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
