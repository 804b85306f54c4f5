/**
 * The reachability ladder: which ways there are to wake a device, in which order they are tried, and why others are not.
 * Spec: DESIGN 4; TR-069 3.2.2, Annex G, Annex K; field quirks 44, 49. Layer: wake, pure.
 */

import { isPublicAddress } from "../../common/address-guard.js";
import type { WakeTarget } from "../../schemas/wake-contract.js";
import { type Reachability, RUNGS, type Rung, type RungRecord, type RungRecords, type UdpAddress } from "../devices/reachability.js";
import { type ConnectionRequestUrl, hostOf, isNumericHost, readConnectionRequestUrl } from "./connection-request-url.js";
import type { NamedValue, SipTarget } from "./sip-target.js";
import { readUdpAddress } from "./udp-address.js";

export const RUNG_NAMES: Readonly<Record<Rung, string>> = { sip: "SIP", http: "HTTP", udp: "UDP", xmpp: "XMPP" };

export type RungOutcome =
  /** The device took it: the Inform should follow. */
  | "accepted"
  /** Nobody answers on this rung, or the connection was cut before an answer: the Inform may follow. */
  | "unanswered"
  /** It was heard, but not now: the device is in a session or guards itself. */
  | "busy"
  | "wrong-credentials"
  /** Offline, or behind a NAT. */
  | "unreachable"
  /** It answered, but not as the standard says; or we don't go there. */
  | "refused";

export interface RungResult {
  readonly outcome: RungOutcome;
  /** For people: "401 after digest". */
  readonly detail: string;
  /** The device wanted the password itself, and had it. */
  readonly usedBasic?: true;
}

/** One way to wake this device now. */
export type Step =
  | { readonly rung: "sip"; readonly target: WakeTarget }
  | { readonly rung: "http"; readonly url: URL }
  | { readonly rung: "udp"; readonly address: UdpAddress }
  | { readonly rung: "xmpp"; readonly jabberId: string };

export interface Ladder {
  /** In the order in which they are to be tried. */
  readonly steps: readonly Step[];
  readonly skipped: readonly Skipped[];
}

interface Skipped {
  readonly rung: Rung;
  readonly why: string;
}

export interface LadderInput {
  /** `null` with the reason for which no NOTIFY can be sent. */
  readonly sip: SipTarget;
  /** Root object of the device's data model; null: it never called in. */
  readonly root: string | null;
  /** The entries of `ladderNames(root)`. */
  readonly values: readonly NamedValue[];
  readonly reachability: Reachability;
  /** undefined: the ACS can use this rung; else why it can't, e.g. "the STUN server is off". */
  readonly off: Readonly<Partial<Record<Exclude<Rung, "sip">, string>>>;
  /** The range for which nothing is sent to a numeric address; undefined: it may be. A name is judged when it is resolved. */
  readonly refusal: (address: string) => string | undefined;
}

const URL_NAME = "ManagementServer.ConnectionRequestURL";
const HTTP_ENABLE_NAME = "ManagementServer.HTTPConnectionRequestEnable";
const UDP_NAME = "ManagementServer.UDPConnectionRequestAddress";
const JABBER_NAME = "ManagementServer.ConnReqJabberID";

/** The parameters that the ladder looks at. */
export function ladderNames(root: string | null): readonly string[] {
  return root === null ? [] : [URL_NAME, HTTP_ENABLE_NAME, UDP_NAME, JABBER_NAME].map((name) => root + name);
}

/**
 * Rungs that woke this device last come first; then those that wake its model, then the untried, then those that never woke one of the
 * model but failed, then those that failed this device. An address that may mean somebody else here (private, or without port) is tried after the others of its kind (field quirk 44).
 */
export function ladder(input: LadderInput): Ladder {
  const found = RUNGS.map((rung) => ({ rung, way: WAYS[rung](input) }));
  const steps: { readonly step: Step; readonly place: number }[] = [];
  const skipped: Skipped[] = [];
  for (const { rung, way } of found) {
    if ("why" in way) skipped.push({ rung, why: way.why });
    else steps.push({ step: way.step, place: placeOf(rung, input.reachability, way.isDoubtful) });
  }
  return { steps: steps.sort((a, b) => a.place - b.place).map(({ step }) => step), skipped };
}

/** Lower is earlier; equal places keep the order of RUNGS. */
function placeOf(rung: Rung, { device, model }: Reachability, isDoubtful: boolean): number {
  const own = standing(device[rung]);
  if (own === "good") return 0;
  if (own === "bad") return 5;
  const { wokeAtMs = null, failedAtMs = null } = model[rung] ?? {};
  // One device that is switched off says nothing of its model; one that woke says much.
  if (wokeAtMs === null && failedAtMs !== null) return 4;
  if (isDoubtful) return 3;
  return wokeAtMs === null ? 2 : 1;
}

