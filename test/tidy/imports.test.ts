/**
 * Imports point one way, pure folders stay pure, environment and arguments are read in one place (STYLE: where things live).
 * Layer: tidy.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCE_FOLDERS = ["acs", "sip-bridge", "device-sim", "schemas", "common", "demo", "cli", "bin"];
const PURE = [
  "acs/cwmp",
  "acs/nms",
  "acs/diagnostics",
  "acs/devices",
  "acs/tasks",
  "acs/planning",
  "acs/events",
  "acs/groups/group.ts",
  "acs/groups/progress.ts",
  "acs/groups/read-device-list.ts",
  "acs/session/session.ts",
  "acs/session/device-report.ts",
  "acs/session/relaxations-used.ts",
  "acs/upgrades/applies-to.ts",
  "acs/upgrades/sip-lines.ts",
  "acs/upgrades/upgrade.ts",
  "acs/upgrades/upgrade-download.ts",
  "acs/upgrades/upgrade-moves.ts",
  "acs/upgrades/upgrade-outage.ts",
  "acs/upgrades/upgrade-reasons.ts",
  "acs/upgrades/upgrade-step.ts",
  "acs/upgrades/upgrade-verify.ts",
  "acs/wake/udp-address.ts",
  "acs/wake/connection-request-url.ts",
  "acs/wake/ladder.ts",
  "acs/wake/lightweight-notification.ts",
  "acs/wake/rate-limit.ts",
  "acs/wake/sip-target.ts",
  "acs/wake/stun-message.ts",
  "acs/wake/udp-connection-request.ts",
  "acs/wake/voice-signalling.ts",
  "acs/wake/wake-policy.ts",
]
  .concat([
    "sip-bridge/sip",
    "sip-bridge/transactions",
    "sip-bridge/registrar",
    "sip-bridge/notify",
    "sip-bridge/trace",
    "device-sim/device",
  ])
  .concat(["sip-bridge/connection-requests", "sip-bridge/locate"])
  .concat([
    "device-sim/dhcp/acs-options.ts",
    "device-sim/dhcp/lan-identity.ts",
    "device-sim/dhcp/dhcpv4-message.ts",
    "device-sim/dhcp/dhcpv6-message.ts",
  ])
  .concat(["device-sim/diagnosis/registration-diagnosis.ts", "device-sim/diagnostics/ping-output.ts"])
  .concat(["device-sim/diagnostics/traceroute-output.ts", "device-sim/diagnostics/echo-plus.ts", "device-sim/diagnostics/host-port.ts"])
  .concat(["device-sim/diagnostics/response-times.ts"]);

interface Source {
  readonly path: string;
  readonly text: string;
  /** Paths of our own files (as .ts) and names of packages. */
  readonly imports: readonly string[];
}

function files(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  const imports = specifiers.map((name) => (name.startsWith(".") ? normalize(join(dirname(path), name)).replace(/\.js$/, ".ts") : name));
  return { path, text, imports };
}

