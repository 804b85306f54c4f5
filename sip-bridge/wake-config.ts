/**
 * Settings of waking: how NOTIFYs look, how fast they leave, and the operator's proxy.
 * Layer: config.
 */
import { isIP } from "node:net";
import { z } from "zod";
import { type ConfigProblem, list, secret } from "../common/config.js";
import { eventValue, restartsDevice } from "../schemas/wake-contract.js";
import { readTarget, Unlocatable } from "./locate/servers.js";
import type { SipBridgeConfig } from "./main.js";
import { parseUri } from "./sip/uri.js";
import { WAKE_LIMITS } from "./wake-service.js";

const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const hostName = () => z.string().regex(/^[A-Za-z0-9._:[\]-]+$/, "is not a host name or address");

function isDnsServer(text: string): boolean {
  const [, v6 = "", v4 = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return isIP(text) !== 0 || isIP(v6) === 6 || isIP(v4) === 4;
}

export const wakeVariables = {
  WAKE_EVENTS: list()
    .pipe(z.array(eventValue).min(1).max(4))
    .refine((events) => !events.some(restartsDevice), "holds a value that restarts devices; only a model's profile may, with allowsReboot")
    .default(["resync"])
    .describe("Event of NOTIFY when the ACS names none; the next one is tried when a device answers 489 or 481"),
  WAKE_FROM_USER: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,64}$/, "expected 1 to 64 letters, digits and . _ ~ -")
    .default("acs")
    .describe("user part of From and Contact in NOTIFY"),
  WAKE_FROM_DOMAIN: hostName().optional().describe("domain of From in NOTIFY; SIP_DOMAIN if not set"),
  WAKE_SUBSCRIPTION_STATE: z
    .string()
    .regex(/^[A-Za-z0-9=;_-]{1,64}$/, "expected a state with parameters, or none")
    .default("terminated")
    .describe('Subscription-State in NOTIFY; "none" leaves it out'),
  WAKE_IN_FLIGHT_MAX: count(1, 10_000).default(WAKE_LIMITS.inFlightMax).describe("NOTIFYs that wait for their answer"),
  WAKE_PER_SECOND: count(1, 100_000).default(WAKE_LIMITS.perSecond).describe("NOTIFYs that leave in a second"),
  WAKE_DEVICE_PER_MINUTE: count(1, 1_000).default(WAKE_LIMITS.perDevicePerMinute).describe("NOTIFYs to one device in a minute"),
  WAKE_QUEUED_MAX: count(0, 1_000_000).default(WAKE_LIMITS.queuedMax).describe("wakes that wait for their turn"),
  WAKE_PROXY: z
    .string()
    .max(512)
    .optional()
    .describe("the operator's proxy, for devices that are not registered here, e.g. sip:proxy.example;transport=tcp"),
  WAKE_PROXY_USER: z.string().min(1).max(256).optional().describe("whom the proxy's challenges are answered as; with WAKE_PROXY_PASSWORD"),
  WAKE_PROXY_PASSWORD: secret(1).optional().describe("its password"),
  WAKE_PROXY_REALM: z.string().min(1).max(256).optional().describe("the only realm that is answered; the proxy's host if not set"),
  WAKE_PROXY_DOMAINS: list()
    .default([])
    .describe("domains that the proxy serves beside SIP_DOMAIN, separated by commas; a redirection is followed to these only"),
  WAKE_PROXY_PER_SECOND: count(1, 100_000).default(WAKE_LIMITS.proxyPerSecond).describe("NOTIFYs that leave to the proxy in a second"),
  SIP_DNS_SERVERS: list()
    .refine((servers) => servers.every(isDnsServer), "expected addresses, each with or without a port, separated by commas")
    .optional()
    .describe("DNS servers for names of proxies; the system's if not set"),
};

const wakeSchema = z.object(wakeVariables);
type WakeEnvironment = z.output<typeof wakeSchema>;

export function wakeProblems({ WAKE_PROXY, WAKE_PROXY_USER, WAKE_PROXY_PASSWORD }: WakeEnvironment): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const trouble = WAKE_PROXY === undefined ? undefined : uriTrouble(WAKE_PROXY);
  if (trouble !== undefined) problems.push({ variable: "WAKE_PROXY", problem: trouble });
  if (WAKE_PROXY === undefined && WAKE_PROXY_USER !== undefined)
    problems.push({ variable: "WAKE_PROXY", problem: "is required when WAKE_PROXY_USER is set" });
  if ((WAKE_PROXY_USER === undefined) !== (WAKE_PROXY_PASSWORD === undefined)) {
    const missing = WAKE_PROXY_USER === undefined ? "WAKE_PROXY_USER" : "WAKE_PROXY_PASSWORD";
    problems.push({ variable: missing, problem: "is required: a user and a password go together" });
  }
  return problems;
}

function uriTrouble(uri: string): string | undefined {
  try {
    readTarget(uri);
    return parseUri(uri).headers.length === 0 ? undefined : "must have no headers (?…)";
  } catch (error) {
    if (error instanceof Unlocatable) return error.message;
    throw error;
  }
}

/** What these settings mean for the bridge. */
export function wakeConfigOf(
  environment: WakeEnvironment & { readonly SIP_DOMAIN: string },
): Pick<SipBridgeConfig, "notify" | "events" | "proxy" | "dnsServers" | "wake"> {
  const { SIP_DOMAIN, WAKE_FROM_DOMAIN, WAKE_SUBSCRIPTION_STATE, SIP_DNS_SERVERS } = environment;
  const proxy = proxyOf(environment);
  return {
    notify: {
      fromUser: environment.WAKE_FROM_USER,
      fromDomain: WAKE_FROM_DOMAIN ?? SIP_DOMAIN,
      subscriptionState: WAKE_SUBSCRIPTION_STATE === "none" ? null : WAKE_SUBSCRIPTION_STATE,
    },
    events: environment.WAKE_EVENTS,
    ...(proxy === undefined ? {} : { proxy }),
    ...(SIP_DNS_SERVERS === undefined ? {} : { dnsServers: SIP_DNS_SERVERS }),
    wake: {
      inFlightMax: environment.WAKE_IN_FLIGHT_MAX,
      perSecond: environment.WAKE_PER_SECOND,
      perDevicePerMinute: environment.WAKE_DEVICE_PER_MINUTE,
      proxyPerSecond: environment.WAKE_PROXY_PER_SECOND,
      queuedMax: environment.WAKE_QUEUED_MAX,
    },
  };
}

function proxyOf(environment: WakeEnvironment): SipBridgeConfig["proxy"] {
  const { WAKE_PROXY: uri, WAKE_PROXY_USER: username, WAKE_PROXY_PASSWORD: password, WAKE_PROXY_REALM, WAKE_PROXY_DOMAINS } = environment;
  if (uri === undefined) return undefined;
  const domains = WAKE_PROXY_DOMAINS.map((domain) => domain.toLowerCase());
  const realm = WAKE_PROXY_REALM ?? readTarget(uri).host;
  const account = username === undefined || password === undefined ? undefined : { username, password: password.reveal(), realm };
  return { uri, domains, ...(account === undefined ? {} : { account }) };
}
