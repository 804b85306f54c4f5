/**
 * FactoryReset: back to how the device left its factory, once the session has ended.
 * Spec: TR-069 A.4.1.6. Layer: codec, pure. Golden: test/golden/cwmp/factory-reset*.
 */
import { type Element, el } from "../xml.js";

export interface FactoryReset {
  readonly kind: "FactoryReset";
}

export interface FactoryResetResponse {
  readonly kind: "FactoryResetResponse";
}

export function readFactoryReset(): FactoryReset {
  return { kind: "FactoryReset" };
}

export function writeFactoryReset(): Element {
  return el("cwmp:FactoryReset", {});
}

export function readFactoryResetResponse(): FactoryResetResponse {
  return { kind: "FactoryResetResponse" };
}

export function writeFactoryResetResponse(): Element {
  return el("cwmp:FactoryResetResponse", {});
}