function standing(record: RungRecord | undefined): "good" | "bad" | "untried" {
  if (record === undefined || (record.wokeAtMs === null && record.failedAtMs === null)) return "untried";
  return (record.wokeAtMs ?? Number.NEGATIVE_INFINITY) >= (record.failedAtMs ?? Number.NEGATIVE_INFINITY) ? "good" : "bad";
}

/**
 * The rung whose asking a call-in with "6 CONNECTION REQUEST" answers: the one asked last, if that is not too long ago. One that has
 * failed since it was asked is credited only if no other can be: the device may have been slow.
 */
export function rungAnswered(records: RungRecords, nowMs: number, withinMs: number): Rung | undefined {
  const asked = RUNGS.flatMap((rung) => {
    const { askedAtMs = null, failedAtMs = null } = records[rung] ?? {};
    if (askedAtMs === null || nowMs - askedAtMs > withinMs) return [];
    return [{ rung, askedAtMs, hasFailed: failedAtMs !== null && failedAtMs >= askedAtMs }];
  });
  return asked.sort((a, b) => Number(a.hasFailed) - Number(b.hasFailed) || b.askedAtMs - a.askedAtMs)[0]?.rung;
}

type Way = { readonly step: Step; readonly isDoubtful: boolean } | { readonly why: string };

const WAYS: Readonly<Record<Rung, (input: LadderInput) => Way>> = {
  sip: ({ sip }) => (sip.target === null ? { why: sip.why } : { step: { rung: "sip", target: sip.target }, isDoubtful: false }),
  http: (input) => {
    if (input.off.http !== undefined) return { why: input.off.http };
    if (/^(0|false)$/i.test(read(input, HTTP_ENABLE_NAME))) return { why: "the device has HTTPConnectionRequestEnable switched off" };
    const url: ConnectionRequestUrl = readConnectionRequestUrl(read(input, URL_NAME));
    if ("why" in url) return url;
    const why = isNumericHost(url.url) ? refused(hostOf(url.url), input) : undefined;
    return why ?? { step: { rung: "http", url: url.url }, isDoubtful: url.isDoubtful };
  },
  udp: (input) => {
    if (input.off.udp !== undefined) return { why: input.off.udp };
    const text = read(input, UDP_NAME);
    // What STUN saw is nearer to the truth than what the device concludes from it, and as fresh as its keep-alives.
    const address = input.reachability.udpBinding ?? readUdpAddress(text);
    if (address === undefined)
      return { why: text === "" ? "no UDP binding is known" : "UDPConnectionRequestAddress is no address with a port" };
    const { host, port } = address;
    return refused(host, input) ?? { step: { rung: "udp", address: { host, port } }, isDoubtful: !isPublicAddress(host) };
  },
  xmpp: (input) => {
    if (input.off.xmpp !== undefined) return { why: input.off.xmpp };
    const jabberId = read(input, JABBER_NAME);
    if (jabberId === "") return { why: "no ConnReqJabberID is known" };
    return isJabberId(jabberId) ? { step: { rung: "xmpp", jabberId }, isDoubtful: false } : { why: "ConnReqJabberID is no Jabber ID" };
  },
};

function refused(address: string, { refusal }: LadderInput): { readonly why: string } | undefined {
  const range = refusal(address);
  return range === undefined ? undefined : { why: `${address} is in a refused address range: ${range}` };
}

function read({ root, values }: LadderInput, name: string): string {
  const text = values.find((value) => value.name === `${root ?? ""}${name}`)?.value?.trim() ?? "";
  return text === "(null)" ? "" : text;
}

const JABBER_ID_CHARACTERS_MAX = 3_071;

/** RFC 7622: local@domain, perhaps a resource. A domain alone is a server, never a device. */
function isJabberId(text: string): boolean {
  return text.length <= JABBER_ID_CHARACTERS_MAX && /^[^\s@/"&'<>:]+@[^\s@/"&'<>]+(\/[^\p{Cc}]+)?$/u.test(text);
}

/** What is said of a device that no rung reaches. Rungs that are off for all devices are no news. */
export function explainSkipped({ skipped }: Ladder, off: LadderInput["off"]): string {
  const news = skipped.filter(({ rung }) => rung === "sip" || off[rung] === undefined);
  return `${news.map(({ rung, why }) => `${RUNG_NAMES[rung]}: ${why}`).join("; ")}; waiting for the device to call in`;
}
