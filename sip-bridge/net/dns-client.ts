/**
 * DNS questions over node:dns, bounded: how long one may take, how many answers count, how long they are kept, how many are kept.
 * node:dns tells the TTL of addresses only, so that NAPTR and SRV answers are kept for a fixed time.
 * Spec: RFC 3263 4; RFC 2308 (answers that say "none" are kept, too). Layer: net.
 */
import { Resolver } from "node:dns/promises";
import type { Clock } from "../../common/clock.js";
import type { NaptrRecord, SrvRecord } from "../locate/servers.js";
import { createRecent } from "../recent.js";

export const DNS_LIMITS = {
  /** Per try and server; a try more follows, so that a silent server costs twice this. */
  timeoutMs: 2_000,
  tries: 2,
  /** Records of one answer; more are not looked at. */
  recordsMax: 32,
  /** Answers kept. About 1 kB each. */
  answersKeptMax: 5_000,
  /** However long an address's TTL is; and for how long it is kept at least, so that a TTL of 0 is no way to make us ask for ever. */
  keptMsMax: 300_000,
  keptMsMin: 1_000,
  /** NAPTR and SRV, whose TTL we are not told. */
  recordsKeptMs: 60_000,
  /** "There is none", and failures. */
  noneKeptMs: 10_000,
  /** Different questions under way at once; beyond it: no answer. */
  askedMax: 200,
} as const;

/** The DNS did not answer, or answered that it can't: nothing is known of the name. */
export class DnsFailed extends Error {
  override readonly name = "DnsFailed";
}

/** Each resolves to `[]` when the name or the record does not exist, and rejects with DnsFailed when nobody can say. */
export interface DnsClient {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** Numeric addresses in the order of the answer. */
  addresses(name: string, family: 4 | 6): Promise<readonly string[]>;
}

export interface DnsClientOptions {
  /** "192.0.2.53" or "192.0.2.53:5353", "[2001:db8::53]:5353". Default: those of the system. */
  readonly servers?: readonly string[];
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

interface Kept {
  readonly answer: Promise<readonly unknown[]>;
  untilMs: number;
}

export function createDnsClient({ servers, clock, timeoutMs = DNS_LIMITS.timeoutMs }: DnsClientOptions): DnsClient {
  const resolver = new Resolver({ timeout: timeoutMs, tries: DNS_LIMITS.tries });
  if (servers !== undefined) resolver.setServers(servers);
  const kept = createRecent<Kept>({ entriesMax: DNS_LIMITS.answersKeptMax, ageMsMax: DNS_LIMITS.keptMsMax + DNS_LIMITS.timeoutMs * 10 });
  let asked = 0;

  /** One question for all who ask the same at the same time, and for those who come while the answer is good. */
  async function ask<Answer>(question: string, resolve: () => Promise<Answered<Answer>>): Promise<readonly Answer[]> {
    const known = kept.get(question, clock.now());
    if (known !== undefined && known.untilMs > clock.now()) return known.answer as Promise<readonly Answer[]>;
    if (asked >= DNS_LIMITS.askedMax) throw new DnsFailed(`${asked} DNS questions wait for their answers already`);
    asked++;
    let keptMs: number = DNS_LIMITS.noneKeptMs;
    const answer = resolve()
      .then((found) => {
        if (found.records.length > 0) keptMs = found.keptMs;
        return found.records.slice(0, DNS_LIMITS.recordsMax);
      }, none)
      .finally(() => {
        asked--;
        entry.untilMs = clock.now() + keptMs;
      });
    const entry: Kept = { answer, untilMs: Number.POSITIVE_INFINITY };
    kept.set(question, entry, clock.now());
    return answer;
  }

  return {
    naptr: (name) => ask(`naptr ${name}`, async () => ({ records: await resolver.resolveNaptr(name), keptMs: DNS_LIMITS.recordsKeptMs })),
    srv: (name) => ask(`srv ${name}`, async () => ({ records: await resolver.resolveSrv(name), keptMs: DNS_LIMITS.recordsKeptMs })),
    addresses: (name, family) =>
      ask(`address${family} ${name}`, async () => {
        const found = await (family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }));
        return { records: found.map(({ address }) => address), keptMs: lifetimeMs(found) };
      }),
  };
}

interface Answered<Answer> {
  readonly records: readonly Answer[];
  readonly keptMs: number;
}

function lifetimeMs(found: readonly { readonly ttl: number }[]): number {
  const shortestS = Math.min(...found.slice(0, DNS_LIMITS.recordsMax).map(({ ttl }) => ttl));
  return Math.min(Math.max(shortestS * 1_000, DNS_LIMITS.keptMsMin), DNS_LIMITS.keptMsMax);
}

/** The name does not exist, or has no such record. */
const ABSENT: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA"]);

function none(error: unknown): readonly never[] {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (ABSENT.has(code)) return [];
  throw new DnsFailed(`the DNS gave no answer (${String(code ?? error)})`, { cause: error });
}
