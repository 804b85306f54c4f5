/**
 * Settings of the ACS, read once from the environment; every problem is reported at once, by name.
 * Layer: acs configuration.
 */
import { z } from "zod";
import { ADDRESS_RANGES, type AddressRange, DEFAULT_REFUSED_RANGES, isAddressRange } from "../common/address-guard.js";
import { ConfigError, type ConfigProblem, flag, list, readConfig, secret } from "../common/config.js";
import { isLoopback } from "../common/ip-address.js";
import { LOG_LEVELS } from "../common/log.js";
import { isSecretKey } from "../common/secret-box.js";

const port = () => z.coerce.number().int().min(0).max(65_535);
const file = () => z.string().min(1).optional();
const httpUrl = () => z.url({ protocol: /^https?$/ });
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1_048_576;

export const acsSchema = z.object({
  ACS_DATA_DIR: z.string().min(1).default("./data").describe("folder of the store, the keys, the firmware and the uploaded files"),
  ACS_CWMP_HOST: z.string().default("0.0.0.0").describe("address on which devices reach CWMP"),
  ACS_CWMP_PORT: port().default(7547).describe("port of CWMP; 0 takes a free one"),
  ACS_CWMP_TLS_CERT_FILE: file().describe("PEM certificate (with those between it and the root) for CWMP: ACS_CWMP_PORT speaks TLS then"),
  ACS_CWMP_TLS_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  ACS_CWMP_TLS_CLIENT_CA_FILE: file().describe("PEM authorities whose client certificates prove a device, in place of digest"),
  ACS_CWMP_PLAIN_PORT: port().optional().describe("a second port of CWMP, without TLS, for devices that can't"),
  ACS_SECRETS_WITHOUT_TLS: flag()
    .optional()
    .describe("send tasks that carry secrets to devices that call without TLS, too; default: only where CWMP has no TLS at all"),
  ACS_BASIC_OVER_TLS: flag().default(false).describe("let devices send their password as it is (HTTP Basic), over TLS only"),
  ACS_FILES_HOST: z.string().default("0.0.0.0").describe("address of the file server"),
  ACS_FILES_PORT: port().default(7567).describe("port of the file server"),
  ACS_METRICS_TOKEN: secret().optional().describe("bearer token that opens GET /api/metrics and nothing else, for the monitor"),
  ACS_API_HOST: z.string().default("127.0.0.1").describe("address of REST; other than loopback needs TLS (or --insecure)"),
  ACS_API_PORT: port().default(3000).describe("port of REST"),
  ACS_API_TLS_CERT_FILE: file().describe("PEM certificate for REST: ACS_API_PORT speaks TLS then"),
  ACS_API_TLS_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  PUBLIC_FILES_URL: httpUrl()
    .optional()
    .describe(
      "URL of the file server as devices reach it, written into Download and Upload; default http://127.0.0.1:<files port>, for trials only",
    ),
  ACS_SIP_BRIDGE_URL: httpUrl()
    .optional()
    .describe("URL of the sip-bridge's HTTP contract, e.g. http://127.0.0.1:7549; without it devices are waited for"),
  ACS_SIP_BRIDGE_TOKEN: secret().optional().describe("its BRIDGE_TOKEN; required with ACS_SIP_BRIDGE_URL"),
  ACS_HTTP_CONNECTION_REQUESTS: flag().default(true).describe("wake devices over HTTP, at the ConnectionRequestURL that they tell"),
  ACS_CONNECTION_REQUEST_BASIC: z
    .enum(["never", "tls", "always"])
    .default("never")
    .describe("answer a device that asks for HTTP Basic, which sends the password itself"),
  ACS_REFUSED_RANGES: list()
    .default([...DEFAULT_REFUSED_RANGES])
    .transform((names) => names.filter((name) => name !== "none"))
    .refine(
      (names): names is AddressRange[] => names.every(isAddressRange),
      `expected none, or some of ${Object.keys(ADDRESS_RANGES).join(", ")}`,
    )
    .describe("address ranges to which no connection request is sent, whatever a device tells"),
  ACS_STUN_HOST: z.string().default("0.0.0.0").describe("IPv4 address of the STUN server"),
  ACS_STUN_PORT: port().optional().describe("UDP port of STUN, usually 3478; devices behind a NAT are then woken over UDP; default: off"),
  PUBLIC_STUN_ADDRESS: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[A-Za-z0-9._-]+$/, "expected a host name or an IPv4 address, without a port")
    .optional()
    .describe("name or address under which devices reach STUN, set in each that has STUN at 0 BOOTSTRAP; default: devices are not told"),
  PUBLIC_STUN_PORT: z.coerce.number().int().min(1).max(65_535).optional().describe("its port as devices reach it; default: ACS_STUN_PORT"),
  ACS_NOTIFICATION_HOST: z.string().default("0.0.0.0").describe("address on which lightweight notifications are heard"),
  ACS_NOTIFICATION_PORT: port().optional().describe("UDP port of lightweight notifications, usually 7547; default: off"),
  ACS_XMPP_SERVICE: z
    .url({ protocol: /^xmpps?$/ })
    .optional()
    .describe("XMPP server over which devices are woken: xmpps://host:5223 (TLS) or xmpp://host:5222 (STARTTLS); default: off"),
  ACS_XMPP_DOMAIN: z.string().min(1).max(253).optional().describe("domain of the ACS's account there; its certificate must name it"),
  ACS_XMPP_USERNAME: z.string().min(1).max(255).optional().describe("user name of that account, without the domain"),
  ACS_XMPP_PASSWORD: secret(8).optional().describe("its password"),
  ACS_XMPP_RESOURCE: z.string().min(1).max(255).optional().describe("resource, for devices that allow one full Jabber ID only"),
  ACS_XMPP_CA_FILE: file().describe("PEM authorities to trust for xmpps, in place of the system's"),
  ACS_XMPP_OTHER_DOMAINS: list().default([]).describe("domains of devices' Jabber IDs besides ACS_XMPP_DOMAIN"),
  ACS_XMPP_ALLOW_PLAINTEXT: flag().default(false).describe("send connection-request credentials over XMPP without TLS"),
  ACS_SECRETS_KEY: secret(32)
    .optional()
    .describe("32 bytes as hex or base64 that encrypt secrets at rest; default: made at first start, kept in ACS_DATA_DIR"),
  ACS_SECRETS_KEY_PREVIOUS: secret(32)
    .optional()
    .describe("the key before ACS_SECRETS_KEY: what is sealed with it is sealed anew at the start, after which it can be left out"),
  ACS_DIGEST_REALM: z.string().min(1).max(64).default("Reveille").describe("HTTP digest realm for devices"),
  ACS_DIGEST_ALGORITHMS: z
    .string()
    .default("MD5")
    .refine(
      (text) => text.split(",").every((name) => ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"].includes(name.trim())),
      "expected a list of MD5, MD5-sess, SHA-256, SHA-256-sess",
    )
    .describe("digest algorithms offered, in this order; several challenges confuse old devices"),
  ACS_NONCE_LIFETIME_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(24 * HOUR_MS)
    .default(10 * MINUTE_MS)
    .describe("how long a digest nonce serves"),
  ACS_SESSION_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(10 * MINUTE_MS)
    .default(30 * SECOND_MS)
    .describe("silence that ends a session"),
  ACS_SESSIONS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(20_000)
    .describe("sessions at once; from 70 % of it merely periodic ones get 503, at it all"),
  ACS_SESSIONS_PER_SECOND_MAX: z.coerce.number().int().min(1).max(1_000_000).default(2_000).describe("sessions that begin in a second"),
  ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(60)
    .describe("sessions of one device that begin in a minute"),
  ACS_STORE_QUEUE_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(20_000)
    .default(5_000)
    .describe("operations waiting for the store from which on no session begins"),
  ACS_BODIES_MAX: z.coerce.number().int().min(4).max(1_000_000).default(4_000).describe("CWMP requests read or answered at once"),
  ACS_BODIES_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(32_768)
    .max(64 * 1_024 * MIB)
    .default(256 * MIB)
    .describe("bytes of their bodies; a quarter for who has not proven who it is"),
  ACS_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(1_000_000).default(40_000).describe("TCP connections of devices at once"),
  ACS_BODY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(32_768)
    .max(256 * MIB)
    .default(16 * MIB)
    .describe("bytes of one CWMP message"),
  ACS_BODY_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(10 * MINUTE_MS)
    .default(60 * SECOND_MS)
    .describe("time for one CWMP message to arrive"),
  ACS_HEADERS_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(10 * MINUTE_MS)
    .default(10 * SECOND_MS)
    .describe("time for the header of one CWMP request to arrive"),
  ACS_PERIODIC_INFORM_INTERVAL_S: z.coerce
    .number()
    .int()
    .min(30)
    .max(604_800)
    .default(900)
    .describe("PeriodicInformInterval set at 0 BOOTSTRAP"),
  ACS_REFRESH_AT_BOOTSTRAP: flag().default(true).describe("read the whole parameter tree at 0 BOOTSTRAP"),
  ACS_INFORM_WAIT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(HOUR_MS)
    .default(60 * SECOND_MS)
    .describe("time a woken device may take to call in"),
  ACS_WAKES_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .describe("devices with work that are woken in a second after a start, and when the bridge is back; keep it at its WAKE_PER_SECOND"),
  ACS_ANSWER_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(HOUR_MS)
    .default(5 * MINUTE_MS)
    .describe("time for a task's answer before it is read back"),
  ACS_PASSWORD_USE_MS: z.coerce
    .number()
    .int()
    .min(MINUTE_MS)
    .max(30 * 24 * HOUR_MS)
    .default(24 * HOUR_MS)
    .describe("time for a device that took a new password to use it before it is sent the same one again"),
  ACS_REBOOT_SETTLE_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(24 * HOUR_MS)
    .default(15 * MINUTE_MS)
    .describe("time for an accepted reboot to be reported"),
  ACS_DOWNLOAD_SETTLE_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(7 * 24 * HOUR_MS)
    .default(2 * HOUR_MS)
    .describe("time for an accepted download to be reported"),
  ACS_UNKNOWN_SETTLE_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(30 * 24 * HOUR_MS)
    .default(24 * HOUR_MS)
    .describe("time in which a lost task may still be read back"),
  ACS_NMS_PATH: z
    .string()
    .regex(/^\/[A-Za-z0-9._~/-]{1,128}$/, "expected a path, like /nms")
    .default("/nms")
    .describe("path on the CWMP ports where voice-signalled gateways post their messages"),
  ACS_NMS_SETTLE_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(7 * 24 * HOUR_MS)
    .default(HOUR_MS)
    .describe("time for such a gateway to tell whether it set parameters, in its next registration message"),
  ACS_FILE_URL_LIFETIME_MS: z.coerce
    .number()
    .int()
    .min(MINUTE_MS)
    .max(7 * 24 * HOUR_MS)
    .default(2 * HOUR_MS)
    .describe("how long a signed URL of the file server serves"),
  ACS_UPLOAD_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1_024)
    .max(4_096 * MIB)
    .default(64 * MIB)
    .describe("bytes of one file that a device uploads"),
  ACS_UPLOAD_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(24 * HOUR_MS)
    .default(15 * MINUTE_MS)
    .describe("time for such a file to arrive"),
  ACS_UPLOADS_MAX: z.coerce.number().int().min(1).max(10_000).default(32).describe("uploads of devices at once"),
  ACS_RECEIVED_PER_TYPE_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe("uploaded files kept of one device and file type; the newest stay"),
  ACS_RECEIVED_RETENTION_MS: z.coerce
    .number()
    .int()
    .min(HOUR_MS)
    .max(3_650 * 24 * HOUR_MS)
    .default(365 * 24 * HOUR_MS)
    .describe("age at which uploaded files are removed"),
  ACS_RECEIVED_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(MIB)
    .max(1_048_576 * MIB)
    .default(16_384 * MIB)
    .describe("bytes of all uploaded files; beyond it uploads are refused, as on a full disk"),
  ACS_TASK_RETENTION_MS: z.coerce
    .number()
    .int()
    .min(HOUR_MS)
    .max(3_650 * 24 * HOUR_MS)
    .default(90 * 24 * HOUR_MS)
    .describe("age at which finished tasks are removed"),
  ACS_EVENT_RETENTION_MS: z.coerce
    .number()
    .int()
    .min(HOUR_MS)
    .max(3_650 * 24 * HOUR_MS)
    .default(30 * 24 * HOUR_MS)
    .describe("age at which events are removed"),
  ACS_TRANSCRIPTS_FAILED_MAX: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(200)
    .describe("failed sessions whose transcripts are kept, over restarts; 0: none, only those of devices that are asked for"),
  ACS_INSECURE: flag().default(false).describe("allow REST on other than loopback addresses without TLS (--insecure)"),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info").describe("how much is logged"),
});

