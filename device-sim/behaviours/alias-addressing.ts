/**
 * A device of the newer kind: TR-069 3.6.1 and 3.6.2 as options. No flaw, and so no field quirk either.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const aliasAddressing: Behaviour = {
  name: "alias-addressing",
  description: "rows of tables have an Alias, and are taken by alias and by wildcard (AliasBasedAddressing, InstanceWildcardsSupported)",
  takesAliases: true,
};
