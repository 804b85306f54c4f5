/**
 * Wanted values as the fewest SetParameterValues: a plan that goes on after each answer and can be stored between them.
 * Spec: TR-069 A.3.2.1 (all or nothing, per call), A.5.1 (faults); cwmp.md 12 row 53. Layer: planning, pure.
 */
import { batchesOf, halvesOf } from "./batches.js";
import { isReachabilitySetting } from "./reachability.js";

/** Plain JSON. Values are named by their place in the order, so that no secret is in it. */
export interface SetPlan {
  /** How many calls went before the next one. */
  readonly call: number;
  /** The calls to come; the first is the next one, or is under way. */
  readonly batches: readonly (readonly number[])[];
  /** Values that the device has refused. */
  readonly refused: readonly RefusedValue[];
  /** True once a call was answered with Status 1: not all in force yet. */
  readonly late: boolean;
}

export interface RefusedValue {
  readonly name: string;
  readonly faultCode: number;
  readonly faultString: string;
}

/** Reachability settings first, in calls of their own. The order within each part is kept. */
export function planSet(names: readonly string[], valuesPerSetMax: number): SetPlan {
  const places = names.map((_, place) => place);
  const isFirst = (place: number): boolean => isReachabilitySetting(names[place] ?? "");
  const parts = [places.filter(isFirst), places.filter((place) => !isFirst(place))];
  return { call: 0, batches: parts.flatMap((part) => batchesOf(part, valuesPerSetMax)), refused: [], late: false };
}

/** The next call was applied, or at least accepted. */
export function afterApplied({ call, batches, refused, late }: SetPlan, status: 0 | 1): SetPlan {
  return { call: call + 1, batches: batches.slice(1), refused, late: late || status === 1 };
}

/** Faults about what a call holds: without its bad values it may pass. TR-069 A.5.1. */
const ARGUMENT_FAULTS: readonly number[] = [9003, 9005, 9006, 9007, 9008];

export interface SetFault {
  readonly faultCode: number;
  readonly faultString: string;
  readonly parameters: readonly RefusedValue[];
}

/**
 * The next call was refused, so that none of its values is set: goes on without those that are named, or, when none is named, with one
 * half and then the other, until the bad ones stand alone. undefined: the fault is not about the values.
 */
export function afterRefused(plan: SetPlan, fault: SetFault, names: readonly string[]): SetPlan | undefined {
  const [batch = [], ...others] = plan.batches;
  if (!ARGUMENT_FAULTS.includes(fault.faultCode)) return undefined;
  const call = plan.call + 1;
  const bad = refusedOf(batch, fault, names);
  if (bad.length === 0) return { ...plan, call, batches: [...halvesOf(batch), ...others] };
  const badNames = new Set(bad.map(({ name }) => name));
  const rest = batch.filter((place) => !badNames.has(names[place] ?? ""));
  return { ...plan, call, batches: rest.length === 0 ? others : [rest, ...others], refused: [...plan.refused, ...bad] };
}

/** The values that the fault names; a value that was alone in its call needs no naming. */
export function refusedOf(batch: readonly number[], fault: SetFault, names: readonly string[]): readonly RefusedValue[] {
  const own = new Set(batch.map((place) => names[place]));
  const named = fault.parameters.filter(({ name }) => own.has(name));
  const unique = named.filter(({ name }, at) => named.findIndex((other) => other.name === name) === at);
  const [only] = batch;
  if (unique.length > 0 || only === undefined || batch.length > 1) return unique;
  return [{ name: names[only] ?? "", faultCode: fault.faultCode, faultString: fault.faultString }];
}
