/**
 * The voice line as its parameters describe it in a TR-098 gateway.
 * Spec: TR-104 issue 1, VoiceProfile.{i}.SIP, Line.{i}.SIP (defaults between them). Layer: phone, pure.
 */
import { REGISTRATION_DIAGNOSTICS } from "../../schemas/data-models/registration-diagnostics.js";
import { type Device, setting } from "../device/device.js";
import { type EventSubscribe, readEventSubscribe } from "./event-subscribe.js";
import type { PhoneTransport } from "./sip-way.js";

/** What tells the line of one device from the next. */
export interface LineAccount {
  readonly registrar: string;
  readonly registrarPort: number;
  readonly transport: PhoneTransport;
  readonly domain: string;
  /** Directory number, SIP user and authentication user. */
  readonly number: string;
  readonly password: string;
}

export interface LineConfig {
  /** Both the profile and the line are enabled. */
  readonly enabled: boolean;
  /** Where REGISTER goes: the outbound proxy if there is one, else the registrar, else the proxy. "" if none is configured. */
  readonly serverHost: string;
  readonly serverPort: number;
  readonly transport: string;
  readonly domain: string;
  /** "sip:1001@voice.example". */
  readonly addressOfRecord: string;
  readonly authUserName: string;
  readonly authPassword: string;
  readonly registerExpiresS: number;
  readonly retryIntervalS: number;
  /** Local port for SIP; 0: any. */
  readonly userAgentPort: number;
  readonly subscriptions: readonly EventSubscribe[];
}

/** Values of Line.Status (TR-104 issue 1) that this device reports. */
export type LineStatus = "Disabled" | "Initializing" | "Registering" | "Up" | "Error" | "Unregistering";

export const LINE_PATH = "Services.VoiceService.1.VoiceProfile.1.Line.1.";
const PROFILE_PATH = "Services.VoiceService.1.VoiceProfile.1.";

/** @param linePath Of another line than the phone's. */
export function readLine(device: Device, linePath = LINE_PATH): LineConfig {
  const profilePath = linePath.slice(0, linePath.indexOf("Line."));
  const profile = (leaf: string): string => setting(device, `${profilePath}SIP.${leaf}`);
  const line = (leaf: string): string => setting(device, `${linePath}SIP.${leaf}`);
  const enabled = setting(device, `${profilePath}Enable`) === "Enabled" && setting(device, `${linePath}Enable`) === "Enabled";
  // "If RegistrarServer is empty, the values of ProxyServer, its port and its transport are used."
  const role = profile("RegistrarServer") === "" ? "ProxyServer" : "RegistrarServer";
  const outbound = profile("OutboundProxy");
  const authUserName = line("AuthUserName");
  const domain = profile("UserAgentDomain") || profile(role);
  return {
    enabled,
    serverHost: outbound || profile(role),
    serverPort: Number(outbound === "" ? profile(`${role}Port`) : profile("OutboundProxyPort")),
    transport: profile(`${role}Transport`),
    domain,
    addressOfRecord: addressOfRecord(line("URI"), authUserName, domain),
    authUserName,
    authPassword: line("AuthPassword"),
    registerExpiresS: Number(profile("RegisterExpires")),
    retryIntervalS: Number(profile("RegisterRetryInterval")),
    userAgentPort: Number(profile("UserAgentPort")),
    subscriptions: readEventSubscribe(device, `${profilePath}SIP.EventSubscribe.`),
  };
}

/** Factory values; paths without the root. */
export function lineAccount({
  registrar,
  registrarPort,
  transport,
  domain,
  number,
  password,
}: LineAccount): Readonly<Record<string, string>> {
  const sip = `${PROFILE_PATH}SIP.`;
  return {
    ...{ [`${sip}ProxyServer`]: registrar, [`${sip}ProxyServerPort`]: String(registrarPort) },
    ...{ [`${sip}RegistrarServer`]: registrar, [`${sip}RegistrarServerPort`]: String(registrarPort) },
    ...{ [`${sip}ProxyServerTransport`]: transport, [`${sip}RegistrarServerTransport`]: transport },
    ...{ [`${sip}UserAgentDomain`]: domain, [`${sip}UserAgentPort`]: "0" },
    [`${LINE_PATH}DirectoryNumber`]: number,
    ...{ [`${LINE_PATH}SIP.AuthUserName`]: number, [`${LINE_PATH}SIP.AuthPassword`]: password },
    [`${LINE_PATH}SIP.URI`]: `sip:${number}@${domain}`,
  };
}

/** An empty URI is the user at the domain; one without "@" gets the domain. */
export function addressOfRecord(uri: string, user: string, domain: string): string {
  const bare = uri.replace(/^sip:/i, "") || user;
  return `sip:${bare.includes("@") ? bare : `${bare}@${domain}`}`;
}

/** Whether a change of this parameter (path without the root) makes the line register again. */
export function concernsLine(path: string): boolean {
  return (
    path.startsWith(`${PROFILE_PATH}SIP.`) ||
    (path.startsWith(`${LINE_PATH}SIP.`) && !path.startsWith(`${LINE_PATH}SIP.${REGISTRATION_DIAGNOSTICS}`)) ||
    path === `${PROFILE_PATH}Enable` ||
    path === `${LINE_PATH}Enable` ||
    path === `${PROFILE_PATH}Reset`
  );
}
