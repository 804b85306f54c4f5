/**
 * ChangeDUState: have a device install, update or uninstall deployment units (software modules).
 * Spec: TR-069 A.4.1.10 (CWMP 1.2). Layer: codec, pure. Golden: test/golden/cwmp/change-du-state*.
 */
import { MalformedMessage } from "../malformed-message.js";
import { CHARACTERS_MAX, checkEntries, sized } from "../sizes.js";
import { readKey } from "../values.js";
import { attribute, children, childText, type Element, el, optionalText, withoutPrefix } from "../xml.js";

export interface ChangeDUState {
  readonly kind: "ChangeDUState";
  /** One or more, independent of each other. DUStateChangeComplete brings one result for each. */
  readonly operations: readonly DuOperation[];
  /** At most 32 characters; comes back in DUStateChangeComplete and in the event "M ChangeDUState". */
  readonly commandKey: string;
}

export type DuOperation = InstallOperation | UpdateOperation | UninstallOperation;

/** In all three, "" is an argument left out. */
export interface InstallOperation {
  readonly operation: "Install";
  readonly url: string;
  /** "" has the device choose one. */
  readonly uuid: string;
  readonly username: string;
  readonly password: string;
  /** Path of the execution environment; "" has the device choose one. */
  readonly executionEnvRef: string;
}

export interface UpdateOperation {
  readonly operation: "Update";
  /** "": the unit is found by its URL. Without URL, too: all units are updated. */
  readonly uuid: string;
  /** Needed where several versions of the unit are installed. */
  readonly version: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface UninstallOperation {
  readonly operation: "Uninstall";
  readonly uuid: string;
  /** "": all versions of the unit. */
  readonly version: string;
  readonly executionEnvRef: string;
}

export interface ChangeDUStateResponse {
  readonly kind: "ChangeDUStateResponse";
}

export function readChangeDUState(body: Element): ChangeDUState {
  return {
    kind: "ChangeDUState",
    operations: children(body, "Operations").map(readOperation),
    commandKey: readKey(optionalText(body, "CommandKey")),
  };
}

/** Which operation it is stands in xsi:type alone. TR-069 A.4.1.10, tables of the operations. */
function readOperation(item: Element): DuOperation {
  const text = (name: string): string => optionalText(item, name);
  const uuid = text("UUID");
  const version = text("Version");
  const executionEnvRef = text("ExecutionEnvRef");
  const access = { username: text("Username"), password: text("Password") };
  switch (withoutPrefix(attribute(item, "xsi:type") ?? "").trim()) {
    case "InstallOpStruct":
      return { operation: "Install", url: childText(item, "URL"), uuid, ...access, executionEnvRef };
    case "UpdateOpStruct":
      return { operation: "Update", uuid, version, url: text("URL"), ...access };
    case "UninstallOpStruct":
      return { operation: "Uninstall", uuid: childText(item, "UUID"), version, executionEnvRef };
    default:
      throw new MalformedMessage("ChangeDUState/Operations", "its xsi:type names no operation");
  }
}

/** @throws {RangeError} An argument over its size, or no operation. */
export function writeChangeDUState({ operations, commandKey }: ChangeDUState): Element {
  checkEntries("Operations", operations.length, 1);
  return el("cwmp:ChangeDUState", {}, operations.map(writeOperation), sized("CommandKey", commandKey, CHARACTERS_MAX.commandKey));
}

function writeOperation(operation: DuOperation): Element {
  return el("Operations", { "xsi:type": `cwmp:${operation.operation}OpStruct` }, argumentsOf(operation));
}

/** In the order of the standard, which differs between the operations. */
function argumentsOf(operation: DuOperation): readonly Element[] {
  switch (operation.operation) {
    case "Install":
      return [
        sized("URL", operation.url, CHARACTERS_MAX.deploymentUrl),
        ...given("UUID", operation.uuid),
        ...given("Username", operation.username, CHARACTERS_MAX.username),
        ...given("Password", operation.password, CHARACTERS_MAX.password),
        ...given("ExecutionEnvRef", operation.executionEnvRef, CHARACTERS_MAX.executionEnvRef),
      ];
    case "Update":
      return [
        ...given("UUID", operation.uuid),
        ...given("Version", operation.version, CHARACTERS_MAX.deploymentVersion),
        ...given("URL", operation.url, CHARACTERS_MAX.deploymentUrl),
        ...given("Username", operation.username, CHARACTERS_MAX.username),
        ...given("Password", operation.password, CHARACTERS_MAX.password),
      ];
    case "Uninstall":
      return [
        el("UUID", {}, operation.uuid),
        ...given("Version", operation.version, CHARACTERS_MAX.deploymentVersion),
        ...given("ExecutionEnvRef", operation.executionEnvRef, CHARACTERS_MAX.executionEnvRef),
      ];
  }
}

/** An argument that "" leaves out: an empty UUID is no UUID, and what an empty URL would mean is not defined. */
function given(name: string, text: string, charactersMax: number = UUID_CHARACTERS): readonly Element[] {
  return text === "" ? [] : [sized(name, text, charactersMax)];
}

/** RFC 4122: 32 hex digits in five groups. */
const UUID_CHARACTERS = 36;

export function readChangeDUStateResponse(): ChangeDUStateResponse {
  return { kind: "ChangeDUStateResponse" };
}

export function writeChangeDUStateResponse(): Element {
  return el("cwmp:ChangeDUStateResponse", {});
}
