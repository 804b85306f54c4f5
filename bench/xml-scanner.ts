/**
 * How many documents one CPU-second reads: a periodic Inform of 2.5 KB, and a GetParameterValuesResponse of 5,000 parameters.
 * Bars: 40,000 Informs and 130 large responses scanned per CPU-second. saxes builds the same tree beside it, in the same run.
 * Run: npx tsx bench/xml-scanner.ts
 */
import { SaxesParser } from "saxes";
import { decodeBody } from "../acs/cwmp/decode-body.js";
import { readDeviceEnvelope, writeDeviceEnvelope } from "../acs/cwmp/envelope.js";
import type { DeviceMessage } from "../acs/cwmp/messages.js";
import type { ParameterValue } from "../acs/cwmp/parameter-value.js";
import { scanXml } from "../acs/cwmp/scan-xml.js";

const ROUNDS = 7;
const ROUND_CPU_MS = 400;

const TYPES = ["xsd:string", "xsd:unsignedInt", "xsd:boolean", "xsd:dateTime"];

function parameters(count: number): readonly ParameterValue[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `InternetGatewayDevice.LANDevice.1.Hosts.Host.${Math.floor(i / 8) + 1}.Value${i % 8}`,
    type: TYPES[i % TYPES.length] ?? "xsd:string",
    text: i % 4 === 0 ? `host-${i} at home` : String(i % 97),
  }));
}

function envelope(message: DeviceMessage): string {
  return writeDeviceEnvelope({ id: "1804289383", namespace: "urn:dslforum-org:cwmp-1-0", message }, { declaration: true });
}

const inform = envelope({
  kind: "Inform",
  deviceId: { manufacturer: "Example Telecom", oui: "00D09E", productClass: "VoiceGate 2 with two lines", serialNumber: "VG2-0000012345" },
  events: [
    { code: "2 PERIODIC", commandKey: "" },
    { code: "4 VALUE CHANGE", commandKey: "" },
    { code: "M Download", commandKey: "01jgf3x0c5q2w9e7r8t6y4u3i2" },
  ],
  maxEnvelopes: 1,
  currentTime: "2026-01-01T12:00:00+01:00",
  retryCount: 0,
  parameters: parameters(8),
});
const response = envelope({ kind: "GetParameterValuesResponse", values: parameters(5_000) });

/** The least that saxes must do for the same result: a tree of names, attributes and texts. */
interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

function saxesTree(text: string): Node | undefined {
  const parser = new SaxesParser();
  const top: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  parser.on("opentag", ({ name, attributes }) => {
    const node: Node = { name, attributes, children: [], text: "" };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on("text", (run) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += run;
  });
  parser.on("closetag", () => open.pop());
  parser.write(text).close();
  return top.children[0];
}

/** Runs per CPU-second, over one round. `sink` keeps the engine from leaving the work out. */
function perCpuSecond(run: () => unknown): number {
  const start = process.cpuUsage();
  let runs = 0;
  let sink: unknown;
  for (;;) {
    for (let i = 0; i < 10; i++) sink = run();
    runs += 10;
    const { user, system } = process.cpuUsage(start);
    if (user + system > ROUND_CPU_MS * 1_000) return sink === undefined ? 0 : (runs * 1e6) / (user + system);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function figures(title: string, written: string): void {
  const bytes = Buffer.from(written);
  const { text } = decodeBody(bytes); // one flat string, as from a socket
  console.log(`${title}: ${bytes.length} bytes; documents per CPU-second, median of ${ROUNDS} rounds`);
  const cases: readonly (readonly [string, () => unknown])[] = [
    ["scan", () => scanXml(text)],
    ["scan and read the typed message", () => readDeviceEnvelope(text)],
    ["decode bytes, scan and read", () => readDeviceEnvelope(decodeBody(bytes, 'text/xml; charset="utf-8"').text)],
    ["saxes, tree", () => saxesTree(text)],
  ];
  const rounds = Array.from({ length: ROUNDS }, () => cases.map(([, run]) => perCpuSecond(run))); // interleaved: noise hits all alike
  cases.forEach(([name], i) => {
    const perSecond = median(rounds.map((round) => round[i] ?? 0));
    console.log(`  ${name.padEnd(34)} ${perSecond.toFixed(0).padStart(9)}  (${((perSecond * bytes.length) / 1e6).toFixed(0)} MB)`);
  });
}

figures("Inform", inform);
figures("GetParameterValuesResponse of 5,000 parameters", response);
