/**
 * Which voice lines of a device are registered, by their Status.
 * Spec: TR-104 issue 1 (VoiceProfile.{i}.Line.{i}.Status), issue 2 (SIP.Client.{i}.Status). Layer: upgrades, pure.
 */

export interface ReadValue {
  readonly name: string;
  readonly value: string | null;
}

/** Below the device's root. */
export const VOICE_SUBTREE = "Services.VoiceService.";

/** A number, or an alias of a device that tells those (TR-069 3.6.1). */
const ROW = String.raw`(?:\d+|\[[^[\]]+\])`;
const LINE_STATUS = new RegExp(String.raw`\.(?:VoiceProfile\.${ROW}\.Line|SIP\.Client)\.${ROW}\.Status$`);

/** TR-069 A.3.2.1: string(256). */
const NAME_CHARACTERS_MAX = 256;

export const isLineStatus = (name: string): boolean => name.length <= NAME_CHARACTERS_MAX && LINE_STATUS.test(name);

/** Names of the Status of lines that are registered. */
export function registeredLines(values: readonly ReadValue[]): readonly string[] {
  return values.filter(({ name, value }) => isLineStatus(name) && value?.trim() === "Up").map(({ name }) => name);
}
