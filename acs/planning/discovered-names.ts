/**
 * What a GetParameterNamesResponse tells: which names are parameters, which are instances of a table.
 * Spec: TR-069 A.3.2.3; field quirk 22. Layer: planning, pure.
 */

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

/** True if the name was discovered, with or without the dot that an object should have. */
export function isDiscovered(discovered: readonly { readonly name: string }[], name: string): boolean {
  const bare = withoutDot(name);
  return discovered.some((one) => withoutDot(one.name) === bare);
}

/** The instance numbers right below the table, in the order told. */
export function instancesOf(discovered: readonly { readonly name: string }[], table: string): readonly number[] {
  const numbers = discovered.flatMap(({ name }) => {
    const rest = name.startsWith(table) ? withoutDot(name.slice(table.length)) : "";
    return /^\d{1,10}$/.test(rest) ? [Number(rest)] : [];
  });
  return [...new Set(numbers)];
}

/** "Device.Time." of "Device.Time.Enable" and of "Device.Time.X."; "" at the root. */
export function parentOf(name: string): string {
  return name.slice(0, withoutDot(name).lastIndexOf(".") + 1);
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
