/**
 * The files that a device can send: its configuration and its log.
 * Spec: TR-069 A.4.1.5 (Upload, table 48). Layer: device, pure.
 */
import { currentValue, type ParameterTree } from "./parameter-tree.js";

/**
 * The configuration is a line `name=value` for each parameter that can be set, the value in JSON; secrets stay in the device.
 * @param fileType One that queueTransfer has let pass.
 * @param log What the device has noted, oldest first.
 */
export function uploadContent(tree: ParameterTree, fileType: string, log: readonly string[]): Uint8Array {
  const lines = fileType.includes("Vendor Log File") ? log : configuration(tree);
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

function configuration(tree: ParameterTree): readonly string[] {
  const kept = [...tree.index.definitions.values()].filter(({ writable, hidden }) => writable && !hidden);
  return kept.map(({ name }) => `${name}=${JSON.stringify(currentValue(tree, name) ?? "")}`);
}
