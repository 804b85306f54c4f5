/**
 * A Prosody of its own for a test: free loopback ports, temporary folders, a certificate made for it, ended by its process id.
 * Layer: test support.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { promisify } from "node:util";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.js";

export interface Prosody {
  readonly domain: string;
  /** Plain with STARTTLS. */
  readonly port: number;
  /** TLS from the first byte. */
  readonly tlsPort: number;
  /** The certificate (PEM), its own authority. */
  readonly certificate: string;
  readonly key: string;
  /** Ends the process; starts it again on the same ports. */
  restart(): Promise<void>;
  /** Silence without a goodbye, until `thaw`. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const START_MS_MAX = 15_000;
const DOMAIN = "xmpp.example";

/** @param users Password by user name. @param tls false: the server offers no TLS on `port`. */
export async function startProsody(users: Readonly<Record<string, string>>, tls = true): Promise<Prosody> {
  const folder = await temporaryFolder();
  const [port, tlsPort] = [await freePort(), await freePort()];
  await makeCertificate(folder);
  await writeUsers(folder, users);
  await writeFile(folder.file("prosody.cfg.lua"), configuration(folder, port, tlsPort, tls));
  let child = await start(folder, port);
  return {
    ...{ domain: DOMAIN, port, tlsPort },
    certificate: await readFile(folder.file("cert.pem"), "utf8"),
    key: await readFile(folder.file("key.pem"), "utf8"),
    restart: async () => {
      await end(child);
      child = await start(folder, port);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    stop: async () => {
      await end(child);
      await folder.remove();
    },
  };
}

async function makeCertificate(folder: TemporaryFolder): Promise<void> {
  const subject = ["-subj", `/CN=${DOMAIN}`, "-addext", `subjectAltName=DNS:${DOMAIN}`];
  const files = ["-keyout", folder.file("key.pem"), "-out", folder.file("cert.pem")];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await promisify(execFile)("openssl", [...kind, ...subject, ...files]);
}

/** Prosody's own storage of accounts: a Lua table per user. */
async function writeUsers(folder: TemporaryFolder, users: Readonly<Record<string, string>>): Promise<void> {
  const accounts = folder.file(`data/${DOMAIN.replace(".", "%2e")}/accounts`);
  await mkdir(accounts, { recursive: true });
  for (const [name, password] of Object.entries(users))
    await writeFile(`${accounts}/${name}.dat`, `return { ["password"] = "${password}"; };\n`);
}

const configuration = (folder: TemporaryFolder, port: number, tlsPort: number, tls: boolean): string => `
run_as_root = true
daemonize = false
pidfile = "${folder.file("prosody.pid")}"
data_path = "${folder.file("data")}"
log = { warn = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { ${tls ? tlsPort : ""} }
s2s_ports = {}
modules_enabled = { "saslauth", "disco", ${tls ? '"tls",' : ""} }
modules_disabled = { "s2s", "offline" }
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = ${tls}
allow_unencrypted_plain_auth = ${!tls}
ssl = { key = "${folder.file("key.pem")}"; certificate = "${folder.file("cert.pem")}" }
VirtualHost "${DOMAIN}"
`;

async function start(folder: TemporaryFolder, port: number): Promise<ChildProcess> {
  const child = spawn("prosody", ["--config", folder.file("prosody.cfg.lua"), "-F"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const untilMs = Date.now() + START_MS_MAX;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`prosody did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exited;
  clearTimeout(timer);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
