/**
 * SetParameterAttributes: which changes of parameters a device reports, and who besides the ACS may write them.
 * Spec: TR-069 A.3.2.4. Layer: codec, pure. Golden: test/golden/cwmp/set-parameter-attributes*.
 */
import { MalformedMessage } from "../malformed-message.js";
import { arrayOf } from "../parameter-value.js";
import { CHARACTERS_MAX, checkEntries, sized, whole } from "../sizes.js";
import { readBoolean, readCount, readStrings, writeBoolean } from "../values.js";
import { child, children, childText, type Element, el, optionalText } from "../xml.js";

export interface SetParameterAttributes {
  readonly kind: "SetParameterAttributes";
  /** All or none. In this order: a later entry wins over an earlier one. */
  readonly parameters: readonly ParameterAttributeChange[];
}

export interface ParameterAttributeChange {
  /** Full path, or a partial path ending in ".": the parameters below it that exist now. */
  readonly name: string;
  /**
   * 0 off, 1 passive, 2 active; with lightweight notifications 3 passive, 4 passive of both kinds, 5 active, 6 active beside passive
   * of the usual kind. Absent: stays as it is.
   */
  readonly notification?: number;
  /** Who may write besides the ACS: "Subscriber" is all that the standard defines, [] is nobody. Absent: stays as it is. */
  readonly accessList?: readonly string[];
}

export interface SetParameterAttributesResponse {
  readonly kind: "SetParameterAttributesResponse";
}

/** TR-069 A.3.2.4, table of Notification values. */
const NOTIFICATION_MAX = 6;

export function readSetParameterAttributes(body: Element): SetParameterAttributes {
  const parameters = children(child(body, "ParameterList"), "SetParameterAttributesStruct").map(readChange);
  return { kind: "SetParameterAttributes", parameters };
}

function readChange(item: Element): ParameterAttributeChange {
  return {
    name: childText(item, "Name"),
    ...(readBoolean(childText(item, "NotificationChange")) ? { notification: readNotification(item) } : {}),
    ...(readBoolean(childText(item, "AccessListChange")) ? { accessList: readStrings(child(item, "AccessList")) } : {}),
  };
}

function readNotification(item: Element): number {
  const notification = readCount(optionalText(item, "Notification"), -1);
  if (notification < 0) throw new MalformedMessage(`${item.localName}/Notification`, "not a number");
  return notification;
}

/** @throws {RangeError} No parameter, a notification outside 0 to 6, or an access list entry that is too long. */
export function writeSetParameterAttributes({ parameters }: SetParameterAttributes): Element {
  checkEntries("ParameterList", parameters.length, 1);
  const list = el("ParameterList", arrayOf("cwmp:SetParameterAttributesStruct", parameters.length), parameters.map(writeChange));
  return el("cwmp:SetParameterAttributes", {}, list);
}

/** What does not change is written all the same, and ignored: 0 and nobody. */
function writeChange({ name, notification, accessList }: ParameterAttributeChange): Element {
  const entries = (accessList ?? []).map((entry) => sized("string", entry, CHARACTERS_MAX.accessListEntry));
  return el(
    "SetParameterAttributesStruct",
    {},
    el("Name", {}, name),
    el("NotificationChange", {}, writeBoolean(notification !== undefined)),
    whole("Notification", notification ?? 0, 0, NOTIFICATION_MAX),
    el("AccessListChange", {}, writeBoolean(accessList !== undefined)),
    el("AccessList", arrayOf("xsd:string", entries.length), entries),
  );
}

export function readSetParameterAttributesResponse(): SetParameterAttributesResponse {
  return { kind: "SetParameterAttributesResponse" };
}

export function writeSetParameterAttributesResponse(): Element {
  return el("cwmp:SetParameterAttributesResponse", {});
}
