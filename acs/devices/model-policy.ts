/**
 * How the devices of one model want to be spoken to, where the standard leaves a choice or the model departs from it.
 * Spec: cwmp.md 12 rows 14, 15, 23, 38, 53. Layer: devices, pure.
 */

export interface ModelPolicy {
  /** Names in one GetParameterValues; several models drop longer lists. */
  readonly namesPerGetMax: number;
  /** Values in one SetParameterValues. A call is all or nothing, so that a larger order is so no more. */
  readonly valuesPerSetMax: number;
  /** Parameters that a subtree may have to be read by its path, in one answer; a larger one is read name by name. */
  readonly leavesPerSubtreeMax: number;
  /** false: the model tells Writable wrongly, so that a parameter it calls read-only may be set all the same. */
  readonly trustsWritable: boolean;
  /** How booleans are written: "1" and "0", or "true" and "false". */
  readonly booleans: "digits" | "words";
  /** false: fractions of a second are left out of a dateTime. */
  readonly dateTimeFractions: boolean;
}

export const DEFAULT_MODEL_POLICY: ModelPolicy = {
  namesPerGetMax: 64,
  valuesPerSetMax: 1_000,
  leavesPerSubtreeMax: 10_000,
  trustsWritable: true,
  booleans: "digits",
  dateTimeFractions: false,
};
