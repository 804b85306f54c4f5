/**
 * Reads of a device's tree what aliases and wildcards need: which rows its tables have, how they are called, what the device takes.
 * Layer: stores.
 */
import { isPattern } from "../cwmp/path-segments.js";
import type { Device } from "../devices/device.js";
import { knownRows } from "../devices/path-expansion.js";
import { ADDRESS_LIMITS, type AddressKnowledge, NOTHING_KNOWN, nameInTree, subtreesToKnow } from "../tasks/addressing.js";
import type { DeviceStore } from "./device-store.js";

type Tree = Pick<DeviceStore, "names" | "entries">;

/** @param names Of an order; without aliases and wildcards among them nothing is read. */
export async function addressKnowledge(tree: Tree, { id, root }: Device, names: readonly string[]): Promise<AddressKnowledge> {
  if (!names.some(isPattern)) return NOTHING_KNOWN;
  const server = `${root ?? "Device."}ManagementServer.`;
  const flags = await flagsOf(tree, id, server);
  const subtrees = subtreesToKnow(names);
  if (subtrees.length > ADDRESS_LIMITS.subtreesPerOrderMax) return { ...NOTHING_KNOWN, ...flags, server };
  const known: string[] = [];
  for (const subtree of subtrees) for (const name of await tree.names(id, subtree)) known.push(name);
  const aliases = await valuesOf(
    tree,
    id,
    known.filter((name) => name.endsWith(".Alias")),
  );
  return { ...knownRows(known, aliases), ...flags, server };
}

async function flagsOf(tree: Tree, id: string, server: string) {
  const flags = ["AliasBasedAddressing", "InstanceWildcardsSupported", "AutoCreateInstances"].map((name) => server + name);
  const values = await valuesOf(tree, id, flags);
  const [takesAliases = null, takesWildcards = null, createsRows = null] = flags.map((name) => isTrue(values.get(name)));
  return { takesAliases, takesWildcards, createsRows };
}

function isTrue(value: string | undefined): boolean | null {
  return value === undefined ? null : /^(?:1|true)$/i.test(value.trim());
}

async function valuesOf(tree: Tree, id: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const entries = await tree.entries(id, names);
  return new Map(entries.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
}

/** The entries of names that may have aliases, under the names that were asked for. */
export async function addressedEntries(tree: Tree, id: string, names: readonly string[], knowledge: AddressKnowledge) {
  const inTree = names.map((name) => nameInTree(name, knowledge));
  const entries = new Map((await tree.entries(id, [...new Set(inTree)])).map((entry) => [entry.name, entry]));
  return names.flatMap((name, at) => {
    const entry = entries.get(inTree[at] ?? "");
    return entry === undefined ? [] : [{ ...entry, name }];
  });
}
