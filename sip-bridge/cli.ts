/**
 * `reveille sip-bridge`: registrar and wake-up NOTIFYs as a process of its own.
 * Layer: cli.
 */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { ConfigError, describeConfig } from "../common/config.js";
import { createLog } from "../common/log.js";
import { readTlsFiles, TlsFilesUnusable } from "../common/tls-files.js";
import { loadSipBridgeConfig, type SipBridgeEnvironment, sipAddresses, sipBridgeSchema, sipConnectFiles, sipTls } from "./config.js";
import { connectionRequestsOf, relayOf } from "./connection-request-config.js";
import { type SipBridgeConfig, startSipBridge, timersOf } from "./main.js";
import { wakeConfigOf } from "./wake-config.js";

/** Options that stand for a variable; an option wins. */
const OPTIONS = [
  new Option("--domain <name>", "domain of the addresses-of-record (SIP_DOMAIN)"),
  new Option("--sip-host <addresses>", "local address for SIP (SIP_HOST)"),
  new Option("--sip-port <port>", "local port for SIP over UDP and TCP (SIP_PORT)"),
  new Option("--public-host <hosts>", "how gateways reach this bridge (SIP_PUBLIC_HOST)"),
  new Option("--http-host <address>", "local address for HTTP (BRIDGE_HTTP_HOST)"),
  new Option("--http-port <port>", "local port for HTTP (BRIDGE_HTTP_PORT)"),
  new Option("--store <file>", "database of registrations and accounts (SIP_STORE_FILE)"),
  new Option("--insecure", "allow HTTP without TLS on other addresses than loopback (BRIDGE_INSECURE)"),
] as const;

const VARIABLES: Readonly<Record<string, string>> = {
  domain: "SIP_DOMAIN",
  sipHost: "SIP_HOST",
  sipPort: "SIP_PORT",
  publicHost: "SIP_PUBLIC_HOST",
  httpHost: "BRIDGE_HTTP_HOST",
  httpPort: "BRIDGE_HTTP_PORT",
  store: "SIP_STORE_FILE",
  insecure: "BRIDGE_INSECURE",
};

const HELP = `
Environment:
${describeConfig(sipBridgeSchema)}

HTTP (bearer token BRIDGE_TOKEN, JSON):
  PUT, GET, DELETE /accounts/<user>   an account: {"password": "...", "addressesOfRecord": ["user@domain"]}
  GET /accounts                       all accounts, without passwords
  GET /bindings                       what is registered now; ?addressOfRecord= for one, ?state=ended for what was
  DELETE /bindings/<id>               ends a registration
  PATCH /bindings/<id>                {"expiresInS": 60}: lets it end earlier
  GET /registration-outcomes          how the last REGISTERs ended; ?addressOfRecord= for one
  POST /wakes                         {"wakeId", "deviceId", "target": {"by": "address-of-record", "addressOfRecord"}}
  GET /wire-events                    what happens on the wire, a line of JSON each
  POST /connection-requests           a device that an existing ACS wakes by HTTP: {"device", "target", "login"}; answers its URL
  GET, PUT, DELETE /connection-requests/<id>; GET /connection-requests
  GET /connection-request-events      what became of connection requests, a line of JSON each; ?after=- for all that are kept
  GET, PUT /notify-switch             {"enabled": false, "reason"} stops all NOTIFYs at once, also over a restart
  POST /traces {"addressOfRecord", "forS"}; GET /traces, /traces/<id>, /traces/<id>?format=pcapng; DELETE /traces/<id>
                                      what is said with a device while it is watched, and what was in the last failed wakes
  GET /bans, DELETE /bans/<address>   sources that are not heard
  GET /metrics                        for Prometheus; also with BRIDGE_METRICS_TOKEN
  GET /health                         without token

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not run, 2 wrong configuration.

Example (BRIDGE_TOKEN is yours to choose, and the ACS's ACS_SIP_BRIDGE_TOKEN; openssl rand -hex 24 makes a good one):
  export BRIDGE_TOKEN=…
  SIP_DOMAIN=voice.example SIP_PUBLIC_HOST=198.51.100.5 SIP_STORE_FILE=/var/lib/reveille/sip-bridge.sqlite reveille sip-bridge
  curl -X PUT -H "Authorization: Bearer $BRIDGE_TOKEN" -H "Content-Type: application/json" \\
    http://127.0.0.1:7549/accounts/1001 -d '{"password": "line-s3cret"}'        # 1001@voice.example may register now

  # with an ACS that you have already (docs/how-to/add-sip-wakeup-to-your-acs.md): devices call port 7550, the ACS is given URLs of port 7548
  CR_PUBLIC_URL=http://bridge.internal:7548 CR_HOST=10.1.0.5 RELAY_UPSTREAM_URL=http://acs.internal:7547 … reveille sip-bridge`;

