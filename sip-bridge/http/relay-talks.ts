/**
 * Which session of the relay a request belongs to: that of its connection, else that of the cookies which the ACS gave it. A cookie that
 * two sessions have tells nothing.
 * Spec: TR-069 3.4.2 (a session may go on over another connection). Layer: http (no I/O here).
 */
import { cookiesSet, cookiesShown, type RawHeaders } from "../connection-requests/relay-headers.js";
import { createRecent } from "../recent.js";
import { newRelaySession, type RelaySession } from "../relay-service.js";

/** A session, and when all that was said in it has been looked at. */
export interface Talk {
  readonly session: RelaySession;
  settled: Promise<void>;
}

export const newTalk = (): Talk => ({ session: newRelaySession(), settled: Promise.resolve() });

export interface Talks {
  /** @param own That of the connection. */
  find(own: Talk, request: RawHeaders, nowMs: number): Talk;
  note(talk: Talk, answer: RawHeaders, nowMs: number): void;
}

const REMEMBERED = { entriesMax: 50_000, ageMsMax: 600_000 };
const COOKIE_CHARACTERS_MAX = 4_096;

export function createTalks(): Talks {
  const byCookie = createRecent<Talk | "several">(REMEMBERED);
  return {
    find(own, request, nowMs) {
      if (own.session.passing.device !== "") return own;
      const found = cookiesShown(request).map((cookie) => byCookie.get(cookie, nowMs));
      return found.find((talk): talk is Talk => talk !== undefined && talk !== "several") ?? own;
    },
    note(talk, answer, nowMs) {
      for (const cookie of cookiesSet(answer)) {
        if (cookie === "" || cookie.length > COOKIE_CHARACTERS_MAX) continue;
        const known = byCookie.get(cookie, nowMs);
        byCookie.set(cookie, known === undefined || known === talk ? talk : "several", nowMs);
      }
    },
  };
}
