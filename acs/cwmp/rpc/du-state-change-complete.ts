/**
 * DUStateChangeComplete: a device tells how the operations of a ChangeDUState ended.
 * Spec: TR-069 A.4.2.3 (CWMP 1.2); field quirks 27, 50. Layer: codec, pure. Golden: test/golden/cwmp/du-state-change-complete*.
 */
import { type FaultStruct, readFaultStruct, writeFaultStruct } from "../fault-struct.js";
import { readBoolean, readKey, readList, UNKNOWN_TIME, writeBoolean } from "../values.js";
import { child, children, type Element, el, optionalText } from "../xml.js";

export interface DUStateChangeComplete {
  readonly kind: "DUStateChangeComplete";
  /** One for each operation, and for each unit where an operation meant several. */
  readonly results: readonly DuResult[];
  readonly commandKey: string;
}

export interface DuResult {
  readonly uuid: string;
  /** Path of the unit in the data model; "" after a failed installation. */
  readonly deploymentUnitRef: string;
  readonly version: string;
  /** "Installed", "Uninstalled" or "Failed". */
  readonly currentState: string;
  /** Whether all that the unit depends on is there. */
  readonly resolved: boolean;
  /** Paths of the units of execution that came, went or remain. */
  readonly executionUnitRefs: readonly string[];
  /** dateTime as sent; unknown time if it left it out. */
  readonly startTime: string;
  readonly completeTime: string;
  readonly fault: FaultStruct;
}

export interface DUStateChangeCompleteResponse {
  readonly kind: "DUStateChangeCompleteResponse";
}

export function readDUStateChangeComplete(body: Element): DUStateChangeComplete {
  return {
    kind: "DUStateChangeComplete",
    results: children(body, "Results").map(readDuResult),
    commandKey: readKey(optionalText(body, "CommandKey")),
  };
}

/** @throws {MalformedMessage} No Fault: nobody could tell whether it was a success. */
export function readDuResult(item: Element): DuResult {
  return {
    uuid: optionalText(item, "UUID"),
    deploymentUnitRef: optionalText(item, "DeploymentUnitRef"),
    version: optionalText(item, "Version"),
    currentState: optionalText(item, "CurrentState"),
    resolved: readBoolean(optionalText(item, "Resolved")),
    executionUnitRefs: readList(optionalText(item, "ExecutionUnitRefList")),
    startTime: optionalText(item, "StartTime") || UNKNOWN_TIME,
    completeTime: optionalText(item, "CompleteTime") || UNKNOWN_TIME,
    fault: readFaultStruct(child(item, "Fault")),
  };
}

export function writeDUStateChangeComplete({ results, commandKey }: DUStateChangeComplete): Element {
  const items = results.map((result) => el("Results", {}, writeDuResult(result)));
  return el("cwmp:DUStateChangeComplete", {}, items, el("CommandKey", {}, commandKey));
}

/** The arguments of a result; AutonomousDUStateChangeComplete adds one of its own. */
export function writeDuResult(result: DuResult): readonly Element[] {
  return [
    el("UUID", {}, result.uuid),
    el("DeploymentUnitRef", {}, result.deploymentUnitRef),
    el("Version", {}, result.version),
    el("CurrentState", {}, result.currentState),
    el("Resolved", {}, writeBoolean(result.resolved)),
    el("ExecutionUnitRefList", {}, result.executionUnitRefs.join(",")),
    el("StartTime", {}, result.startTime),
    el("CompleteTime", {}, result.completeTime),
    writeFaultStruct("Fault", result.fault),
  ];
}

export function readDUStateChangeCompleteResponse(): DUStateChangeCompleteResponse {
  return { kind: "DUStateChangeCompleteResponse" };
}

export function writeDUStateChangeCompleteResponse(): Element {
  return el("cwmp:DUStateChangeCompleteResponse", {});
}
