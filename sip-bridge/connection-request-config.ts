/**
 * Settings of the Connection-Request gateway and of the CWMP relay, from environment variables.
 * Layer: config.
 */
import { z } from "zod";
import { type ConfigProblem, flag, list, type Secret, secret } from "../common/config.js";
import { DIGEST_HASHES } from "../common/digest.js";
import { isSecretKey } from "../common/secret-box.js";
import { CONNECTION_REQUEST_LIMITS } from "./connection-request-service.js";
import type { ListenersConfig } from "./http/open-listeners.js";
import { RELAY_LIMITS } from "./http/relay.js";
import { type ConnectionRequestsConfig, GATEWAY_REALM, RELAY_DEVICES_MAX } from "./open-connection-requests.js";
import { RELAY_CONNECTIONS_MAX, RELAY_CONNECTIONS_PER_SOURCE_MAX, type RelayConfig } from "./open-relay.js";

const port = () => z.coerce.number().int().min(0).max(65_535);
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const host = () => z.string().regex(/^[A-Za-z0-9._:[\]-]+$/, "is not a host name or address");
const file = () => z.string().min(1).optional();

export const connectionRequestVariables = {
  CR_PUBLIC_URL: z
    .string()
    .max(200) // with the id it must fit a parameter of 256 characters, and it stands in XML as it is
    .regex(
      /^https?:\/\/[A-Za-z0-9.:[\]_-]+(\/[A-Za-z0-9._~-]+)*$/,
      "expected http:// or https://, a host, perhaps a path; nothing after it",
    )
    .optional()
    .describe("how ACSs reach the Connection-Request gateway, e.g. http://bridge.example:7548; default: there is none"),
  CR_HOST: host().default("127.0.0.1").describe("local address for connection requests; ACSs elsewhere need another than loopback"),
  CR_PORT: port().default(7548).describe("local port for connection requests"),
  CR_TLS_CERT_FILE: file().describe("PEM certificate (with those between it and the root): CR_PORT speaks TLS then"),
  CR_TLS_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  CR_PLAIN_PORT: port().optional().describe("a second port for connection requests, without TLS"),
  CR_REALM: z
    .string()
    .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/, "expected 1 to 128 plain characters")
    .default(GATEWAY_REALM)
    .describe("realm of their digest; logins that are known belong to it"),
  CR_DIGEST_ALGORITHMS: list()
    .pipe(z.array(z.enum(DIGEST_HASHES, { error: `expected some of ${DIGEST_HASHES.join(", ")}, separated by commas` })).min(1))
    .default(["MD5"])
    .describe("offered to ACSs, in this order; MD5 alone is what TR-069 and every ACS speaks"),
  CR_SUCCESS_STATUS: z.enum(["200", "204"]).default("200").describe("what an ACS is answered when the gateway took the NOTIFY"),
  CR_ANSWER_WITHIN_MS: count(100, 30_000)
    .default(CONNECTION_REQUEST_LIMITS.answerWithinMs)
    .describe("how long an ACS waits for the gateway's answer; 503 then, while the wake goes on"),
  CR_PER_DEVICE_PER_HOUR: count(1, 100_000).default(CONNECTION_REQUEST_LIMITS.perHour).describe("wakes of one device by ACSs in an hour"),
  CR_PER_SECOND: count(1, 100_000).default(CONNECTION_REQUEST_LIMITS.totalPerSecond).describe("wakes of all devices by ACSs in a second"),
  BRIDGE_SECRETS_KEY: secret(32)
    .optional()
    .describe("seals the logins of devices: 32 bytes as hex or base64; default: SIP_STORE_FILE.secrets-key, made at first start"),
};

const hostPart = /^https?:\/\/[A-Za-z0-9.:[\]_-]+\/?$/;

export const relayVariables = {
  RELAY_UPSTREAM_URL: z
    .string()
    .max(256)
    .regex(hostPart, "expected http:// or https://, a host, perhaps a port; the path is the devices'")
    .optional()
    .describe("an existing ACS that the CWMP relay stands before, e.g. https://acs.example:7547; default: there is no relay"),
  RELAY_UPSTREAM_CA_FILE: file().describe("certificates (PEM) to trust for it instead of the system's"),
  RELAY_HOST: host().default("0.0.0.0").describe("local address that devices call in place of the ACS"),
  RELAY_PORT: port().default(7550).describe("local port that they call"),
  RELAY_TLS_CERT_FILE: file().describe("PEM certificate (with those between it and the root): RELAY_PORT speaks TLS then"),
  RELAY_TLS_KEY_FILE: file().describe("its key, PEM; both are read again when they change"),
  RELAY_PLAIN_PORT: port().optional().describe("a second port for devices, without TLS"),
  RELAY_HOST_HEADER: z
    .enum(["device", "upstream"])
    .default("device")
    .describe("the Host that the ACS sees: the one that the device called, or that of RELAY_UPSTREAM_URL"),
  RELAY_FORWARDED_FOR: flag().default(false).describe("tell the ACS the address of the device (X-Forwarded-For)"),
  RELAY_BODY_BYTES_MAX: count(32_768, 67_108_864)
    .default(RELAY_LIMITS.bodyBytesMax)
    .describe("longer messages pass without being looked at"),
  RELAY_ANSWER_TIMEOUT_MS: count(1_000, 280_000).default(RELAY_LIMITS.answerTimeoutMs).describe("how long the ACS may be silent"),
  RELAY_CONNECTIONS_MAX: count(1, 1_000_000).default(RELAY_CONNECTIONS_MAX).describe("open connections of devices, for each port"),
  RELAY_CONNECTIONS_PER_SOURCE_MAX: count(1, 1_000_000)
    .default(RELAY_CONNECTIONS_PER_SOURCE_MAX)
    .describe("of these from one IPv4 address or IPv6 network of 64 bits"),
  RELAY_DEVICES_MAX: count(1, 10_000_000)
    .default(RELAY_DEVICES_MAX)
    .describe("devices beyond which the relay adds none to the store by itself"),
};

