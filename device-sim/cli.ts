/**
 * `reveille device-sim`: simulated gateways in a process of their own.
 * Layer: cli.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import { createLog, LOG_LEVELS } from "../common/log.js";
import { BEHAVIOUR_NAMES } from "./behaviours/find-behaviour.js";
import { INSTANCE_LIMITS } from "./device/instance.js";
import { MODEL_NAMES, type ModelName } from "./gateway/options.js";
import { type DeviceSimConfig, startDeviceSim } from "./main.js";
import { NOTIFY_ACCEPTANCES, type NotifyAcceptance } from "./phone/judge-notify.js";
import type { PhoneTransport } from "./phone/sip-way.js";

interface CliOptions {
  readonly acsUrl?: string;
  readonly dhcpServer?: { readonly host: string; readonly port: number };
  readonly lanDhcp?: { readonly host: string; readonly port: number };
  readonly acsPassword: string;
  readonly acsUsername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly count: number;
  readonly nms?: true;
  readonly nmsFiles?: string;
  readonly nmsFormat: "extended" | "document";
  readonly seed: number;
  readonly model: ModelName;
  readonly sipRegistrar?: string;
  readonly sipPort?: number;
  readonly sipTransport: PhoneTransport;
  readonly sipDomain?: string;
  readonly sipPassword?: string;
  readonly sipAddress?: string;
  readonly firstLine: number;
  readonly periodicInterval: number;
  readonly connectionRequestHost?: string;
  readonly connectionRequestUrl?: string;
  readonly notifyAcceptance: NotifyAcceptance;
  readonly behaviour: readonly string[];
  readonly startWithin: number;
  readonly retryTimeScale: number;
  readonly effectsLog?: string;
  readonly memory?: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

const HELP = `
Each gateway has a serial number, a MAC address and a line number made of seed and place: the same seed gives the same gateways.
Its ACS user name is OUI-ProductClass-SerialNumber (0A1B2C-VG2000-VG2Kssssnnnnnn for seed s and place n) unless --acs-username is given.
With --model tr181 it is 0A1B2C-VG3000-VG3Kssssnnnnnn.
Places count from 0: the first gateway of seed 1 is 0A1B2C-VG2000-VG2K0001000000. Register it at the ACS before it calls (docs/rest-api.md),
or open an enrolment rule for it (docs/operating.md).
Line numbers begin with --first-line; SIP user and authentication user are the line number. The registrar needs an account for each.

Effects log, a line of JSON for each thing that really happened in a device:
  {"atMs", "device", "effect": "boot" | "set" | "set-attributes" | "add-object" | "delete-object" | "reboot" | "factory-reset"
    | "download" | "upload" | "cancel-transfer" | "apply-firmware" | "change-unit", ...}

Firmware that these gateways take begins with the line "REVEILLE-FIRMWARE <version>", a deployment unit (ChangeDUState) with the line
"REVEILLE-UNIT <name> <version>".

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not run, 2 wrong usage.

Examples:
  reveille device-sim --acs-url http://127.0.0.1:7547/ --acs-password s3cret
  reveille device-sim --nms --acs-url http://127.0.0.1:7547/nms --acs-password s3cret --sip-registrar 127.0.0.1 --sip-domain voice.example
  reveille device-sim --acs-url http://127.0.0.1:7547/ --acs-password s3cret --count 50 --seed 7 \\
    --sip-registrar 127.0.0.1 --sip-domain voice.example --sip-password line-s3cret --effects-log effects.jsonl`;

/** Adds the command `device-sim` to the program. */
export function addDeviceSimCommand(program: Command): void {
  const command = program
    .command("device-sim")
    .description("simulated TR-098 or TR-181 voice gateways: CWMP client and SIP user agent")
    .addHelpText("after", HELP);
  for (const option of options()) command.addOption(option);
  command.action(async (given: CliOptions) => run(given, command));
}

