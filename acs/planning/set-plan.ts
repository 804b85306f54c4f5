/**
 * Wanted values as the fewest SetParameterValues: a plan that goes on after each answer and can be stored between them.
 * Spec: TR-069 A.3.2.1 (all or nothing, per call), A.5.1 (faults); cwmp.md 12 row 53. Layer: planning, pure.
 */
import { means } from "../cwmp/path-segments.js";
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
  /** Types tried for values that were refused for their type, by place, the one in use last. */
  readonly types?: Readonly<Record<string, readonly string[]>>;
}

export interface RefusedValue {
  readonly name: string;
  readonly faultCode: number;
  readonly faultString: string;
  /** Where its type was refused (9006): all that it was written with. */
  readonly typesTried?: readonly string[];
}

/** Reachability settings first, in calls of their own. The order within each part is kept. */
export function planSet(names: readonly string[], valuesPerSetMax: number): SetPlan {
  const places = names.map((_, place) => place);
  const isFirst = (place: number): boolean => isReachabilitySetting(names[place] ?? "");
  const parts = [places.filter(isFirst), places.filter((place) => !isFirst(place))];
  return { call: 0, batches: parts.flatMap((part) => batchesOf(part, valuesPerSetMax)), refused: [], late: false };
}

/** The next call was applied, or at least accepted. */
export function afterApplied(plan: SetPlan, status: 0 | 1): SetPlan {
  return { ...plan, call: plan.call + 1, batches: plan.batches.slice(1), late: plan.late || status === 1 };
}

/** The type that this value is written with: `choices` as typesToTry gave them. */
export function typeInUse({ types }: SetPlan, place: number, choices: readonly string[]): string {
  return types?.[place]?.at(-1) ?? choices[0] ?? "xsd:string";
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
 * half and then the other, until the bad ones stand alone. A value refused for its type stays, with the next type that is left to try.
 * undefined: the fault is not about the values.
 * @param choices The types to try for each value, in the order of `names`.
 */
export function afterRefused(
  plan: SetPlan,
  fault: SetFault,
  names: readonly string[],
  choices: readonly (readonly string[])[] = [],
): SetPlan | undefined {
  const [batch = [], ...others] = plan.batches;
  if (!ARGUMENT_FAULTS.includes(fault.faultCode)) return undefined;
  const call = plan.call + 1;
  const bad = refusedOf(batch, fault, names);
  if (bad.length === 0) return { ...plan, call, batches: [...halvesOf(batch), ...others] };
  const retyped = retype(plan, bad, names, choices);
  const givenUp = bad.filter(({ name }) => retyped[names.indexOf(name)] === undefined);
  const gone = new Set(givenUp.map(({ name }) => name));
  const rest = batch.filter((place) => !gone.has(names[place] ?? ""));
  return {
    ...plan,
    call,
    batches: rest.length === 0 ? others : [rest, ...others],
    refused: [...plan.refused, ...withTypesTried(plan, givenUp, names, choices)],
    ...(Object.keys(retyped).length === 0 ? {} : { types: { ...plan.types, ...retyped } }),
  };
}

/** True when nothing was given up: the same values go out once more, with other types. */
export function isOnlyRetyped(before: SetPlan, after: SetPlan): boolean {
  return after.types !== before.types && after.refused.length === before.refused.length;
}

const WRONG_TYPE = 9006;

function retype(
  plan: SetPlan,
  bad: readonly RefusedValue[],
  names: readonly string[],
  choices: readonly (readonly string[])[],
): Readonly<Record<string, readonly string[]>> {
  const places = bad.filter(({ faultCode }) => faultCode === WRONG_TYPE).map(({ name }) => names.indexOf(name));
  const next = places.map((place) => {
    const tried = triedTypes(plan, place, choices);
    const type = choices[place]?.find((choice) => !tried.includes(choice));
    return type === undefined ? [] : [[place, [...tried, type]] as const];
  });
  return Object.fromEntries(next.flat());
}

function triedTypes({ types }: SetPlan, place: number, choices: readonly (readonly string[])[]): readonly string[] {
  return types?.[place] ?? (choices[place] ?? []).slice(0, 1);
}

/** Refused values, those of the wrong type with all types that were tried. */
export function withTypesTried(
  plan: SetPlan,
  refused: readonly RefusedValue[],
  names: readonly string[],
  choices: readonly (readonly string[])[],
): readonly RefusedValue[] {
  return refused.map((value) => {
    const typesTried = value.faultCode === WRONG_TYPE ? triedTypes(plan, names.indexOf(value.name), choices) : [];
    return typesTried.length === 0 ? value : { ...value, typesTried };
  });
}

/** The values that the fault names; a value that was alone in its call needs no naming. */
export function refusedOf(batch: readonly number[], fault: SetFault, names: readonly string[]): readonly RefusedValue[] {
  const own = batch.map((place) => names[place] ?? "");
  // A device may name by its number what was sent by its alias.
  const named = fault.parameters.flatMap((parameter) => {
    const meant = own.includes(parameter.name) ? [parameter.name] : own.filter((name) => means(name, parameter.name));
    return meant.length === 1 ? meant.map((name) => ({ ...parameter, name })) : [];
  });
  const unique = named.filter(({ name }, at) => named.findIndex((other) => other.name === name) === at);
  const [only] = batch;
  if (unique.length > 0 || only === undefined || batch.length > 1) return unique;
  return [{ name: names[only] ?? "", faultCode: fault.faultCode, faultString: fault.faultString }];
}
