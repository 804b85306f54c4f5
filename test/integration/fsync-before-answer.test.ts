/**
 * Store, then answer: the kernel's own record of a running ACS shows that the log of the store was synced to disk between the request
 * and the first byte of its answer.
 * Spec: DESIGN 4 and 5 (durable before the answer leaves). Layer: integration test, with strace.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Context } from "mocha";
import { CwmpClient } from "../support/cwmp-client.js";
import { NmsGateway } from "../support/nms-gateway.js";
import { requireCommand } from "../support/services.js";
import { repositoryPath } from "../support/shared-data.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD } from "../support/test-acs.js";

const run = promisify(execFile);
const STRACE = "strace";
const CALLS = "read,pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg";
/** Characters of data per call: enough to see which request and which answer it is. */
const TRACED_CHARACTERS = "4096";
const IDENTITY = { oui: "0A1B2C", productClass: "VG2000", serialNumber: "FSYNC1" } as const;
const PASSWORD = "device-secret";

/** Tracing a child may be forbidden, as in some containers. */
async function requireTracing(context: Context): Promise<void> {
  requireCommand(context, STRACE);
  try {
    await run(STRACE, ["-f", "-o", "/dev/null", "true"]);
  } catch {
    if (process.env["REQUIRE_SERVICES"] === "1") throw new Error("strace may not trace here, and REQUIRE_SERVICES=1 asks for it");
    console.warn("      (skipped: strace may not trace here; REQUIRE_SERVICES=1 makes this a failure)");
    context.skip();
  }
}

interface TracedAcs {
  readonly cwmpPort: number;
  readonly apiUrl: string;
  readonly token: string;
  /** Ends the ACS. Its system calls, in order, a line each. */
  stop(): Promise<readonly string[]>;
}