/** What a network may send at once is what it may send in this time. */
const BURST_S = 10;

/** Adds the command `sip-bridge` to the program. */
export function addSipBridgeCommand(program: Command): void {
  const command = program
    .command("sip-bridge")
    .summary("SIP registrar that wakes gateways with NOTIFY")
    .description(
      "Runs the SIP bridge: gateways register here, and the ACS has them woken with NOTIFY. Settings come from the environment; an option wins.",
    )
    .addHelpText("after", HELP);
  for (const option of OPTIONS) command.addOption(option);
  command.action(async (options: Readonly<Record<string, string | true>>) => run(options));
}

async function run(options: Readonly<Record<string, string | true>>): Promise<void> {
  const given = Object.entries(options).map(([name, value]) => [VARIABLES[name] ?? name, String(value)]);
  const environment = readOrExplain({ ...process.env, ...Object.fromEntries(given) });
  if (environment === undefined) return;
  const logger = createLog({ name: "sip-bridge", level: environment.LOG_LEVEL });
  try {
    await checkConnectFiles(environment);
    const bridge = await startSipBridge({ ...configOf(environment), logger });
    const { sipPort, sipTlsPort, httpPort, connectionRequests: gateway, relay } = bridge;
    const ports = { sipPort, sipTlsPort, httpPort, ...portsOf("connectionRequest", gateway), ...portsOf("relay", relay) };
    logger.info({ ...ports, domain: environment.SIP_DOMAIN }, "the SIP bridge runs");
    const signal = await untilSignal("SIGINT", "SIGTERM");
    logger.info({ signal, counters: bridge.counters() }, "the SIP bridge stops");
    await bridge.close();
  } catch (error) {
    const unusable =
      error instanceof TlsFilesUnusable ? new ConfigError([{ variable: "SIP_TLS_CERT_FILE", problem: error.message }]) : error;
    if (unusable instanceof ConfigError) {
      console.error(unusable.message);
      process.exitCode = 2;
      return;
    }
    logger.fatal({ err: error }, "the SIP bridge can't run");
    process.exitCode = 1;
  }
}

function portsOf(name: string, open: { readonly port: number; readonly tlsPort: number } | undefined): Readonly<Record<string, number>> {
  if (open === undefined) return {};
  return {
    ...(open.port === 0 ? {} : { [`${name}Port`]: open.port }),
    ...(open.tlsPort === 0 ? {} : { [`${name}TlsPort`]: open.tlsPort }),
  };
}

/** @throws {ConfigError} */
async function checkConnectFiles(environment: SipBridgeEnvironment): Promise<void> {
  const files = sipConnectFiles(environment);
  try {
    if (files !== undefined) await readTlsFiles(files);
  } catch (error) {
    throw error instanceof TlsFilesUnusable ? new ConfigError([{ variable: "SIP_TLS_CONNECT_CERT_FILE", problem: error.message }]) : error;
  }
}

/** @throws {ConfigError} No such file, or no certificate in it. */
function readAuthorities(variable: string, file: string): Buffer {
  try {
    const pem = readFileSync(file);
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new ConfigError([{ variable, problem: `${file}: ${error instanceof Error ? error.message : "can't be read"}` }]);
  }
}

function readOrExplain(env: NodeJS.ProcessEnv): SipBridgeEnvironment | undefined {
  try {
    return loadSipBridgeConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
    return undefined;
  }
}

