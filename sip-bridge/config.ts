/**
 * The bridge's configuration, from environment variables.
 * Layer: config.
 */
import { isIP, isIPv6 } from "node:net";
import { z } from "zod";
import { ConfigError, type ConfigProblem, flag, list, readConfig, secret } from "../common/config.js";
import { DIGEST_HASHES } from "../common/digest.js";
import { ipRange, isLoopback } from "../common/ip-address.js";
import { LOG_LEVELS } from "../common/log.js";
import { connectionRequestProblems, connectionRequestVariables, relayVariables } from "./connection-request-config.js";
import { ADMISSION_LIMITS } from "./net/admission.js";
import { OFFERED_ALGORITHMS } from "./registrar/authenticate.js";
import { REGISTRAR_LIMITS } from "./registrar/read-registration.js";
import type { SipAddress, SipTls } from "./sip-listener.js";
import { GUARD_LIMITS } from "./source-guard.js";
import { wakeProblems, wakeVariables } from "./wake-config.js";

const port = () => z.coerce.number().int().min(0).max(65_535);
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const file = () => z.string().min(1).optional();
const hostName = () => z.string().regex(/^[A-Za-z0-9._:[\]-]+$/, "is not a host name or address");
const numericAddresses = () =>
  list().refine((items) => items.every((item) => isIP(item) !== 0), "expected numeric addresses, separated by commas");
const ranges = () =>
  list().transform((items, ctx) => {
    try {
      return items.map(ipRange);
    } catch {
      ctx.addIssue({ code: "custom", message: "expected networks like 198.51.100.0/28, separated by commas" });
      return z.NEVER;
    }
  });