async function startTracedAcs(folder: TemporaryFolder): Promise<TracedAcs> {
  const trace = folder.file("trace");
  const acs = [process.execPath, "--import", "tsx", repositoryPath("bin/reveille.ts"), "acs"];
  const child = spawn(STRACE, ["-f", "--seccomp-bpf", "-y", "-s", TRACED_CHARACTERS, "-e", `trace=${CALLS}`, "-o", trace, ...acs], {
    cwd: repositoryPath("."),
    detached: true, // a process group of its own: the signal must reach the ACS, not strace alone
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...{ ACS_DATA_DIR: folder.file("acs"), ACS_CWMP_HOST: "127.0.0.1", ACS_FILES_HOST: "127.0.0.1" },
      ...{ ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0", ACS_API_PORT: "0", LOG_LEVEL: "info" },
    },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${STRACE} could not be started`); // and 0 would name our own process group
  const exited = once(child, "exit");
  const { token, cwmp, api } = await readPorts(child);
  return {
    cwmpPort: cwmp,
    apiUrl: `http://127.0.0.1:${api}`,
    token,
    stop: async () => {
      process.kill(-pid, "SIGTERM");
      await exited;
      return (await readFile(trace, "latin1")).split("\n");
    },
  };
}

/** What the ACS says when it is up. */
async function readPorts(child: ChildProcess): Promise<{ readonly token: string; readonly cwmp: number; readonly api: number }> {
  if (child.stdout === null) throw new Error("no output to read");
  let token = "";
  for await (const line of createInterface({ input: child.stdout })) {
    token = /shown this once: (\S+)/.exec(line)?.[1] ?? token;
    if (!line.includes("the ACS is up")) continue;
    const { cwmp, api } = JSON.parse(line) as { readonly cwmp: number; readonly api: number };
    child.stdout.resume();
    return { token, cwmp, api };
  }
  throw new Error("the ACS did not start");
}

/**
 * What is read stands in a second line when another thread came between; what is written stands in the first.
 * The first calls in order: the request is read, a change goes to the log of the store, the log is synced, the answer is written.
 * @returns Which of them are missing; none when all is well.
 */
function missing(trace: readonly string[], request: RegExp, answer: RegExp): readonly string[] {
  const asked = trace.findIndex((line) => /\bread(\(\d+<socket:| resumed>)/.test(line) && request.test(line));
  const answered = trace.findIndex(
    (line, at) => at > asked && /\b(write|writev|sendto|sendmsg)\(\d+<socket:/.test(line) && answer.test(line),
  );
  const between = trace.slice(Math.max(asked, 0), Math.max(answered, 0));
  const logged = between.findIndex((line) => /\bpwrite64\(\d+<[^>]*acs\.sqlite-wal>/.test(line));
  const synced = between.findIndex((line, at) => at > logged && isSynced(line, between.slice(0, at)));
  const found = { "the request": asked, "the answer": answered, "a change in the log": logged, "the log on disk": synced };
  return Object.entries(found).flatMap(([what, at]) => (at < 0 ? [what] : []));
}

/** A sync that has ended well: in one line, or in a second one when another thread came between. */
function isSynced(line: string, before: readonly string[]): boolean {
  if (/\bf(data)?sync\(\d+<[^>]*acs\.sqlite-wal>\)\s+= 0/.test(line)) return true;
  const resumed = /^(\d+) .*f(?:data)?sync resumed>\)\s+= 0/.exec(line);
  const begun = resumed === null ? undefined : before.findLast((earlier) => earlier.startsWith(`${resumed[1]} `));
  return begun !== undefined && /sync\(\d+<[^>]*acs\.sqlite-wal> <unfinished/.test(begun);
}

describe("an answer leaves after its change is on disk", function () {
  this.timeout(30_000);
  let folder: TemporaryFolder;
  let trace: readonly string[];
  const statuses: number[] = [];

  before(async function () {
    await requireTracing(this);
    folder = await temporaryFolder();
    const acs = await startTracedAcs(folder);
    try {
      const headers = { Authorization: `Bearer ${acs.token}`, "Content-Type": "application/json" };
      const post = async (path: string, body: unknown): Promise<{ readonly id: string }> => {
        const response = await fetch(`${acs.apiUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
        statuses.push(response.status);
        return (await response.json()) as { readonly id: string };
      };
      const { id } = await post("/api/devices", { ...IDENTITY, password: PASSWORD });
      await post(`/api/devices/${id}/tasks`, { kind: "reboot" });
      const client = new CwmpClient({ port: acs.cwmpPort, identity: IDENTITY, username: id, password: PASSWORD });
      statuses.push((await client.inform("2 PERIODIC")).status, (await client.empty()).status);
      statuses.push((await client.say({ kind: "RebootResponse" })).status);
      const signalled = { ...IDENTITY, serialNumber: "FSYNC2" };
      const nms = await post("/api/devices", { ...signalled, password: DEVICE_PASSWORD, protocol: "nms" });
      await post(`/api/devices/${nms.id}/tasks`, { kind: "reboot" });
      const gateway = new NmsGateway(nms.id, acs.cwmpPort, signalled);
      statuses.push((await gateway.ask()).status);
      gateway.disconnect();
    } finally {
      trace = await acs.stop();
    }
  });
  after(() => folder?.remove());

  it("plays a registration, a task and a session", () => {
    expect(statuses).to.deep.equal([201, 202, 200, 200, 204, 201, 202, 200]);
  });

  const exchanges: readonly (readonly [string, RegExp, RegExp])[] = [
    ["a device's registration", /POST \/api\/devices HTTP/, /HTTP\/1\.1 201/],
    ["a new task", /POST \/api\/devices\/[^ ]+\/tasks HTTP/, /HTTP\/1\.1 202/],
    ["an Inform", /Authorization: Digest.*cwmp:Inform>/, /InformResponse/],
    ["the sending of a task's RPC", /POST \/ HTTP.*Content-Length: 0\\r/, /cwmp:Reboot>/],
    ["a task's outcome", /cwmp:RebootResponse/, /HTTP\/1\.1 204/],
    ["the response that carries a task to a voice-signalled gateway", /POST \/nms HTTP.*Authorization: Digest/, /<reboot>yes/],
  ];
  for (const [what, request, answer] of exchanges) {
    it(`${what}: read, logged, synced, answered`, () => {
      expect(missing(trace, request, answer)).to.deep.equal([]);
      const unsynced = trace.filter((line) => !/f(data)?sync/.test(line));
      expect(missing(unsynced, request, answer), "the judge sees a sync that is not there").to.deep.equal(["the log on disk"]);
    });
  }
});