export type AcsConfig = z.output<typeof acsSchema>;

/** @throws {ConfigError} with every problem. */
export function loadAcsConfig(env: NodeJS.ProcessEnv): AcsConfig {
  const config = readConfig(acsSchema, env);
  const problems = problemsOf(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function problemsOf({ ACS_API_HOST, ACS_INSECURE, ...config }: AcsConfig): readonly ConfigProblem[] {
  // Whoever reaches REST rules every device: without TLS it stays on this machine (DESIGN 2).
  const isOpen = !isLoopback(ACS_API_HOST) && !ACS_INSECURE && config.ACS_API_TLS_CERT_FILE === undefined;
  const isTokenless = config.ACS_SIP_BRIDGE_URL !== undefined && config.ACS_SIP_BRIDGE_TOKEN === undefined;
  const open = "is not loopback and there is no TLS: set ACS_API_TLS_CERT_FILE, keep 127.0.0.1, or say --insecure (ACS_INSECURE=true)";
  const tooSmall = "is less than ACS_BODY_BYTES_MAX: a message of that size would only be taken alone";
  return [
    ...(isOpen ? [{ variable: "ACS_API_HOST", problem: open }] : []),
    ...keyProblems(config),
    ...stunProblems(config),
    ...(config.ACS_BODIES_BYTES_MAX < config.ACS_BODY_BYTES_MAX ? [{ variable: "ACS_BODIES_BYTES_MAX", problem: tooSmall }] : []),
    ...tlsProblems(config),
    ...xmppProblems(config),
    ...(isTokenless ? [{ variable: "ACS_SIP_BRIDGE_TOKEN", problem: "is required with ACS_SIP_BRIDGE_URL" }] : []),
  ];
}

function keyProblems(config: Partial<Pick<AcsConfig, "ACS_SECRETS_KEY" | "ACS_SECRETS_KEY_PREVIOUS">>): readonly ConfigProblem[] {
  const keys = (["ACS_SECRETS_KEY", "ACS_SECRETS_KEY_PREVIOUS"] as const).flatMap((variable) => {
    const key = config[variable];
    return key === undefined || isSecretKey(key.reveal()) ? [] : [{ variable, problem: "expected 32 bytes as 64 hex digits or as base64" }];
  });
  const isAlone = config.ACS_SECRETS_KEY_PREVIOUS !== undefined && config.ACS_SECRETS_KEY === undefined;
  return isAlone ? [...keys, { variable: "ACS_SECRETS_KEY", problem: "is required with ACS_SECRETS_KEY_PREVIOUS" }] : keys;
}

function stunProblems(
  config: Partial<Pick<AcsConfig, "ACS_STUN_PORT" | "PUBLIC_STUN_ADDRESS" | "PUBLIC_STUN_PORT">>,
): readonly ConfigProblem[] {
  const { ACS_STUN_PORT, PUBLIC_STUN_ADDRESS, PUBLIC_STUN_PORT } = config;
  const idle = [
    ...(PUBLIC_STUN_ADDRESS !== undefined && ACS_STUN_PORT === undefined ? ["PUBLIC_STUN_ADDRESS"] : []),
    ...(PUBLIC_STUN_PORT !== undefined && ACS_STUN_PORT === undefined ? ["PUBLIC_STUN_PORT"] : []),
  ].map((variable) => ({ variable, problem: "needs the STUN server: set ACS_STUN_PORT" }));
  const isPortless = PUBLIC_STUN_ADDRESS !== undefined && ACS_STUN_PORT === 0 && PUBLIC_STUN_PORT === undefined;
  return isPortless ? [...idle, { variable: "PUBLIC_STUN_PORT", problem: "is required when ACS_STUN_PORT is 0" }] : idle;
}

const XMPP_NEEDS = ["ACS_XMPP_DOMAIN", "ACS_XMPP_USERNAME", "ACS_XMPP_PASSWORD"] as const;

function xmppProblems(config: Partial<Pick<AcsConfig, (typeof XMPP_NEEDS)[number] | "ACS_XMPP_SERVICE">>): readonly ConfigProblem[] {
  if (config.ACS_XMPP_SERVICE === undefined) return [];
  return XMPP_NEEDS.filter((variable) => config[variable] === undefined).map((variable) => ({
    variable,
    problem: "is required with ACS_XMPP_SERVICE",
  }));
}

type TlsSettings = Partial<
  Pick<AcsConfig, `ACS_${"CWMP" | "API"}_TLS_${"CERT" | "KEY"}_FILE` | "ACS_CWMP_TLS_CLIENT_CA_FILE" | "ACS_CWMP_PLAIN_PORT">
> &
  Pick<AcsConfig, "ACS_BASIC_OVER_TLS">;

/** A setting that would silently do nothing without TLS is a mistake: its operator believes in more safety than there is. */
function tlsProblems(config: TlsSettings): readonly ConfigProblem[] {
  const halves = (["CWMP", "API"] as const).flatMap((name) => {
    const [cert, key] = [`ACS_${name}_TLS_CERT_FILE`, `ACS_${name}_TLS_KEY_FILE`] as const;
    if ((config[cert] === undefined) === (config[key] === undefined)) return [];
    const [missing, given] = config[cert] === undefined ? [cert, key] : [key, cert];
    return [{ variable: missing, problem: `is required with ${given}` }];
  });
  if (config.ACS_CWMP_TLS_CERT_FILE !== undefined || config.ACS_CWMP_TLS_KEY_FILE !== undefined) return halves;
  const given = {
    ACS_CWMP_TLS_CLIENT_CA_FILE: config.ACS_CWMP_TLS_CLIENT_CA_FILE !== undefined,
    ACS_CWMP_PLAIN_PORT: config.ACS_CWMP_PLAIN_PORT !== undefined,
    ACS_BASIC_OVER_TLS: config.ACS_BASIC_OVER_TLS,
  };
  const idle = Object.entries(given).filter(([, isGiven]) => isGiven);
  return [
    ...halves,
    ...idle.map(([variable]) => ({ variable, problem: "needs TLS: set ACS_CWMP_TLS_CERT_FILE and ACS_CWMP_TLS_KEY_FILE" })),
  ];
}
