/**
 * Kamailio as an operator's registrar and proxy, on free ports, with what it answers set at run time.
 * Layer: test support.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { repositoryPath } from "./shared-data.js";
import { temporaryFolder } from "./temporary-folder.js";

export interface Kamailio {
  /** UDP and TCP. */
  readonly port: number;
  /** 0 without a certificate. */
  readonly tlsPort: number;
  /** From now on a NOTIFY to this user (of the registrar: its REGISTER) gets this status; "silence"; undefined: it is passed on. */
  answer(user: string, status: number | "silence" | undefined): Promise<void>;
  /** NOTIFYs that came in for this user, copies included; of the registrar: REGISTERs. */
  heard(user: string): Promise<number>;
  /** Of the registrar: intervals below it get 423 from now on. */
  acceptFrom(user: string, seconds: number): Promise<void>;
  /** Contacts that it has for this user, of the domain voice.example. */
  contacts(user: string): Promise<readonly string[]>;
  said(): string;
  stop(): Promise<void>;
}

export interface KamailioOptions {
  /** Which file of test/interop/kamailio. Default "operator". */
  readonly config?: "operator" | "registrar";
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** What ul.lookup tells. */
interface Location {
  readonly Contacts?: readonly { readonly Contact: { readonly Address: string } }[];
}

const SILENCE = 1;
const READY_WITHIN_MS = 10_000;

export async function startKamailio({ config = "operator", tls }: KamailioOptions = {}): Promise<Kamailio> {
  const folder = await temporaryFolder();
  const [port, tlsPort] = [await freePort(), tls === undefined ? 0 : await freePort()];
  const defines = [`SIP_PORT=${port}`, `TLS_PORT=${tlsPort}`, `CERT_FILE="${tls?.certFile}"`, `KEY_FILE="${tls?.keyFile}"`];
  const args = [
    "-f",
    repositoryPath(`test/interop/kamailio/${config}.cfg`),
    "-DD",
    "-E",
    "-m",
    "32",
    "-M",
    "4",
    "-Y",
    folder.file(""),
    "-w",
    folder.file(""),
  ];
  const child = spawn(
    "kamailio",
    [...args, ...defines.flatMap((define) => ["-A", define]), ...(tls === undefined ? [] : ["-A", "WITH_TLS"])],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk.toString("utf8")));
  const rpc = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: "2.0", method, params, id: 1 });
    const response = await fetch(`http://127.0.0.1:${port}/RPC`, { method: "POST", body, headers: { "content-type": "application/json" } });
    return ((await response.json()) as { readonly result?: unknown }).result;
  };
  await untilReady(child, () => rpc("core.uptime", []), output);
  return {
    ...{ port, tlsPort, said: () => output.join("") },
    answer: async (user, status) => {
      if (status === undefined) await rpc("htable.delete", ["answers", user]);
      else await rpc("htable.seti", ["answers", user, status === "silence" ? SILENCE : status]);
    },
    heard: async (user) => {
      const found = (await rpc("htable.get", ["heard", user])) as { readonly item?: { readonly value?: number } } | undefined;
      return found?.item?.value ?? 0;
    },
    acceptFrom: async (user, seconds) => {
      await rpc("htable.seti", ["least", user, seconds]);
    },
    contacts: async (user) => {
      const found = (await rpc("ul.lookup", ["location", `${user}@voice.example`])) as Location | undefined;
      return found?.Contacts?.map(({ Contact }) => Contact.Address) ?? [];
    },
    stop: async () => {
      await stop(child);
      await folder.remove();
    },
  };
}

async function untilReady(child: ChildProcess, ask: () => Promise<unknown>, output: readonly string[]): Promise<void> {
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs; ) {
    if (child.exitCode !== null) break;
    if (await ask().then(Boolean, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop(child);
  throw new Error(`kamailio does not run: ${output.join("").slice(-2_000)}`);
}

/** It ends its own children on SIGTERM. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Free for UDP and TCP at the moment; a test that is unlucky fails to start Kamailio, and says so. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const isFree = await isFreeForUdp(port);
    server.close();
    await once(server, "close");
    if (isFree) return port;
  }
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  const bound = new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => resolve(true));
  });
  const isFree = await bound;
  if (isFree) await new Promise<void>((resolve) => socket.close(resolve));
  return isFree;
}
