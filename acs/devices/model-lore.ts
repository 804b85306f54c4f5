/**
 * What devices of one model taught the ACS by their answers: types that worked after others were refused, methods that they do not have.
 * Operators set policies (model-policy.ts); this is learnt, and can be forgotten at any time: it is learnt again.
 * Spec: cwmp.md 12 rows 13, 54; docs/decisions/0014-what-a-model-taught.md. Layer: devices, pure.
 */
import { codePath } from "./parameter-path.js";

export interface ModelLore {
  /** Oldest first. */
  readonly types: readonly LearntType[];
  /** Oldest first. */
  readonly methods: readonly MissingMethod[];
}

/** A parameter was refused with 9006 (invalid parameter type), and taken with this type. */
export interface LearntType {
  /** The name with {i} for instance numbers. */
  readonly path: string;
  readonly type: string;
  readonly deviceId: string;
  readonly atMs: number;
}

/** Answered with 9000 (method not supported), whatever GetRPCMethods announces. */
export interface MissingMethod {
  readonly method: string;
  /** Another version may have it. */
  readonly softwareVersion: string;
  /** Who answered so, at most LORE_LIMITS.witnesses of them. */
  readonly witnesses: readonly Witness[];
}

export interface Witness {
  readonly deviceId: string;
  readonly atMs: number;
}

export const LORE_LIMITS = {
  /** Of one model; the oldest is dropped. */
  typesMax: 1_000,
  /** Methods of all versions of one model; the oldest is dropped. */
  methodsMax: 128,
  /** Devices that must have said the same before it is believed of others: one device must not take a method from all. */
  witnesses: 2,
  versionCharactersMax: 64,
} as const;

export const NO_LORE: ModelLore = { types: [], methods: [] };

/** TR-069 A.3: each device has these; one that refuses them is broken, and its model is not judged by it. */
const REQUIRED_METHODS: readonly string[] = [
  ...["GetRPCMethods", "SetParameterValues", "GetParameterValues", "GetParameterNames", "SetParameterAttributes"],
  ...["GetParameterAttributes", "AddObject", "DeleteObject", "Reboot", "Download"],
];

export function mayBeMissing(method: string): boolean {
  return !REQUIRED_METHODS.includes(method);
}

/** The type that the parameter was taken with; undefined: never learnt. */
export function learntType({ types }: ModelLore, name: string): string | undefined {
  if (types.length === 0) return undefined;
  const { template } = codePath(name);
  return types.find(({ path }) => path === template)?.type;
}

export function withType(lore: ModelLore, name: string, learnt: Omit<LearntType, "path">): ModelLore {
  const { template: path } = codePath(name);
  const others = lore.types.filter((known) => known.path !== path);
  return { ...lore, types: [...others, { path, ...learnt }].slice(-LORE_LIMITS.typesMax) };
}

/** The same object when nothing is new. */
export function withMissingMethod(lore: ModelLore, method: string, softwareVersion: string, witness: Witness): ModelLore {
  const version = softwareVersion.slice(0, LORE_LIMITS.versionCharactersMax);
  const isThis = (known: MissingMethod): boolean => known.method === method && known.softwareVersion === version;
  const { witnesses = [] } = lore.methods.find(isThis) ?? {};
  const isKnown = witnesses.length >= LORE_LIMITS.witnesses || witnesses.some(({ deviceId }) => deviceId === witness.deviceId);
  if (isKnown) return lore;
  const missing = { method, softwareVersion: version, witnesses: [...witnesses, witness] };
  return { ...lore, methods: [...lore.methods.filter((known) => !isThis(known)), missing].slice(-LORE_LIMITS.methodsMax) };
}

/** A device of this version has answered the method after all. The same object when nothing was believed. */
export function withMethod(lore: ModelLore, method: string, softwareVersion: string): ModelLore {
  const version = softwareVersion.slice(0, LORE_LIMITS.versionCharactersMax);
  const methods = lore.methods.filter((known) => known.method !== method || known.softwareVersion !== version);
  return methods.length === lore.methods.length ? lore : { ...lore, methods };
}

/** What this device need not be asked, with who told it first: its own word counts at once, that of others when enough say the same. */
export function missingMethods({ methods }: ModelLore, softwareVersion: string, deviceId: string): ReadonlyMap<string, Witness> {
  const version = softwareVersion.slice(0, LORE_LIMITS.versionCharactersMax);
  const believed = methods.flatMap(({ method, softwareVersion: of, witnesses }): readonly (readonly [string, Witness])[] => {
    const witness = witnesses.find((one) => one.deviceId === deviceId) ?? witnesses[LORE_LIMITS.witnesses - 1];
    return of !== version || witness === undefined ? [] : [[method, witness]];
  });
  return new Map(believed);
}
