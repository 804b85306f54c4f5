/**
 * What a GetParameterNamesResponse tells: which names are parameters, which are instances of a table.
 * Spec: TR-069 A.3.2.3, 3.6.1; field quirk 22. Layer: planning, pure.
 */
import { aliasOf, means, segmentsOf } from "../cwmp/path-segments.js";

/** The parameters. An object is known by its dot; where the dot is missing, by another name that begins with it and a dot. */
export function leavesOf<T extends { readonly name: string }>(discovered: readonly T[]): readonly T[] {
  const objects = new Set<string>();
  for (const { name } of discovered) {
    for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
      const object = name.slice(0, dot);
      if (objects.has(object)) break;
      objects.add(object);
    }
  }
  return discovered.filter(({ name }) => name !== "" && !name.endsWith(".") && !objects.has(name));
}

/** True if the name, or what it means, was discovered, with or without the dot that an object should have. */
export function isDiscovered(discovered: readonly { readonly name: string }[], name: string): boolean {
  const bare = withoutDot(name);
  return discovered.some((one) => means(bare, withoutDot(one.name)));
}

/** A row of a table as the device tells it: its number, or its alias in brackets. */
export type Instance = number | string;

/** The rows right below the table, in the order told. @param table May have aliases in it. */
export function instancesOf(discovered: readonly { readonly name: string }[], table: string): readonly Instance[] {
  const instances = discovered.flatMap(({ name }) => {
    const segments = segmentsOf(withoutDot(name));
    const instance = segments.at(-1) ?? "";
    const own = segments.slice(0, -1).map((segment) => `${segment}.`);
    return isInstanceTold(instance) && means(withoutDot(table), withoutDot(own.join("")))
      ? [aliasOf(instance) === undefined ? Number(instance) : instance]
      : [];
  });
  return [...new Set(instances)];
}

/** Also numbers that a device should not give: 0. */
function isInstanceTold(segment: string): boolean {
  return /^\d{1,10}$/.test(segment) || aliasOf(segment) !== undefined;
}

/** "Device.Time." of "Device.Time.Enable" and of "Device.Time.X."; "" at the root. */
export function parentOf(name: string): string {
  const segments = segmentsOf(withoutDot(name));
  return segments
    .slice(0, -1)
    .map((segment) => `${segment}.`)
    .join("");
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
