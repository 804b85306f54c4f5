/**
 * AddObject: a new instance in a table of the device, whose number the device chooses.
 * Spec: TR-069 A.3.2.6; field quirks 18, 28. Layer: codec, pure. Golden: test/golden/cwmp/add-object*.
 */
import { MalformedMessage } from "../malformed-message.js";
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readCount, readKey, readStatus, writeObjectName } from "../values.js";
import { childText, type Element, el, optionalText } from "../xml.js";

export interface AddObject {
  readonly kind: "AddObject";
  /** The table, ending in ".", or with alias addressing the instance wanted: "Device.Bridging.Bridge.[guests].". */
  readonly objectName: string;
  /** At most 32 characters; the device keeps it in ManagementServer.ParameterKey if it succeeds. */
  readonly parameterKey: string;
}

export interface AddObjectResponse {
  readonly kind: "AddObjectResponse";
  /** 1 or more by the standard; some tables begin at 0 (field quirk 18). */
  readonly instanceNumber: number;
  /** 0: applied. 1: not yet in force, and perhaps not to be seen in this session. */
  readonly status: 0 | 1;
}

export function readAddObject(body: Element): AddObject {
  return { kind: "AddObject", objectName: childText(body, "ObjectName"), parameterKey: readKey(optionalText(body, "ParameterKey")) };
}

/** @throws {RangeError} A name that does not end in ".", or a key over 32 characters. */
export function writeAddObject({ objectName, parameterKey }: AddObject): Element {
  return el("cwmp:AddObject", {}, writeObjectName(objectName), sized("ParameterKey", parameterKey, CHARACTERS_MAX.parameterKey));
}

/** @throws {MalformedMessage} No instance number: the new object could not be found again. */
export function readAddObjectResponse(body: Element): AddObjectResponse {
  const instanceNumber = readCount(childText(body, "InstanceNumber"), -1);
  if (instanceNumber < 0) throw new MalformedMessage(`${body.localName}/InstanceNumber`, "not a number");
  return { kind: "AddObjectResponse", instanceNumber, status: readStatus(optionalText(body, "Status")) };
}

export function writeAddObjectResponse({ instanceNumber, status }: AddObjectResponse): Element {
  return el("cwmp:AddObjectResponse", {}, el("InstanceNumber", {}, String(instanceNumber)), el("Status", {}, String(status)));
}