const sources = SOURCE_FOLDERS.flatMap(files).map(read);
const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const isPure = (path: string): boolean => PURE.some((folder) => within(path, folder));
/** Code without comments and string contents, roughly: enough to look for calls. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");

function offenders(rule: (source: Source) => readonly string[]): readonly string[] {
  return sources.flatMap((source) => rule(source).map((what) => `${source.path}: ${what}`));
}

describe("tidy: imports", () => {
  it("acs and sip-bridge never import each other", () => {
    const foreign = offenders(({ path, imports }) => {
      const other = within(path, "acs") ? "sip-bridge" : within(path, "sip-bridge") ? "acs" : undefined;
      return other === undefined ? [] : imports.filter((name) => within(name, other));
    });
    expect(foreign).to.deep.equal([]);
  });

  it("device-sim uses only schemas, common, the codecs, transactions and net", () => {
    const allowed = [
      "device-sim",
      "schemas",
      "common",
      "acs/cwmp",
      "acs/nms",
      "sip-bridge/sip",
      "sip-bridge/transactions",
      "sip-bridge/net",
    ];
    const own = (name: string): boolean => SOURCE_FOLDERS.some((folder) => within(name, folder));
    const foreign = offenders(({ path, imports }) =>
      within(path, "device-sim") ? imports.filter((name) => own(name) && !allowed.some((folder) => within(name, folder))) : [],
    );
    expect(foreign).to.deep.equal([]);
  });

  it("the self-diagnosis of a registration knows no phone (CN 103067208 B [0182]): it shares readers and sockets with it, and no state", () => {
    const shared = ["line", "registration", "resolve-host", "sip-way"].map((name) => `device-sim/phone/${name}.ts`);
    const foreign = offenders(({ path, imports }) =>
      within(path, "device-sim/diagnosis") ? imports.filter((name) => within(name, "device-sim/phone") && !shared.includes(name)) : [],
    );
    expect(foreign).to.deep.equal([]);
  });

  it("the command line is a client of REST: it imports common and schemas only", () => {
    const foreign = offenders(({ path, imports }) =>
      within(path, "cli")
        ? imports.filter((name) => SOURCE_FOLDERS.some((folder) => within(name, folder) && !["cli", "common", "schemas"].includes(folder)))
        : [],
    );
    expect(foreign).to.deep.equal([]);
  });

  it("schemas and common import nothing above them", () => {
    const above = ["acs", "sip-bridge", "device-sim", "demo", "cli", "bin"];
    const foreign = offenders(({ path, imports }) =>
      within(path, "schemas") || within(path, "common") ? imports.filter((name) => above.some((folder) => within(name, folder))) : [],
    );
    expect(foreign).to.deep.equal([]);
  });

  it("only demo and bin know more than one program", () => {
    const foreign = offenders(({ path, imports }) => {
      if (within(path, "demo") || within(path, "bin") || within(path, "device-sim")) return [];
      return imports.filter((name) => within(name, "device-sim") || within(name, "demo") || within(name, "bin"));
    });
    expect(foreign).to.deep.equal([]);
  });

  it("nothing imports test or bench", () => {
    expect(offenders(({ imports }) => imports.filter((name) => within(name, "test") || within(name, "bench")))).to.deep.equal([]);
  });

  it("a pure file imports pure files, schemas and common only, and no I/O", () => {
    const io = /^node:(net|fs|http|https|dgram|dns|tls|timers|worker_threads|child_process)/;
    const foreign = offenders(({ path, imports }) =>
      isPure(path)
        ? imports.filter(
            (name) =>
              io.test(name) ||
              (SOURCE_FOLDERS.some((folder) => within(name, folder)) &&
                !isPure(name) &&
                !within(name, "schemas") &&
                !within(name, "common")),
          )
        : [],
    );
    expect(foreign).to.deep.equal([]);
  });

  it("a pure file reads no clock, rolls no dice and writes no log", () => {
    const banned = /\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bconsole\.|\bprocess\./g;
    const logs = (name: string): boolean => name === "common/log.ts" || name === "pino";
    expect(
      offenders(({ path, text, imports }) => (isPure(path) ? [...(code(text).match(banned) ?? []), ...imports.filter(logs)] : [])),
    ).to.deep.equal([]);
  });

  it("process.env and process.argv appear in main.ts, cli.ts and bin only", () => {
    const allowed = /(^bin\/|\/main\.ts$|\/cli\.ts$)/;
    expect(offenders(({ path, text }) => (allowed.test(path) ? [] : (code(text).match(/process\.(env|argv)\b/g) ?? [])))).to.deep.equal([]);
  });

  it("nothing but the simulator's tests spawns a process, they without a shell, and nothing evaluates text as code", () => {
    const banned = /node:child_process|\beval\(|new Function\(/g;
    const tool = "device-sim/diagnostics/run-tool.ts";
    expect(offenders(({ path, text }) => (path === tool ? [] : (code(text).match(banned) ?? [])))).to.deep.equal([]);
    const shell = /(?<![.\w])(exec|execSync|spawn|spawnSync|fork)\(|shell:|\beval\(|new Function\(/g;
    expect(offenders(({ path, text }) => (path === tool ? (code(text).match(shell) ?? []) : []))).to.deep.equal([]);
  });
});

describe("tidy: files", () => {
  it("every source file begins with a comment that says what it is and its layer", () => {
    const bare = sources.filter(({ text }) => {
      const start = text.replace(/^#!.*\n/, "");
      return !start.startsWith("/**") || !/Layer:/.test(start.slice(0, start.indexOf("*/")));
    });
    expect(bare.map(({ path }) => path)).to.deep.equal([]);
  });

  it("a TODO names an issue", () => {
    expect(offenders(({ text }) => text.match(/TODO(?!\(#\d+\)).*/g) ?? [])).to.deep.equal([]);
  });
});