export const sipBridgeSchema = z.object({
  SIP_DOMAIN: hostName().toLowerCase().describe("domain of the addresses-of-record, e.g. voice.example"),
  SIP_DOMAIN_ALIASES: list().default([]).describe("other names of it, e.g. the bridge's address, separated by commas"),
  SIP_REALM: z
    .string()
    .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/, "expected 1 to 128 plain characters")
    .optional()
    .describe("realm of digest authentication; accounts belong to it; the domain if not set"),
  SIP_HOST: numericAddresses().default(["0.0.0.0"]).describe("local address for SIP; one IPv4, one IPv6, or both"),
  SIP_PORT: port().default(5060).describe("local port for SIP over UDP and TCP"),
  SIP_TCP: flag().default(true).describe("SIP over TCP as well"),
  SIP_TLS_CERT_FILE: file().describe("PEM certificate (with those between it and the root) for SIP over TLS; without it there is none"),
  SIP_TLS_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  SIP_TLS_PORT: port().default(5061).describe("local port for SIP over TLS"),
  SIP_TLS_CLIENT_CA_FILE: file().describe("PEM authorities of client certificates: peers are asked for one"),
  SIP_TLS_CLIENT_REQUIRED: flag().default(false).describe("serve nobody over TLS without such a certificate"),
  SIP_TLS_TRUST_FILE: file().describe("PEM authorities of servers that the bridge connects to; the system's if not set"),
  SIP_TLS_CONNECT_CERT_FILE: file().describe("PEM certificate shown to servers that the bridge connects to over TLS and that ask for one"),
  SIP_TLS_CONNECT_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  SIP_CONNECTIONS_MAX: count(1, 1_000_000)
    .default(ADMISSION_LIMITS.connectionsMax)
    .describe("TCP connections per port and address, TLS likewise"),
  SIP_CONNECTIONS_PER_SOURCE_MAX: count(1, 1_000_000)
    .default(ADMISSION_LIMITS.perSourceMax)
    .describe("of these from one IPv4 address or IPv6 network of 64 bits; a border controller needs one for each gateway"),
  SIP_NAT_KEEP_ALIVE: z
    .enum(["off", "crlf", "options"])
    .default("off")
    .describe("what the bridge sends to UDP registrations behind a NAT, so that the NAT lets NOTIFY in: off, crlf or options"),
  SIP_NAT_KEEP_ALIVE_S: count(5, 600).default(25).describe("how often"),
  SIP_NAT_KEEP_ALIVE_PER_SECOND: count(1, 100_000).default(400).describe("to how many in a second"),
  SIP_PUBLIC_HOST: list()
    .default([])
    .describe("how gateways reach this bridge: a name, or an address per family; needed when SIP_HOST is 0.0.0.0 or ::"),
  SIP_PUBLIC_PORT: port().optional().describe("port by which they reach it; SIP_PORT if not set"),
  SIP_PUBLIC_TLS_PORT: port().optional().describe("port by which they reach it over TLS; SIP_TLS_PORT if not set"),
  SIP_STORE_FILE: z.string().min(1).default("sip-bridge.sqlite").describe("database of registrations and accounts"),
  SIP_EXPIRES_MIN_S: count(1, 3_600).default(REGISTRAR_LIMITS.expiresMinS).describe("shorter registrations are refused with 423"),
  SIP_EXPIRES_MAX_S: count(60, 604_800).default(REGISTRAR_LIMITS.expiresMaxS).describe("longer ones are cut to this"),
  SIP_CONTACTS_MAX: count(1, 100).default(REGISTRAR_LIMITS.contactsPerAddressMax).describe("contacts of one address-of-record"),
  SIP_REGISTER_PER_ADDRESS_S: count(0, 10_000)
    .default(5)
    .describe("REGISTERs a second for one address-of-record, ten times as many at once; 503 beyond; 0: no limit"),
  SIP_FLOW_TIMER_S: count(0, 86_400).default(0).describe("Flow-Timer for user agents under outbound (RFC 5626); 0: none is said"),
  SIP_TRUSTED_EDGES: ranges()
    .default([])
    .describe("networks of our edge proxies, e.g. 198.51.100.0/28: Path (RFC 3327) is taken from these only"),
  SIP_UNTRUSTED_PATH: z
    .enum(["ignore", "refuse"])
    .default("ignore")
    .describe("a REGISTER with a Path from elsewhere: ignore the Path, or refuse the REGISTER with 420"),
  SIP_REGISTRATION_WATCHERS: list()
    .default([])
    .describe("accounts that may subscribe to the registrations of any address (Event: reg); others may to their own"),
  SIP_FOREIGN_DOMAINS: z
    .enum(["refuse", "drop"])
    .default("refuse")
    .describe("requests for domains that are not ours: refuse them, or give no answer at all"),
  SIP_STRANGERS_PER_SECOND: count(0, 100_000)
    .default(GUARD_LIMITS.perSecond)
    .describe("requests without a proved password from one network (/24, /64) in a second; ten times as many at once; 0: no limit"),
  SIP_BAN_S: count(0, 86_400)
    .default(GUARD_LIMITS.banMs / 1_000)
    .describe("how long scanners and those who guess are not heard at all; 0: nobody is banned"),
  SIP_NONCE_LIFETIME_S: count(30, 300).default(120).describe("how long a digest nonce may be used"),
  SIP_DIGEST_ALGORITHMS: list()
    .pipe(z.array(z.enum(DIGEST_HASHES, { error: `expected some of ${DIGEST_HASHES.join(", ")}, separated by commas` })).min(1))
    .default([...OFFERED_ALGORITHMS])
    .describe("offered to those who register, in this order; old gateways need MD5 first, or alone"),
  SIP_T1_MS: count(10, 5_000).default(500).describe("RFC 3261 timer T1; NOTIFY is given up after 64 times this"),
  ...wakeVariables,
  BRIDGE_HTTP_HOST: hostName().default("127.0.0.1").describe("local address for HTTP (wakes, accounts); loopback unless BRIDGE_INSECURE"),
  BRIDGE_HTTP_PORT: port().default(7549).describe("local port for HTTP"),
  BRIDGE_TOKEN: secret().describe("bearer token that the ACS and operators show, at least 16 characters"),
  BRIDGE_METRICS_TOKEN: secret().optional().describe("bearer token that opens GET /metrics and nothing else, for the monitor"),
  BRIDGE_INSECURE: flag().default(false).describe("allow HTTP without TLS on other addresses than loopback (also --insecure)"),
  ...connectionRequestVariables,
  ...relayVariables,
  LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default("info")
    .describe(`one of ${LOG_LEVELS.join(", ")}`),
});

export type SipBridgeEnvironment = z.output<typeof sipBridgeSchema>;

