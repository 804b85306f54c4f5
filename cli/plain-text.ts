/**
 * Words of devices and servers on a terminal: what could move its cursor or change its colours is not let through.
 * Layer: command line.
 */

const SHOWN_CHARACTERS_MAX = 1_000;

/** One line; control characters and those that turn the direction of writing become "?". */
export function plain(text: unknown): string {
  return String(text)
    .slice(0, SHOWN_CHARACTERS_MAX)
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
}
