/**
 * The last wire events (or those of the gateway), numbered, so that a listener that lost its connection goes on where it was.
 * Layer: http (no I/O here).
 */
import type { WireEvent } from "../../schemas/wake-contract.js";

export interface WireEventLog<Event = WireEvent> {
  append(event: Event): void;
  /** Position behind the newest event: what a new listener starts from. */
  head(): string;
  /**
   * Turns a position that a client names into one to read from; undefined: not of this run of the bridge, or forgotten already.
   * The client has missed events then and starts at `oldest`.
   */
  locate(position: string): number | undefined;
  oldest(): number;
  /** The event at a number, with the position behind it; undefined: none yet. A number that was forgotten counts as the oldest. */
  read(number: number): { readonly event: Event; readonly position: string; readonly next: number } | undefined;
  /** Called after each append. Returns the function that ends it. */
  onAppend(listener: () => void): () => void;
}

/**
 * @param run Names this run of the bridge: positions of another run mean nothing here.
 * @param eventsMax Events kept.
 */
export function createWireEventLog<Event = WireEvent>(run: string, eventsMax: number): WireEventLog<Event> {
  /** Event number n lies at n % eventsMax. */
  const kept: Event[] = [];
  let count = 0;
  const listeners = new Set<() => void>();
  const oldest = (): number => Math.max(0, count - eventsMax);
  const positionOf = (number: number): string => `${run}-${number}`;
  return {
    append(event) {
      kept[count % eventsMax] = event;
      count++;
      for (const listener of listeners) listener();
    },
    head: () => positionOf(count),
    locate(position) {
      const dash = position.lastIndexOf("-");
      const digits = position.slice(dash + 1);
      if (position.slice(0, dash) !== run || !/^\d{1,15}$/.test(digits)) return undefined;
      const number = Number(digits);
      return number >= oldest() && number <= count ? number : undefined;
    },
    oldest,
    read(number) {
      const at = Math.max(number, oldest());
      const event = at < count ? kept[at % eventsMax] : undefined;
      return event === undefined ? undefined : { event, position: positionOf(at + 1), next: at + 1 };
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
