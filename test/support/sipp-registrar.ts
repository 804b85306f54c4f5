/**
 * sipp as a registrar that answers one REGISTER after the other as it is told.
 * Layer: test support.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { NetworkNamespace } from "./network-namespace.js";
import { freePort } from "./npm-sip.js";
import { startSipp } from "./sipp.js";
import { temporaryFolder } from "./temporary-folder.js";

const run = promisify(execFile);

/** The status of one REGISTER's answer, with header lines of its own; "silence": none comes. */
export type SippAnswer = "silence" | { readonly status: number; readonly lines?: readonly string[] };

export interface SippRegistrar {
  readonly port: number;
  stop(): Promise<void>;
}

/** How long it waits for the next REGISTER: longer than any test. */
const PATIENCE_MS = 60_000;
const READY_WITHIN_MS = 10_000;

/**
 * @param answers To the first REGISTER, the second, … of one Call-ID; copies of a REGISTER get the same answer again.
 * @param place Absent: this host, on loopback.
 */
export async function startSippRegistrar(answers: readonly SippAnswer[], place?: NetworkNamespace): Promise<SippRegistrar> {
  const where = place === undefined ? {} : { address: place.peerAddress, within: place.enter };
  const folder = await temporaryFolder();
  const port = await freePort();
  const file = folder.file("registrar.xml");
  await writeFile(file, scenarioOf(answers));
  const sipp = startSipp({ scenario: file, localPort: port, user: "registrar", password: "", messageTimeoutMs: PATIENCE_MS, ...where });
  sipp.played.catch(() => undefined); // it is stopped while it waits for a REGISTER that never comes
  await untilBound(port, place?.enter ?? []);
  return {
    port,
    stop: async () => {
      await sipp.stop();
      await folder.remove();
    },
  };
}

function scenarioOf(answers: readonly SippAnswer[]): string {
  const turns = answers.flatMap((answer) => ['  <recv request="REGISTER"/>', ...(answer === "silence" ? [] : [send(answer)])]);
  const last = '  <recv request="OPTIONS"/>'; // it stays, so that copies are answered
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE scenario SYSTEM "sipp.dtd">',
    '<scenario name="registrar">',
    ...turns,
    last,
    "</scenario>",
    "",
  ].join("\n");
}

function send({ status, lines = [] }: Exclude<SippAnswer, "silence">): string {
  const message = [
    `SIP/2.0 ${status} By The Scenario`,
    ...["[last_Via:]", "[last_From:]", "[last_To:];tag=[pid]SIPpTag[call_number]", "[last_Call-ID:]", "[last_CSeq:]", ...lines],
    "Content-Length: 0",
  ];
  return `  <send><![CDATA[\n\n${message.join("\n")}\n\n]]></send>`;
}

/** sipp takes a moment to start; a REGISTER that comes before is lost, as any datagram may be. */
async function untilBound(port: number, within: readonly string[]): Promise<void> {
  const own = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs; ) {
    const [command = "cat", ...args] = [...within, "cat", "/proc/net/udp"];
    if ((await run(command, args)).stdout.includes(own)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("sipp does not run");
}
