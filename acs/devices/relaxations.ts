/**
 * Rules that are bent for a device, by name: what it got wrong and was forgiven, and what its model's policy changed. Counted, so that
 * people see what a device needs.
 * Spec: cwmp.md 12. Layer: devices, pure but for its own table.
 */

/** What each means, for people. The number is the row of cwmp.md 12. */
export const RELAXATIONS = {
  "no-id": "7: a request without cwmp:ID was answered without",
  "control-character": "9: characters that XML can't carry were dropped",
  "control-reference": "9: references to characters that XML can't carry were dropped",
  "invalid-utf8": "9: bytes that are no UTF-8 were replaced",
  "taken-for-latin1": "10: a body that names no charset and is no UTF-8 was read as ISO 8859-1",
  "unusable-charset": "10: a body was read as if it did not name the charset that it names",
  "untyped-values": "12: values without a type that exists; the type that is known was kept",
  "type-retried": "13: a value was refused for its type, and taken with another",
  "boolean-words": "14, policy booleans: booleans were written as true and false",
  "date-time-fractions": "15, policy dateTimeFractions: fractions of a second were written",
  "values-left-out": "20: an answer lacked parameters that were asked for",
  "empty-path-skipped": "21, policy asksEmptyPath: names were asked for at the usual roots",
  "writable-not-trusted": "23, policy trustsWritable: a parameter that is told as read-only was to be set",
  "download-ends-at-boot": "25, policy downloadEndsAtBoot: a restart with the wanted version ended a download",
  "no-command-key": "26: TransferComplete without CommandKey was taken for the only transfer under way",
  "no-cookie": "29: a request without our cookie was found by its connection or its user",
  "basic-over-tls": "31: a password came as it is",
  "nonce-reused": "31, policy nonceReuse: a nonce was used again with a count that was used before",
  "blank-before-declaration": "34: blanks before the XML declaration were dropped",
  "trailing-bom": "34: a byte order mark after the end was dropped",
  "basic-connection-request": "48, policy basicConnectionRequests: a connection request was answered with Basic",
  "small-calls": "53, policy namesPerGetMax or valuesPerSetMax: an order was cut into calls of the model's size",
  "method-missing": "54: a method was not asked for, because it had been answered with 9000",
  "empty-post-for-answer": "54: an empty POST came where an answer was due; the session went on",
  "xml-declaration": "output hygiene, policy xmlDeclaration: messages began with an XML declaration",
} as const;

export type Relaxation = keyof typeof RELAXATIONS;

export interface RelaxationCount {
  readonly rule: Relaxation;
  readonly uses: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export class Relaxations {
  readonly #devicesMax: number;
  /** The device that came longest ago first. */
  readonly #byDevice = new Map<string, Map<Relaxation, RelaxationCount>>();

  constructor(devicesMax: number) {
    this.#devicesMax = devicesMax;
  }

  note(deviceId: string, rule: Relaxation, nowMs: number): void {
    const counts = this.#byDevice.get(deviceId) ?? this.#begin(deviceId);
    const { uses, firstMs } = counts.get(rule) ?? { uses: 0, firstMs: nowMs };
    counts.set(rule, { rule, uses: uses + 1, firstMs, lastMs: nowMs });
  }

  /** Since the start, or since the device was forgotten for others. In the order of RELAXATIONS. */
  of(deviceId: string): readonly RelaxationCount[] {
    const counts = this.#byDevice.get(deviceId);
    return (Object.keys(RELAXATIONS) as Relaxation[]).flatMap((rule) => counts?.get(rule) ?? []);
  }

  forget(deviceId: string): void {
    this.#byDevice.delete(deviceId);
  }

  #begin(deviceId: string): Map<Relaxation, RelaxationCount> {
    const [oldest] = this.#byDevice.keys();
    if (this.#byDevice.size >= this.#devicesMax && oldest !== undefined) this.#byDevice.delete(oldest);
    const counts = new Map<Relaxation, RelaxationCount>();
    this.#byDevice.set(deviceId, counts);
    return counts;
  }
}