/** @throws {ConfigError} with every problem. */
export function loadSipBridgeConfig(env: NodeJS.ProcessEnv): SipBridgeEnvironment {
  const config = readConfig(sipBridgeSchema, env);
  const problems = [
    ...addressProblems(config),
    ...tlsProblems(config),
    ...insecureProblems(config),
    ...intervalProblems(config),
    ...connectionRequestProblems(config),
    ...wakeProblems(config),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function addressProblems(config: SipBridgeEnvironment): ConfigProblem[] {
  const { SIP_HOST: hosts } = config;
  const isOnePerFamily = hosts.length > 0 && new Set(hosts.map(isIPv6)).size === hosts.length;
  if (!isOnePerFamily) return [{ variable: "SIP_HOST", problem: "expected one IPv4 address, one IPv6 address, or one of each" }];
  const nameless = sipAddresses(config).find(
    ({ address, publicHost }) => (address === "0.0.0.0" || address === "::") && publicHost === undefined,
  );
  const family = nameless !== undefined && isIPv6(nameless.address) ? "IPv6" : "IPv4";
  return nameless === undefined
    ? []
    : [{ variable: "SIP_PUBLIC_HOST", problem: `is required (a name or an ${family} address) when SIP_HOST is all addresses` }];
}

/** A setting that would silently do nothing without TLS is a mistake: its operator believes in more safety than there is. */
function tlsProblems(config: SipBridgeEnvironment): ConfigProblem[] {
  const { SIP_TLS_CERT_FILE: cert, SIP_TLS_KEY_FILE: key, SIP_TLS_CLIENT_CA_FILE: clientCa, SIP_TLS_CLIENT_REQUIRED: required } = config;
  const problems: ConfigProblem[] = [];
  if (cert === undefined && key !== undefined)
    problems.push({ variable: "SIP_TLS_CERT_FILE", problem: "is required with SIP_TLS_KEY_FILE" });
  if (cert !== undefined && key === undefined)
    problems.push({ variable: "SIP_TLS_KEY_FILE", problem: "is required with SIP_TLS_CERT_FILE" });
  if (clientCa !== undefined && cert === undefined)
    problems.push({ variable: "SIP_TLS_CLIENT_CA_FILE", problem: "needs TLS: set SIP_TLS_CERT_FILE and SIP_TLS_KEY_FILE" });
  if (required && clientCa === undefined)
    problems.push({ variable: "SIP_TLS_CLIENT_CA_FILE", problem: "is required with SIP_TLS_CLIENT_REQUIRED" });
  return [...problems, ...connectProblems(config)];
}

function connectProblems({ SIP_TLS_CONNECT_CERT_FILE: cert, SIP_TLS_CONNECT_KEY_FILE: key }: SipBridgeEnvironment): ConfigProblem[] {
  if ((cert === undefined) === (key === undefined)) return [];
  const [missing, given] =
    cert === undefined
      ? ["SIP_TLS_CONNECT_CERT_FILE", "SIP_TLS_CONNECT_KEY_FILE"]
      : ["SIP_TLS_CONNECT_KEY_FILE", "SIP_TLS_CONNECT_CERT_FILE"];
  return [{ variable: missing, problem: `is required with ${given}` }];
}

function insecureProblems({ BRIDGE_HTTP_HOST, BRIDGE_INSECURE }: SipBridgeEnvironment): ConfigProblem[] {
  if (BRIDGE_INSECURE || isLoopback(BRIDGE_HTTP_HOST)) return [];
  return [
    {
      variable: "BRIDGE_HTTP_HOST",
      problem: "is not loopback: tokens would travel unencrypted; use loopback, or allow it with --insecure",
    },
  ];
}

function intervalProblems({ SIP_EXPIRES_MIN_S, SIP_EXPIRES_MAX_S }: SipBridgeEnvironment): ConfigProblem[] {
  return SIP_EXPIRES_MIN_S <= SIP_EXPIRES_MAX_S ? [] : [{ variable: "SIP_EXPIRES_MIN_S", problem: "is greater than SIP_EXPIRES_MAX_S" }];
}

/** Each local address with the public name that fits its family; a name that is no address fits both. */
export function sipAddresses({
  SIP_HOST,
  SIP_PUBLIC_HOST,
}: Pick<SipBridgeEnvironment, "SIP_HOST" | "SIP_PUBLIC_HOST">): readonly SipAddress[] {
  return SIP_HOST.map((address) => {
    const publicHost = SIP_PUBLIC_HOST.find((host) => isIP(host) === 0 || isIPv6(host) === isIPv6(address));
    return publicHost === undefined ? { address } : { address, publicHost };
  });
}

/** What is shown when the bridge connects over TLS; undefined: nothing. */
export function sipConnectFiles(config: SipBridgeEnvironment): Pick<SipTls, "certFile" | "keyFile"> | undefined {
  const { SIP_TLS_CONNECT_CERT_FILE: certFile, SIP_TLS_CONNECT_KEY_FILE: keyFile } = config;
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

/** TLS as `SipBridgeConfig.sip` takes it; undefined: none. */
export function sipTls(config: SipBridgeEnvironment): SipTls | undefined {
  const { SIP_TLS_CERT_FILE: certFile, SIP_TLS_KEY_FILE: keyFile, SIP_TLS_CLIENT_CA_FILE: clientCaFile } = config;
  if (certFile === undefined || keyFile === undefined) return undefined;
  return {
    ...{ certFile, keyFile, port: config.SIP_TLS_PORT, requiresClientCertificate: config.SIP_TLS_CLIENT_REQUIRED },
    ...(clientCaFile === undefined ? {} : { clientCaFile }),
    ...(config.SIP_PUBLIC_TLS_PORT === undefined ? {} : { publicPort: config.SIP_PUBLIC_TLS_PORT }),
  };
}
