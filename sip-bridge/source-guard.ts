/**
 * Which requests of strangers are looked at: scanners, banned sources and floods are dropped without a word, and counted.
 * Who proves a password gets back what his requests cost, so that gateways behind one NAT never run short; what a datagram claims about
 * its source may be a lie, so a source that has proved itself lately is never banned.
 * Spec: sip.md 11. Layer: sip-bridge. Time is passed in; memory is bounded.
 */

import { sourceNetwork } from "./net/source-network.js";
import type { Flow } from "./net/transport.js";
import { type Domains, isOurDomain } from "./registrar/address-of-record.js";
import { isScanner } from "./scanners.js";
import { MalformedMessage, type SipMessage, type SipRequest } from "./sip/message.js";
import { parseUri } from "./sip/uri.js";

export interface GuardLimits {
  /** Requests without proof, of one network (24 bits of IPv4, 64 of IPv6), at once and each second. 0 a second: no limit. */
  readonly burst: number;
  readonly perSecond: number;
  readonly networksMax: number;
  /** What an address may do wrong within a minute; one offence more and it is banned. */
  readonly offencesPerMinute: number;
  /** 0: nobody is banned. */
  readonly banMs: number;
  readonly bansMax: number;
}

export const GUARD_LIMITS: GuardLimits = {
  ...{ burst: 2_000, perSecond: 200, networksMax: 10_000 },
  ...{ offencesPerMinute: 20, banMs: 600_000, bansMax: 10_000 },
};

/** A scanner's name counts five times: nobody sends it by mistake. */
const OFFENCE = { scanner: 5, "foreign-domain": 1, "wrong-credentials": 1 } as const;
const MINUTE_MS = 60_000;

export interface GuardOptions {
  readonly domains: Domains;
  /** What our own sockets are called, besides the domains: keep-alives (OPTIONS) are addressed to these. */
  readonly ownHosts: readonly string[];
  /** Requests for other domains get no answer; false: a refusal. */
  readonly dropsForeignDomains: boolean;
  readonly isProven: (address: string, nowMs: number) => boolean;
  readonly limits?: Partial<GuardLimits>;
}

export interface GuardCounters {
  readonly scannersIgnored: number;
  readonly foreignDomains: number;
  readonly throttled: number;
  /** Requests of banned sources. */
  readonly bannedIgnored: number;
  readonly bans: number;
}

export interface SourceGuard {
  /** False: the message is dropped. */
  admits(message: SipMessage, flow: Flow, nowMs: number): boolean;
  /** A password was proved from there. */
  proved(flow: Flow): void;
  wrongCredentials(flow: Flow, nowMs: number): void;
  /** Whether the Request-URI names us. */
  isForUs(request: SipRequest): boolean;
  counters(): GuardCounters;
  /** Sources banned now, with what they are banned until. */
  banned(nowMs: number): readonly { readonly address: string; readonly untilMs: number }[];
  /** False: it was not. */
  unban(address: string): boolean;
}

interface Bucket {
  level: number;
  atMs: number;
}

/** A request and its repetition with credentials. */
const REFUND = 2;

export function createSourceGuard({ domains, ownHosts, dropsForeignDomains, isProven, ...options }: GuardOptions): SourceGuard {
  const limits = { ...GUARD_LIMITS, ...options.limits };
  /** Tokens left, by network. */
  const networks = new Map<string, Bucket>();
  /** Offences that are not forgotten yet, by address. */
  const offenders = new Map<string, Bucket>();
  const bans = new Map<string, number>();
  const counts = { scannersIgnored: 0, foreignDomains: 0, throttled: 0, bannedIgnored: 0, bans: 0 };
  const own: ReadonlySet<string> = new Set(ownHosts.map((host) => host.toLowerCase()));

  function isForUs({ uri }: SipRequest): boolean {
    try {
      const { host } = parseUri(uri);
      return isOurDomain(host, domains) || own.has(host.toLowerCase());
    } catch (error) {
      if (error instanceof MalformedMessage) return true; // to be answered 416 or 400 by those who read it
      throw error;
    }
  }

  function isBanned(address: string, nowMs: number): boolean {
    const untilMs = bans.get(address);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return !isProven(address, nowMs);
    bans.delete(address);
    return false;
  }

  function offend(address: string, offence: keyof typeof OFFENCE, nowMs: number): void {
    if (limits.banMs === 0 || isProven(address, nowMs)) return;
    const bucket = bucketOf(offenders, address, 0, limits.networksMax, nowMs);
    const forgotten = ((nowMs - bucket.atMs) / MINUTE_MS) * limits.offencesPerMinute;
    bucket.level = Math.max(0, bucket.level - forgotten) + OFFENCE[offence];
    bucket.atMs = nowMs;
    if (bucket.level <= limits.offencesPerMinute) return;
    offenders.delete(address);
    counts.bans++;
    bans.delete(address);
    bans.set(address, nowMs + limits.banMs);
    forgetOldest(bans, limits.bansMax);
  }

  function takeToken(address: string, nowMs: number): boolean {
    const { burst, perSecond, networksMax } = limits;
    if (perSecond === 0) return true;
    const bucket = bucketOf(networks, sourceNetwork(address), burst, networksMax, nowMs);
    bucket.level = Math.min(burst, bucket.level + (Math.max(nowMs - bucket.atMs, 0) / 1_000) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.level < 1) return false;
    bucket.level--;
    return true;
  }

  return {
    isForUs,
    admits(message, { remoteAddress }, nowMs) {
      if (message.kind === "response" || message.method === "ACK") return true; // they belong to something of ours, or to nothing
      if (isBanned(remoteAddress, nowMs)) {
        counts.bannedIgnored++;
        return false;
      }
      if (isScanner(message)) {
        counts.scannersIgnored++;
        offend(remoteAddress, "scanner", nowMs);
        return false;
      }
      if (!isForUs(message)) {
        counts.foreignDomains++;
        offend(remoteAddress, "foreign-domain", nowMs);
        if (dropsForeignDomains) return false;
      }
      if (takeToken(remoteAddress, nowMs)) return true;
      counts.throttled++;
      return false;
    },
    proved({ remoteAddress }) {
      const bucket = networks.get(sourceNetwork(remoteAddress));
      if (bucket !== undefined) bucket.level = Math.min(limits.burst, bucket.level + REFUND);
    },
    wrongCredentials: ({ remoteAddress }, nowMs) => offend(remoteAddress, "wrong-credentials", nowMs),
    counters: () => ({ ...counts }),
    banned: (nowMs) =>
      [...bans]
        .filter(([address, untilMs]) => untilMs > nowMs && !isProven(address, nowMs))
        .map(([address, untilMs]) => ({ address, untilMs })),
    unban: (address) => bans.delete(address),
  };
}

function bucketOf(buckets: Map<string, Bucket>, key: string, level: number, entriesMax: number, nowMs: number): Bucket {
  const known = buckets.get(key);
  if (known !== undefined) return known;
  const fresh = { level, atMs: nowMs };
  buckets.set(key, fresh);
  forgetOldest(buckets, entriesMax);
  return fresh;
}

function forgetOldest(map: Map<string, unknown>, entriesMax: number): void {
  const oldest = map.keys().next();
  if (map.size > entriesMax && !oldest.done) map.delete(oldest.value);
}
