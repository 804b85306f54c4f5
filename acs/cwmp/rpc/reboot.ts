/**
 * Reboot: restart a device once the session has ended.
 * Spec: TR-069 A.3.2.9. Layer: codec, pure. Golden: test/golden/cwmp/reboot*.
 */
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readKey } from "../values.js";
import { type Element, el, optionalText } from "../xml.js";

export interface Reboot {
  readonly kind: "Reboot";
  /** At most 32 characters; comes back in the event "M Reboot". */
  readonly commandKey: string;
}

export interface RebootResponse {
  readonly kind: "RebootResponse";
}

export function readReboot(body: Element): Reboot {
  return { kind: "Reboot", commandKey: readKey(optionalText(body, "CommandKey")) };
}

/** @throws {RangeError} A key over 32 characters. */
export function writeReboot({ commandKey }: Reboot): Element {
  return el("cwmp:Reboot", {}, sized("CommandKey", commandKey, CHARACTERS_MAX.commandKey));
}

export function readRebootResponse(): RebootResponse {
  return { kind: "RebootResponse" };
}

export function writeRebootResponse(): Element {
  return el("cwmp:RebootResponse", {});
}
