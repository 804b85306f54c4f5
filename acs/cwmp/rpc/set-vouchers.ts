/**
 * SetVouchers: signed vouchers that enable options of a device. Deprecated.
 * Spec: TR-069 A.4.1.3, annex C. Layer: codec, pure. Golden: test/golden/cwmp/set-vouchers*.
 */
import { arrayOf } from "../parameter-value.js";
import { checkEntries } from "../sizes.js";
import { child, children, type Element, el } from "../xml.js";

export interface SetVouchers {
  readonly kind: "SetVouchers";
  /** Signed XML documents, each in base64. */
  readonly vouchers: readonly string[];
}

export interface SetVouchersResponse {
  readonly kind: "SetVouchersResponse";
}

export function readSetVouchers(body: Element): SetVouchers {
  const vouchers = children(child(body, "VoucherList"), "base64").map((item) => item.text.trim());
  return { kind: "SetVouchers", vouchers };
}

/** @throws {RangeError} No voucher. */
export function writeSetVouchers({ vouchers }: SetVouchers): Element {
  checkEntries("VoucherList", vouchers.length, 1);
  const items = vouchers.map((voucher) => el("base64", {}, voucher));
  return el("cwmp:SetVouchers", {}, el("VoucherList", arrayOf("SOAP-ENC:base64", items.length), items));
}

export function readSetVouchersResponse(): SetVouchersResponse {
  return { kind: "SetVouchersResponse" };
}

export function writeSetVouchersResponse(): Element {
  return el("cwmp:SetVouchersResponse", {});
}