function configOf(environment: SipBridgeEnvironment): SipBridgeConfig {
  const connectionRequests = connectionRequestsOf(environment);
  const relay = relayOf(environment);
  const { SIP_DOMAIN, SIP_DOMAIN_ALIASES, SIP_REALM, SIP_PORT, SIP_PUBLIC_PORT, SIP_TLS_TRUST_FILE, SIP_NAT_KEEP_ALIVE } = environment;
  const tls = sipTls(environment);
  const connectFiles = sipConnectFiles(environment);
  return {
    domains: { main: SIP_DOMAIN, aliases: SIP_DOMAIN_ALIASES.map((alias) => alias.toLowerCase()) },
    ...(SIP_REALM === undefined ? {} : { realm: SIP_REALM }),
    storeFile: environment.SIP_STORE_FILE,
    sip: {
      addresses: sipAddresses(environment),
      port: SIP_PORT,
      ...(SIP_PUBLIC_PORT === undefined ? {} : { publicPort: SIP_PUBLIC_PORT }),
      tcp: environment.SIP_TCP,
      ...(tls === undefined ? {} : { tls }),
      ...(SIP_TLS_TRUST_FILE === undefined ? {} : { tlsClient: { ca: readAuthorities("SIP_TLS_TRUST_FILE", SIP_TLS_TRUST_FILE) } }),
      ...(connectFiles === undefined ? {} : { tlsClientFiles: connectFiles }),
      streamLimits: { connectionsMax: environment.SIP_CONNECTIONS_MAX, perSourceMax: environment.SIP_CONNECTIONS_PER_SOURCE_MAX },
      timers: timersOf(environment.SIP_T1_MS),
    },
    ...(SIP_NAT_KEEP_ALIVE === "off"
      ? {}
      : {
          natKeepAlive: {
            by: SIP_NAT_KEEP_ALIVE,
            intervalMs: environment.SIP_NAT_KEEP_ALIVE_S * 1_000,
            perSecond: environment.SIP_NAT_KEEP_ALIVE_PER_SECOND,
          },
        }),
    http: {
      host: environment.BRIDGE_HTTP_HOST,
      port: environment.BRIDGE_HTTP_PORT,
      token: environment.BRIDGE_TOKEN,
      ...(environment.BRIDGE_METRICS_TOKEN === undefined ? {} : { metricsToken: environment.BRIDGE_METRICS_TOKEN }),
    },
    registrar: {
      expiresMinS: environment.SIP_EXPIRES_MIN_S,
      expiresMaxS: environment.SIP_EXPIRES_MAX_S,
      contactsPerAddressMax: environment.SIP_CONTACTS_MAX,
      flowTimerS: environment.SIP_FLOW_TIMER_S,
      trustedEdges: environment.SIP_TRUSTED_EDGES,
      untrustedPath: environment.SIP_UNTRUSTED_PATH,
    },
    ...perAddressOf(environment),
    registrationWatchers: environment.SIP_REGISTRATION_WATCHERS,
    guard: {
      dropsForeignDomains: environment.SIP_FOREIGN_DOMAINS === "drop",
      limits: {
        burst: environment.SIP_STRANGERS_PER_SECOND * BURST_S,
        perSecond: environment.SIP_STRANGERS_PER_SECOND,
        banMs: environment.SIP_BAN_S * 1_000,
      },
    },
    digestAlgorithms: environment.SIP_DIGEST_ALGORITHMS,
    nonceLifetimeMs: environment.SIP_NONCE_LIFETIME_S * 1_000,
    ...wakeConfigOf(environment),
    ...(connectionRequests === undefined ? {} : { connectionRequests }),
    ...(relay === undefined ? {} : { relay }),
  };
}

function perAddressOf({ SIP_REGISTER_PER_ADDRESS_S: perSecond }: SipBridgeEnvironment): Pick<SipBridgeConfig, "registerPerAddress"> {
  return perSecond === 0 ? {} : { registerPerAddress: { perSecond, burst: perSecond * 10 } };
}

async function untilSignal(...signals: readonly NodeJS.Signals[]): Promise<string> {
  const abort = new AbortController();
  const heard = signals.map((signal) => once(process, signal, { signal: abort.signal }).then(() => signal));
  try {
    return await Promise.race(heard);
  } finally {
    abort.abort();
    await Promise.allSettled(heard);
  }
}
