/**
 * DeleteObject: removes an instance from a table of the device, with all below it.
 * Spec: TR-069 A.3.2.7; field quirk 28. Layer: codec, pure. Golden: test/golden/cwmp/delete-object*.
 */
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readKey, readStatus, writeObjectName } from "../values.js";
import { childText, type Element, el, optionalText } from "../xml.js";

export interface DeleteObject {
  readonly kind: "DeleteObject";
  /** The instance, ending in ".": "Device.Bridging.Bridge.2.". */
  readonly objectName: string;
  /** At most 32 characters; the device keeps it in ManagementServer.ParameterKey if it succeeds. */
  readonly parameterKey: string;
}

export interface DeleteObjectResponse {
  readonly kind: "DeleteObjectResponse";
  /** 0: gone. 1: not yet in force. */
  readonly status: 0 | 1;
}

export function readDeleteObject(body: Element): DeleteObject {
  return { kind: "DeleteObject", objectName: childText(body, "ObjectName"), parameterKey: readKey(optionalText(body, "ParameterKey")) };
}

/** @throws {RangeError} A name that does not end in ".", or a key over 32 characters. */
export function writeDeleteObject({ objectName, parameterKey }: DeleteObject): Element {
  return el("cwmp:DeleteObject", {}, writeObjectName(objectName), sized("ParameterKey", parameterKey, CHARACTERS_MAX.parameterKey));
}

export function readDeleteObjectResponse(body: Element): DeleteObjectResponse {
  return { kind: "DeleteObjectResponse", status: readStatus(optionalText(body, "Status")) };
}

export function writeDeleteObjectResponse({ status }: DeleteObjectResponse): Element {
  return el("cwmp:DeleteObjectResponse", {}, el("Status", {}, String(status)));
}