function options(): readonly Option[] {
  const count = (min: number, max: number) => (text: string) => wholeNumber(text, min, max);
  return [
    new Option("--acs-url <url>", "ACS to call (ManagementServer.URL)"),
    new Option(
      "--dhcp-server <host:port>",
      "ask this DHCP server for the ACS instead, and for the gateway whose LAN this is (IPv6: [address]:port)",
    ).argParser(serverOf),
    new Option("--lan-dhcp <address:port>", "hear the devices of the gateway's LAN here (DHCPINFORM); only with one gateway").argParser(
      serverOf,
    ),
    new Option("--acs-password <password>", "password of every gateway at the ACS").env("DEVICE_ACS_PASSWORD").makeOptionMandatory(),
    new Option("--acs-username <name>", "user name at the ACS; only sensible with one gateway"),
    new Option("--ca <file>", "certificates (PEM) to trust for https and SIP over TLS instead of the system's"),
    new Option("--cert <file>", "certificate (PEM) that the gateways show to an ACS that asks for one; needs --key"),
    new Option("--key <file>", "the key of that certificate (PEM)"),
    new Option("--count <number>", "how many gateways").default(1).argParser(count(1, INSTANCE_LIMITS.indexMax)),
    new Option(
      "--nms",
      "managed over NMS (voice-signalled) instead of CWMP; --acs-url is that of the NMS server, e.g. http://127.0.0.1:7547/nms",
    ),
    new Option("--nms-files <url>", "with --nms: folder of the files whose place is agreed in advance"),
    new Option("--nms-format <name>", "with --nms: tell ids of actions, or only what the document has")
      .choices(["extended", "document"])
      .default("extended"),
    new Option("--seed <number>", "which gateways").default(1).argParser(count(0, INSTANCE_LIMITS.seedMax)),
    new Option("--model <name>", "data model of the gateways: TR-098 with TR-104 issue 1, or TR-181 with TR-104 issue 2")
      .choices(MODEL_NAMES)
      .default("tr098"),
    new Option("--sip-registrar <host>", "registrar of the lines; without it no phone is connected"),
    new Option("--sip-port <port>", "port of the registrar (default: 5060; over TLS 5061)").argParser(count(1, 65_535)),
    new Option("--sip-transport <name>", "how the registrar is reached (TR-104 RegistrarServerTransport)")
      .choices(["UDP", "TCP", "TLS"])
      .default("UDP"),
    new Option("--sip-domain <name>", "domain of the lines (default: the registrar's name)"),
    new Option("--sip-password <password>", "password of every line (default: that of the ACS)").env("DEVICE_SIP_PASSWORD"),
    new Option("--sip-address <address>", "local address for SIP (default: the one that leads to the registrar)"),
    new Option("--first-line <number>", "line number of the first gateway").default(1_001).argParser(count(1, 999_999_999)),
    new Option("--periodic-interval <seconds>", "PeriodicInformInterval").default(300).argParser(count(1, 4_294_967_295)),
    new Option("--connection-request-host <address>", "hear HTTP connection requests on this local address, any port"),
    new Option(
      "--connection-request-url <url>",
      "announce this ConnectionRequestURL, e.g. of a Connection-Request gateway; {device} stands for the device's id",
    ).argParser(requestUrlOf),
    new Option(
      "--notify-acceptance <whose>",
      "whose NOTIFY is obeyed: what comes by the registrar's flow, what proves the line's password, or any",
    )
      .choices(NOTIFY_ACCEPTANCES)
      .default("flow"),
    new Option("--behaviour <names...>", "what the gateways do wrong").choices([...BEHAVIOUR_NAMES]).default([], "nothing"),
    new Option("--start-within <seconds>", "switch the gateways on within this time").default(0).argParser(count(0, 86_400)),
    new Option("--retry-time-scale <factor>", "multiplies the waits between retries").default(1).argParser(positive),
    new Option("--effects-log <file>", "append what really happens to this file"),
    new Option("--memory <folder>", "keep the nonvolatile memories here, a file per gateway"),
    new Option("--log-level <level>", "how much to tell").choices(LOG_LEVELS).default("info"),
  ];
}

function serverOf(text: string): { readonly host: string; readonly port: number } {
  const [, v6, name, port = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined) throw new InvalidArgumentError("expected host:port or [IPv6 address]:port");
  return { host, port: wholeNumber(port, 1, 65_535) };
}

function requestUrlOf(text: string): string {
  if (!URL.canParse(text) || text.length > 256) throw new InvalidArgumentError("expected a URL of at most 256 characters");
  return text;
}

function wholeNumber(text: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  return number;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1_000)) throw new InvalidArgumentError("expected a number above 0, at most 1000");
  return number;
}