export type ConnectionRequestEnvironment = z.output<z.ZodObject<typeof connectionRequestVariables & typeof relayVariables>>;

export function connectionRequestProblems(config: ConnectionRequestEnvironment): ConfigProblem[] {
  const key: Secret | undefined = config.BRIDGE_SECRETS_KEY;
  const isHomeless = config.RELAY_UPSTREAM_URL !== undefined && config.CR_PUBLIC_URL === undefined;
  const isNoKey = key !== undefined && !isSecretKey(key.reveal());
  return [
    ...tlsProblems("CR", config.CR_TLS_CERT_FILE, config.CR_TLS_KEY_FILE, config.CR_PLAIN_PORT),
    ...tlsProblems("RELAY", config.RELAY_TLS_CERT_FILE, config.RELAY_TLS_KEY_FILE, config.RELAY_PLAIN_PORT),
    ...(isHomeless ? [{ variable: "CR_PUBLIC_URL", problem: "is required with RELAY_UPSTREAM_URL: it is what the ACS is given" }] : []),
    ...(isNoKey ? [{ variable: "BRIDGE_SECRETS_KEY", problem: "expected 32 bytes as 64 hex digits or as base64" }] : []),
  ];
}

/** A setting that would silently do nothing without TLS is a mistake. */
function tlsProblems(
  prefix: string,
  certFile: string | undefined,
  keyFile: string | undefined,
  plainPort: number | undefined,
): ConfigProblem[] {
  const [cert, key] = [`${prefix}_TLS_CERT_FILE`, `${prefix}_TLS_KEY_FILE`];
  if (certFile !== undefined && keyFile === undefined) return [{ variable: key, problem: `is required with ${cert}` }];
  if (certFile === undefined && keyFile !== undefined) return [{ variable: cert, problem: `is required with ${key}` }];
  const isIdle = certFile === undefined && plainPort !== undefined;
  return isIdle ? [{ variable: `${prefix}_PLAIN_PORT`, problem: `needs TLS: set ${cert} and ${key}` }] : [];
}

/** With certificates the port speaks TLS, and the plain port is the second. */
function listenersOf(
  address: string,
  mainPort: number,
  certFile: string | undefined,
  keyFile: string | undefined,
  plainPort: number | undefined,
): ListenersConfig {
  if (certFile === undefined || keyFile === undefined) return { host: address, port: mainPort };
  return { host: address, port: plainPort ?? null, tls: { port: mainPort, files: { certFile, keyFile } } };
}

/** undefined: no gateway is wanted. */
export function connectionRequestsOf(env: ConnectionRequestEnvironment): ConnectionRequestsConfig | undefined {
  if (env.CR_PUBLIC_URL === undefined) return undefined;
  return {
    listeners: listenersOf(env.CR_HOST, env.CR_PORT, env.CR_TLS_CERT_FILE, env.CR_TLS_KEY_FILE, env.CR_PLAIN_PORT),
    publicUrl: env.CR_PUBLIC_URL,
    realm: env.CR_REALM,
    algorithms: env.CR_DIGEST_ALGORITHMS,
    learntMax: env.RELAY_DEVICES_MAX,
    successStatus: env.CR_SUCCESS_STATUS === "204" ? 204 : 200,
    limits: { answerWithinMs: env.CR_ANSWER_WITHIN_MS, perHour: env.CR_PER_DEVICE_PER_HOUR, totalPerSecond: env.CR_PER_SECOND },
    ...(env.BRIDGE_SECRETS_KEY === undefined ? {} : { secretsKey: env.BRIDGE_SECRETS_KEY }),
  };
}

/** undefined: no relay is wanted. */
export function relayOf(env: ConnectionRequestEnvironment): RelayConfig | undefined {
  if (env.RELAY_UPSTREAM_URL === undefined) return undefined;
  return {
    listeners: listenersOf(env.RELAY_HOST, env.RELAY_PORT, env.RELAY_TLS_CERT_FILE, env.RELAY_TLS_KEY_FILE, env.RELAY_PLAIN_PORT),
    upstreamUrl: env.RELAY_UPSTREAM_URL,
    ...(env.RELAY_UPSTREAM_CA_FILE === undefined ? {} : { upstreamCaFile: env.RELAY_UPSTREAM_CA_FILE }),
    hostHeader: env.RELAY_HOST_HEADER,
    tellsAddress: env.RELAY_FORWARDED_FOR,
    connectionsMax: env.RELAY_CONNECTIONS_MAX,
    connectionsPerSourceMax: env.RELAY_CONNECTIONS_PER_SOURCE_MAX,
    limits: { bodyBytesMax: env.RELAY_BODY_BYTES_MAX, answerTimeoutMs: env.RELAY_ANSWER_TIMEOUT_MS },
  };
}
