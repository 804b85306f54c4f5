/**
 * Inform: a device opens a session, says who it is, why it calls and what changed.
 * Spec: TR-069 A.3.3.1, 3.7.1.5 (events); field quirks 16, 35, 40, 41, 43. Layer: codec, pure. Golden: test/golden/cwmp/inform*.
 */
import { arrayOf, type ParameterValue, readParameterList, writeParameterValues } from "../parameter-value.js";
import { readCount, readKey, readShortText } from "../values.js";
import { child, children, childText, type Element, el, optionalChild, optionalText } from "../xml.js";

export interface Inform {
  readonly kind: "Inform";
  readonly deviceId: DeviceIdStruct;
  /** In the order sent; empty when a retried session has only confirmed ones left. */
  readonly events: readonly EventStruct[];
  /** Always 1 by the standard; devices say 0 and 2. Never acted upon. */
  readonly maxEnvelopes: number;
  /** The device's clock, as sent: often years off. Never used for ordering. "" if missing. */
  readonly currentTime: string;
  /** Failed sessions since the last good one. */
  readonly retryCount: number;
  readonly parameters: readonly ParameterValue[];
}

export interface DeviceIdStruct {
  readonly manufacturer: string;
  /** Six hex digits, upper case. */
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
}

export interface EventStruct {
  /** "1 BOOT", "M Reboot", "X 00D09E Something": unknown ones are kept. */
  readonly code: string;
  readonly commandKey: string;
}

export interface InformResponse {
  readonly kind: "InformResponse";
  readonly maxEnvelopes: number;
}

export function readInform(body: Element): Inform {
  return {
    kind: "Inform",
    deviceId: readDeviceId(child(body, "DeviceId")),
    events: readEvents(child(body, "Event")),
    maxEnvelopes: readCount(optionalText(body, "MaxEnvelopes"), 1),
    currentTime: optionalText(body, "CurrentTime"),
    retryCount: readCount(optionalText(body, "RetryCount"), 0),
    parameters: readParameterList(body),
  };
}

/** Devices send blanks and line ends inside, lower-case OUIs, and no product class (field quirk 41). */
function readDeviceId(deviceId: Element): DeviceIdStruct {
  return {
    manufacturer: readShortText(optionalText(deviceId, "Manufacturer")),
    oui: childText(deviceId, "OUI").toUpperCase(),
    productClass: optionalText(deviceId, "ProductClass"),
    serialNumber: childText(deviceId, "SerialNumber"),
  };
}

/** TR-069 A.3.3.1 has at most 64; of more, the first are read. */
const EVENTS_MAX = 256;

/** An EventStruct without EventCode tells nothing and is skipped (field quirk 40). */
function readEvents(list: Element): readonly EventStruct[] {
  const events: EventStruct[] = [];
  for (const item of children(list, "EventStruct").slice(0, EVENTS_MAX)) {
    const code = optionalChild(item, "EventCode")?.text.trim();
    if (code !== undefined) events.push({ code: readShortText(code), commandKey: readKey(optionalText(item, "CommandKey")) });
  }
  return events;
}

export function writeInform(inform: Inform): Element {
  const { manufacturer, oui, productClass, serialNumber } = inform.deviceId;
  return el(
    "cwmp:Inform",
    {},
    el(
      "DeviceId",
      {},
      el("Manufacturer", {}, manufacturer),
      el("OUI", {}, oui),
      el("ProductClass", {}, productClass),
      el("SerialNumber", {}, serialNumber),
    ),
    el("Event", arrayOf("cwmp:EventStruct", inform.events.length), inform.events.map(writeEvent)),
    el("MaxEnvelopes", {}, String(inform.maxEnvelopes)),
    el("CurrentTime", {}, inform.currentTime),
    el("RetryCount", {}, String(inform.retryCount)),
    writeParameterValues(inform.parameters),
  );
}

function writeEvent({ code, commandKey }: EventStruct): Element {
  return el("EventStruct", {}, el("EventCode", {}, code), el("CommandKey", {}, commandKey));
}

export function readInformResponse(body: Element): InformResponse {
  return { kind: "InformResponse", maxEnvelopes: readCount(optionalText(body, "MaxEnvelopes"), 1) };
}

export function writeInformResponse({ maxEnvelopes }: InformResponse): Element {
  return el("cwmp:InformResponse", {}, el("MaxEnvelopes", {}, String(maxEnvelopes)));
}