async function run(given: CliOptions, command: Command): Promise<void> {
  if (given.acsUrl === undefined && given.dhcpServer === undefined)
    command.error("error: one of '--acs-url <url>' and '--dhcp-server <host:port>' is needed", { exitCode: 2 });
  if ((given.cert === undefined) !== (given.key === undefined))
    command.error("error: '--cert <file>' and '--key <file>' go together", { exitCode: 2 });
  if (given.lanDhcp !== undefined && (given.count !== 1 || isIP(given.lanDhcp.host) !== 4))
    command.error("error: option '--lan-dhcp <address:port>': expected an IPv4 address, and one gateway", { exitCode: 2 });
  if (given.acsUrl !== undefined && !URL.canParse(given.acsUrl))
    command.error("error: option '--acs-url <url>': expected a URL", { exitCode: 2 });
  if (given.nms === true && given.acsUrl === undefined) command.error("error: option '--nms' needs '--acs-url <url>'", { exitCode: 2 });
  if (given.nmsFiles !== undefined && !URL.canParse(given.nmsFiles))
    command.error("error: option '--nms-files <url>': expected a URL", { exitCode: 2 });
  const logger = createLog({ name: "device-sim", level: given.logLevel });
  logger.info({ seed: given.seed, count: given.count }, "gateways are switched on");
  try {
    const config = configOf(given);
    const sim = await startDeviceSim({
      ...config,
      onEvent: (event, { deviceId }) => logger.info({ device: deviceId, ...event }, event.kind),
    });
    const signal = await untilSignal("SIGINT", "SIGTERM");
    logger.info({ signal }, "gateways are switched off");
    await sim.stop();
  } catch (error) {
    logger.fatal({ err: error }, "the gateways can't run");
    process.exitCode = 1;
  }
}

function configOf(given: CliOptions): DeviceSimConfig {
  const {
    acsUrl = "",
    acsPassword,
    dhcpServer,
    lanDhcp,
    model,
    acsUsername,
    ca,
    count,
    seed,
    firstLine,
    connectionRequestHost,
    connectionRequestUrl,
    effectsLog,
    memory,
  } = given;
  const sip = sipOf(given);
  return {
    ...{ acsUrl, acsPassword, model, count, seed, firstLineNumber: firstLine, periodicInformIntervalS: given.periodicInterval },
    ...{ behaviours: given.behaviour, startWithinMs: given.startWithin * 1_000, retryTimeScale: given.retryTimeScale },
    notifyPolicy: { acceptance: given.notifyAcceptance },
    ...(given.nms === true ? { nms: nmsOf(given) } : {}),
    ...(dhcpServer === undefined ? {} : { dhcpServer }),
    ...(lanDhcp === undefined ? {} : { lanDhcp }),
    ...(acsUsername === undefined ? {} : { acsUsername }),
    ...(ca === undefined ? {} : { ca: readFileSync(ca, "utf8") }),
    ...certificateOf(given),
    ...(sip === undefined ? {} : { sip }),
    ...(connectionRequestHost === undefined ? {} : { connectionRequest: { host: connectionRequestHost, port: 0 } }),
    ...(connectionRequestUrl === undefined ? {} : { connectionRequestUrl }),
    ...(effectsLog === undefined ? {} : { effectsLog }),
    ...(memory === undefined ? {} : { memoryFolder: memory }),
  };
}

function certificateOf({ cert, key }: CliOptions): Pick<DeviceSimConfig, "certificate"> {
  if (cert === undefined || key === undefined) return {};
  return { certificate: { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } };
}

function nmsOf({ nmsFiles, nmsFormat }: CliOptions): NonNullable<DeviceSimConfig["nms"]> {
  return { format: nmsFormat, ...(nmsFiles === undefined ? {} : { filesUrl: nmsFiles }) };
}

function sipOf({
  sipRegistrar,
  sipTransport,
  sipPort = sipTransport === "TLS" ? 5_061 : 5_060,
  sipDomain,
  sipPassword,
  sipAddress,
  acsPassword,
}: CliOptions): DeviceSimConfig["sip"] {
  if (sipRegistrar === undefined) return undefined;
  return {
    registrar: sipRegistrar,
    ...{ registrarPort: sipPort, transport: sipTransport },
    domain: sipDomain ?? sipRegistrar,
    password: sipPassword ?? acsPassword,
    ...(sipAddress === undefined ? {} : { address: sipAddress }),
  };
}

/** Nothing else keeps the process alive: gateways without a phone have no socket between their sessions. */
const AWAKE_MS = 60_000;

function untilSignal(...signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const awake = setInterval(() => {}, AWAKE_MS);
    const hear = (signal: NodeJS.Signals): void => {
      clearInterval(awake);
      for (const other of signals) process.off(other, hear);
      resolve(signal);
    };
    for (const signal of signals) process.once(signal, hear);
  });
}
