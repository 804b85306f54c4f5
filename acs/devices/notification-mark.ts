/**
 * What is remembered of lightweight notifications, so that none is taken twice.
 * Spec: TR-069 Annex M (TS, CN). Layer: devices, pure.
 */

/** The newest TS of a device (Unix seconds, its own clock), and the CNs heard with it. */
export interface NotificationMark {
  readonly ts: number;
  readonly cnonces: readonly string[];
}

/** Notifications of one second. */
const CNONCES_MAX = 16;

/** The mark after this notification; undefined: it is a replay, or older than one that was heard. */
export function nextMark(
  mark: NotificationMark | undefined,
  { ts, cnonce }: { readonly ts: number; readonly cnonce: string },
): NotificationMark | undefined {
  if (mark === undefined || ts > mark.ts) return { ts, cnonces: [cnonce] };
  if (ts < mark.ts || mark.cnonces.includes(cnonce) || mark.cnonces.length >= CNONCES_MAX) return undefined;
  return { ts, cnonces: [...mark.cnonces, cnonce] };
}
