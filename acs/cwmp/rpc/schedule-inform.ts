/**
 * ScheduleInform: have a device call in once more, after a while.
 * Spec: TR-069 A.4.1.2. Layer: codec, pure. Golden: test/golden/cwmp/schedule-inform*.
 */
import { CHARACTERS_MAX, sized, unsignedInt } from "../sizes.js";
import { readCount, readKey } from "../values.js";
import { type Element, el, optionalText } from "../xml.js";

export interface ScheduleInform {
  readonly kind: "ScheduleInform";
  /** 1 or more: a device refuses 0 with 9003. */
  readonly delayS: number;
  /** At most 32 characters; comes back in the event "M ScheduleInform". */
  readonly commandKey: string;
}

export interface ScheduleInformResponse {
  readonly kind: "ScheduleInformResponse";
}

/** A delay that is missing or no number is read as 0, to be refused with 9003. */
export function readScheduleInform(body: Element): ScheduleInform {
  return {
    kind: "ScheduleInform",
    delayS: readCount(optionalText(body, "DelaySeconds"), 0),
    commandKey: readKey(optionalText(body, "CommandKey")),
  };
}

/** @throws {RangeError} An argument over its size. */
export function writeScheduleInform({ delayS, commandKey }: ScheduleInform): Element {
  return el("cwmp:ScheduleInform", {}, unsignedInt("DelaySeconds", delayS), sized("CommandKey", commandKey, CHARACTERS_MAX.commandKey));
}

export function readScheduleInformResponse(): ScheduleInformResponse {
  return { kind: "ScheduleInformResponse" };
}

export function writeScheduleInformResponse(): Element {
  return el("cwmp:ScheduleInformResponse", {});
}
