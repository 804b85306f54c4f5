/**
 * AutonomousDUStateChangeComplete: deployment units changed without the ACS.
 * Spec: TR-069 A.4.2.4 (CWMP 1.2). Layer: codec, pure. Golden: test/golden/cwmp/autonomous-du-state-change-complete*.
 */
import { children, type Element, el, optionalText } from "../xml.js";
import { type DuResult, readDuResult, writeDuResult } from "./du-state-change-complete.js";

export interface AutonomousDUStateChangeComplete {
  readonly kind: "AutonomousDUStateChangeComplete";
  readonly results: readonly AutonomousDuResult[];
}

export interface AutonomousDuResult extends DuResult {
  /** "Install", "Update", "Uninstall" or the vendor's. */
  readonly operationPerformed: string;
}

export interface AutonomousDUStateChangeCompleteResponse {
  readonly kind: "AutonomousDUStateChangeCompleteResponse";
}

export function readAutonomousDUStateChangeComplete(body: Element): AutonomousDUStateChangeComplete {
  const results = children(body, "Results").map((item) => ({
    ...readDuResult(item),
    operationPerformed: optionalText(item, "OperationPerformed"),
  }));
  return { kind: "AutonomousDUStateChangeComplete", results };
}

export function writeAutonomousDUStateChangeComplete({ results }: AutonomousDUStateChangeComplete): Element {
  const items = results.map((result) => el("Results", {}, writeDuResult(result), el("OperationPerformed", {}, result.operationPerformed)));
  return el("cwmp:AutonomousDUStateChangeComplete", {}, items);
}

export function readAutonomousDUStateChangeCompleteResponse(): AutonomousDUStateChangeCompleteResponse {
  return { kind: "AutonomousDUStateChangeCompleteResponse" };
}

export function writeAutonomousDUStateChangeCompleteResponse(): Element {
  return el("cwmp:AutonomousDUStateChangeCompleteResponse", {});
}
