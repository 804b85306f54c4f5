/**
 * Settings of the ACS, read once from the environment; every problem is reported at once, by name.
 * Layer: acs configuration.
 */
import { z } from "zod";
import { ConfigError, type ConfigProblem, flag, readConfig, secret } from "../common/config.js";
import { LOG_LEVELS } from "../common/log.js";
import { isSecretKey } from "../common/secret-box.js";

const port = () => z.coerce.number().int().min(0).max(65_535);
const httpUrl = () => z.url({ protocol: /^https?$/ });
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1_048_576;

export const acsSchema = z.object({
  ACS_DATA_DIR: z.string().min(1).default("./data").describe("folder of the store, the keys and the firmware files"),
  ACS_CWMP_HOST: z.string().default("0.0.0.0").describe("address on which devices reach CWMP"),
  ACS_CWMP_PORT: port().default(7547).describe("port of CWMP; 0 takes a free one"),
  ACS_FILES_HOST: z.string().default("0.0.0.0").describe("address of the file server"),
  ACS_FILES_PORT: port().default(7567).describe("port of the file server"),
  ACS_API_HOST: z.string().default("127.0.0.1").describe("address of REST; other than loopback needs --insecure until TLS is configured"),
  ACS_API_PORT: port().default(3000).describe("port of REST"),
  PUBLIC_FILES_URL: httpUrl()
    .optional()
    .describe("URL of the file server as devices reach it, written into Download; default http://127.0.0.1:<files port>, for trials only"),
  ACS_SIP_BRIDGE_URL: httpUrl()
    .optional()
    .describe("URL of the sip-bridge's HTTP contract, e.g. http://127.0.0.1:7549; without it devices are waited for"),
  ACS_SIP_BRIDGE_TOKEN: secret().optional().describe("its BRIDGE_TOKEN; required with ACS_SIP_BRIDGE_URL"),
  ACS_SECRETS_KEY: secret(32)
    .optional()
    .describe("32 bytes as hex or base64 that encrypt secrets at rest; default: made at first start, kept in ACS_DATA_DIR"),
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
  ACS_SESSIONS_MAX: z.coerce.number().int().min(1).max(1_000_000).default(20_000).describe("sessions at once; beyond it 503"),
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
  ACS_ANSWER_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(SECOND_MS)
    .max(HOUR_MS)
    .default(5 * MINUTE_MS)
    .describe("time for a task's answer before it is read back"),
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
  ACS_FILE_URL_LIFETIME_MS: z.coerce
    .number()
    .int()
    .min(MINUTE_MS)
    .max(7 * 24 * HOUR_MS)
    .default(2 * HOUR_MS)
    .describe("how long a signed firmware URL serves"),
  ACS_EVENT_RETENTION_MS: z.coerce
    .number()
    .int()
    .min(HOUR_MS)
    .max(3_650 * 24 * HOUR_MS)
    .default(30 * 24 * HOUR_MS)
    .describe("age at which events are removed"),
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

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

function problemsOf({ ACS_API_HOST, ACS_INSECURE, ACS_SECRETS_KEY, ...config }: AcsConfig): readonly ConfigProblem[] {
  // Whoever reaches REST rules every device: without TLS it stays on this machine (DESIGN 2).
  const isOpen = !LOOPBACK.test(ACS_API_HOST) && !ACS_INSECURE;
  const isNoKey = ACS_SECRETS_KEY !== undefined && !isSecretKey(ACS_SECRETS_KEY.reveal());
  const isTokenless = config.ACS_SIP_BRIDGE_URL !== undefined && config.ACS_SIP_BRIDGE_TOKEN === undefined;
  const open = "is not loopback and there is no TLS: keep 127.0.0.1 behind a TLS proxy, or say --insecure (ACS_INSECURE=true)";
  return [
    ...(isOpen ? [{ variable: "ACS_API_HOST", problem: open }] : []),
    ...(isNoKey ? [{ variable: "ACS_SECRETS_KEY", problem: "expected 32 bytes as 64 hex digits or as base64" }] : []),
    ...(isTokenless ? [{ variable: "ACS_SIP_BRIDGE_TOKEN", problem: "is required with ACS_SIP_BRIDGE_URL" }] : []),
  ];
}
