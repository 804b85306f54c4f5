/**
 * What a simulated gateway is made of, and what it tells about itself while it runs.
 * Layer: device-sim.
 */
import type { Clock } from "../../common/clock.js";
import type { Behaviour } from "../behaviours/behaviour.js";
import type { ClientEvent } from "../cpe/management-client.js";
import type { DhcpServer } from "../dhcp/ask-dhcp.js";
import type { EffectsLog } from "../effects-log.js";
import type { NmsEvent } from "../nms/nms-client.js";
import type { NotifyPolicy } from "../phone/judge-notify.js";
import type { PhoneEvent } from "../phone/phone.js";
import type { PhoneTransport } from "../phone/sip-way.js";

export type GatewayEvent =
  | ClientEvent
  | PhoneEvent
  | NmsEvent
  | { readonly kind: "booted"; readonly softwareVersion: string }
  | { readonly kind: "value-set"; readonly parameterKey: string; readonly changed: readonly string[] }
  | { readonly kind: "rebooting"; readonly commandKeys: readonly string[] }
  | { readonly kind: "downloading"; readonly commandKey: string; readonly bytes: number; readonly bytesExpected: number }
  | { readonly kind: "download-failed"; readonly commandKey: string; readonly faultCode: number; readonly why: string }
  | { readonly kind: "upload-failed"; readonly commandKey: string; readonly faultCode: number; readonly why: string }
  | { readonly kind: "firmware-applied"; readonly commandKey: string; readonly version: string }
  /** `state` by its standard name. `why`: what the device noticed; absent where the test was done. */
  | { readonly kind: "test-ended"; readonly object: string; readonly state: string; readonly why?: string }
  /** Of UDPEchoConfig. */
  | { readonly kind: "echo-server"; readonly state: "open" | "failed"; readonly port: number; readonly why?: string }
  | { readonly kind: "powered-off" };

/** TR-098 with TR-104 issue 1, TR-181 with TR-104 issue 2. */
export const MODEL_NAMES = ["tr098", "tr181"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export interface SipOptions {
  /** Name or address. */
  readonly registrar: string;
  readonly registrarPort: number;
  /** Default "UDP". Over TLS the registrar's certificate must be for `registrar`. */
  readonly transport?: PhoneTransport;
  readonly domain: string;
  readonly password: string;
  /** Local address. Default: the one that leads to the registrar. */
  readonly address?: string;
  /** Local port. Default: any. */
  readonly port?: number;
}

/** A gateway of voice-signalled management. */
export interface NmsOptions {
  /** Where files lie whose place is agreed in advance: their names are added to it. Absent: nothing is agreed. */
  readonly filesUrl?: string;
  /** "document": it tells no ids of actions, as gateways that read the document's own fields only. Default "extended". */
  readonly format?: "document" | "extended";
}

export interface GatewayOptions {
  /** Which device it is: the same seed and number give the same serial number, MAC address and line. */
  readonly seed: number;
  readonly number: number;
  /** What it calls its parameters. Default "tr098". */
  readonly model?: ModelName;
  /** Absent: it is managed over CWMP. Else over NMS (US 2012/0089717 A1), and acsUrl is that of the NMS server. */
  readonly nms?: NmsOptions;
  /** "": unknown, to be asked of the DHCP server. */
  readonly acsUrl: string;
  /** Whom to ask for the ACS when none is known, or the one that it named can't be reached, and for the gateway whose LAN this is. Absent: nobody. */
  readonly dhcpServer?: DhcpServer;
  /** Where devices in its own LAN are heard with DHCPINFORM: IPv4 address, and port (0: any). Absent: nowhere. */
  readonly lanDhcp?: { readonly host: string; readonly port: number };
  /** Default: OUI-ProductClass-SerialNumber. */
  readonly acsUsername?: string;
  readonly acsPassword: string;
  /** Certificates (PEM) to trust for https and for SIP over TLS. Default: the system's. */
  readonly ca?: string;
  /** The device's own certificate and key (PEM), shown to an ACS that asks for one. Absent: it has none. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Absent: no phone is connected. */
  readonly sip?: SipOptions;
  /** Line number of device 0. Default 1001. */
  readonly firstLineNumber?: number;
  /** Default 300. */
  readonly periodicInformIntervalS?: number;
  /** Where HTTP connection requests are heard. Absent: nowhere, as behind a NAT. */
  readonly connectionRequest?: { readonly host: string; readonly port: number };
  /** ConnectionRequestURL to announce in place of its own, `{device}` in it being the device's id: somebody else hears for it. */
  readonly connectionRequestUrl?: string;
  readonly behaviours?: readonly Behaviour[];
  /** Default: obeys the registrar's flow only, other events 489. */
  readonly notifyPolicy?: Partial<Omit<NotifyPolicy, "fixedAnswer">>;
  /** Names or paths of programs that tests are done with. Default: "ping", "traceroute". */
  readonly tools?: { readonly ping?: string; readonly traceroute?: string };
  /** How long an ACS may be silent. Default 30,000, what TR-069 wants at least. */
  readonly answerTimeoutMs?: number;
  /** Waits between retries are multiplied by it. Default 1. */
  readonly retryTimeScale?: number;
  /** From the end of a reboot's session to the next start. Default 500. */
  readonly bootMs?: number;
  /** UpTime at the first power-up, seconds. Default 0. */
  readonly upTimeBaseS?: number;
  /** File of the nonvolatile memory. Absent: it lasts as long as this object. */
  readonly memoryFile?: string;
  readonly effects?: EffectsLog;
  readonly clock?: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
  readonly randomBytes?: (count: number) => Uint8Array;
  readonly onEvent?: (event: GatewayEvent) => void;
  /** Our own bug. Default: thrown, so that it ends the process. */
  readonly onError?: (error: unknown) => void;
}

export const DEFAULTS = {
  firstLineNumber: 1_001,
  periodicInformIntervalS: 300,
  answerTimeoutMs: 30_000,
  retryTimeScale: 1,
  bootMs: 500,
} as const;
