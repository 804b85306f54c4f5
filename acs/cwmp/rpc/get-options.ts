/**
 * GetOptions: which options vouchers have enabled on a device. Deprecated.
 * Spec: TR-069 A.4.1.4. Layer: codec, pure. Golden: test/golden/cwmp/get-options*.
 */
import { arrayOf } from "../parameter-value.js";
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readBoolean, readCount, UNKNOWN_TIME, writeBoolean } from "../values.js";
import { child, children, childText, type Element, el, optionalText } from "../xml.js";

export interface GetOptions {
  readonly kind: "GetOptions";
  /** "": all of them. */
  readonly optionName: string;
}

export interface GetOptionsResponse {
  readonly kind: "GetOptionsResponse";
  readonly options: readonly OptionStruct[];
}

export interface OptionStruct {
  readonly optionName: string;
  readonly voucherSerialNumber: number;
  /** 0: not enabled, not set up. 1: enabled, not set up. 2: not enabled, set up. 3: both. */
  readonly state: number;
  /** 0: disabled. 1: enabled until the expiration date. 2: enabled for good. */
  readonly mode: number;
  /** dateTime as sent; unknown time if it left it out. */
  readonly startDate: string;
  /** "": none. */
  readonly expirationDate: string;
  readonly isTransferable: boolean;
}

export function readGetOptions(body: Element): GetOptions {
  return { kind: "GetOptions", optionName: optionalText(body, "OptionName") };
}

/** @throws {RangeError} A name over 64 characters. */
export function writeGetOptions({ optionName }: GetOptions): Element {
  return el("cwmp:GetOptions", {}, sized("OptionName", optionName, CHARACTERS_MAX.optionName));
}

export function readGetOptionsResponse(body: Element): GetOptionsResponse {
  return { kind: "GetOptionsResponse", options: children(child(body, "OptionList"), "OptionStruct").map(readOption) };
}

function readOption(item: Element): OptionStruct {
  return {
    optionName: childText(item, "OptionName"),
    voucherSerialNumber: readCount(optionalText(item, "VoucherSN"), 0),
    state: readCount(optionalText(item, "State"), 0),
    mode: readCount(optionalText(item, "Mode"), 0),
    startDate: optionalText(item, "StartDate") || UNKNOWN_TIME,
    expirationDate: optionalText(item, "ExpirationDate"),
    isTransferable: readBoolean(optionalText(item, "IsTransferable")),
  };
}

export function writeGetOptionsResponse({ options }: GetOptionsResponse): Element {
  return el("cwmp:GetOptionsResponse", {}, el("OptionList", arrayOf("cwmp:OptionStruct", options.length), options.map(writeOption)));
}

function writeOption(option: OptionStruct): Element {
  return el(
    "OptionStruct",
    {},
    el("OptionName", {}, option.optionName),
    el("VoucherSN", {}, String(option.voucherSerialNumber)),
    el("State", {}, String(option.state)),
    el("Mode", {}, String(option.mode)),
    el("StartDate", {}, option.startDate),
    option.expirationDate === "" ? [] : el("ExpirationDate", {}, option.expirationDate),
    el("IsTransferable", {}, writeBoolean(option.isTransferable)),
  );
}
