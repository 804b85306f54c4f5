/**
 * Parameter names as template and instances: templates are few and shared by all devices, instances are not.
 * `Device.Hosts.Host.7.MACAddress` is `Device.Hosts.Host.{i}.MACAddress` with `7`, `Device.Hosts.Host.[tv].MACAddress` the same with `[tv]`.
 * Spec: TR-106 3.1 (names), 3.2 (instance numbers), TR-069 3.6.1 (aliases). Layer: devices, pure.
 */
import { isInstance, isInstanceNumber, segmentsOf } from "../cwmp/path-segments.js";

export interface CodedPath {
  /** The name with "{i}" for each instance; a segment that itself begins with "{" has one more "{" before it. */
  readonly template: string;
  /** The instances from left to right with a dot between, numbers and aliases in brackets; "" when there are none. */
  readonly instances: string;
}

const INSTANCE = "{i}";
/** A segment begins with what may be an instance or needs our mark; all other names are their own template. */
const NEEDS_CODING = /(?:^|\.)[1-9{[]/;

/** Total and exact: `joinPath(codePath(name))` is `name` for every string. Works for partial paths ("Device.Hosts.") as well. */
export function codePath(name: string): CodedPath {
  if (!NEEDS_CODING.test(name)) return { template: name, instances: "" };
  const instances: string[] = [];
  const segments = segmentsOf(name).map((segment) => {
    if (isInstance(segment)) {
      instances.push(segment);
      return INSTANCE;
    }
    return segment.startsWith("{") ? `{${segment}` : segment;
  });
  return { template: segments.join("."), instances: instances.join(".") };
}

/** @throws {RangeError} There are fewer or more instances than "{i}": our bug. */
export function joinPath({ template, instances }: CodedPath): string {
  if (!template.includes("{")) {
    if (instances !== "") throw new RangeError(`instances ${instances} for ${template}`);
    return template;
  }
  const given = instances === "" ? [] : segmentsOf(instances);
  let used = 0;
  const segments = template.split(".").map((segment) => {
    if (segment === INSTANCE) return given[used++] ?? "";
    return segment.startsWith("{{") ? segment.slice(1) : segment;
  });
  if (used !== given.length) throw new RangeError(`${given.length} instances for ${template}`);
  return segments.join(".");
}

/**
 * A text by which names sort in path order: an object right before what it holds, instance 2 before instance 10, numbers before names.
 * Names that differ have keys that differ, but for names with control characters in them.
 */
export function pathOrderKey(name: string): string {
  return name
    .split(".")
    .map((segment) => (isInstanceNumber(segment) ? String.fromCharCode(segment.length) + segment : segment))
    .join("\0");
}
