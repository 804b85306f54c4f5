/**
 * Structured logs, one JSON object per line, with secrets taken out by field name.
 * Layer: common.
 */
import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Fields that hold secrets, at the top or one or two objects down. Header names are those of node:http: lower case. */
const SECRET_FIELDS = ["password", "secret", "token", "ha1", "ha1Md5", "ha1Sha256", "authorization", "cookie", "privateKey", "credentials"];
const REDACTED_PATHS = [
  ...SECRET_FIELDS,
  ...SECRET_FIELDS.map((field) => `*.${field}`),
  ...SECRET_FIELDS.map((field) => `*.*.${field}`),
  ...["proxy-authorization", "www-authenticate", "set-cookie"].flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
];

export interface LogOptions {
  /** The program that writes, e.g. "sip-bridge". */
  readonly name: string;
  readonly level: (typeof LOG_LEVELS)[number];
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

export function createLog({ name, level, destination }: LogOptions): Logger {
  const options = { name, level, redact: { paths: REDACTED_PATHS, censor: "[secret]" } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** For tests and for parts that nobody listens to. */
export const silentLog: Logger = pino({ level: "silent" });
