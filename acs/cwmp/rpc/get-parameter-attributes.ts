/**
 * GetParameterAttributes: which changes of parameters a device reports, and who may write them.
 * Spec: TR-069 A.3.2.5. Layer: codec, pure. Golden: test/golden/cwmp/get-parameter-attributes*.
 */
import { arrayOf } from "../parameter-value.js";
import { readCount, readStrings, writeStrings } from "../values.js";
import { child, children, childText, type Element, el, optionalChild, optionalText } from "../xml.js";

export interface GetParameterAttributes {
  readonly kind: "GetParameterAttributes";
  /** Full paths, or partial paths ending in "." for a subtree; "" is the whole tree. */
  readonly names: readonly string[];
}

export interface GetParameterAttributesResponse {
  readonly kind: "GetParameterAttributesResponse";
  readonly attributes: readonly ParameterAttribute[];
}

export interface ParameterAttribute {
  readonly name: string;
  /** 0 to 6, as in SetParameterAttributes; 0 (off) if the device does not say. */
  readonly notification: number;
  /** Who may write besides the ACS. */
  readonly accessList: readonly string[];
}

export function readGetParameterAttributes(body: Element): GetParameterAttributes {
  return { kind: "GetParameterAttributes", names: readStrings(child(body, "ParameterNames")) };
}

export function writeGetParameterAttributes({ names }: GetParameterAttributes): Element {
  return el("cwmp:GetParameterAttributes", {}, writeStrings("ParameterNames", names));
}

export function readGetParameterAttributesResponse(body: Element): GetParameterAttributesResponse {
  const attributes = children(child(body, "ParameterList"), "ParameterAttributeStruct").map(readAttribute);
  return { kind: "GetParameterAttributesResponse", attributes };
}

function readAttribute(item: Element): ParameterAttribute {
  const accessList = optionalChild(item, "AccessList");
  return {
    name: childText(item, "Name"),
    notification: readCount(optionalText(item, "Notification"), 0),
    accessList: accessList === undefined ? [] : readStrings(accessList),
  };
}

export function writeGetParameterAttributesResponse({ attributes }: GetParameterAttributesResponse): Element {
  const items = attributes.map(({ name, notification, accessList }) =>
    el(
      "ParameterAttributeStruct",
      {},
      el("Name", {}, name),
      el("Notification", {}, String(notification)),
      writeStrings("AccessList", accessList),
    ),
  );
  return el("cwmp:GetParameterAttributesResponse", {}, el("ParameterList", arrayOf("cwmp:ParameterAttributeStruct", items.length), items));
}
