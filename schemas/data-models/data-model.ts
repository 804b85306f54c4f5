/**
 * The shape of a data model: which parameters a device has, their types, limits and access. Models themselves lie beside this file.
 * Spec: TR-106 (types), TR-069 A.3.2.3 (writable). Layer: schemas.
 */

/** `writableValues`: what an ACS may set when that is less than what the device may report (DiagnosticsState, TR-106). */
export type ParameterType =
  | {
      readonly base: "string";
      readonly charactersMax?: number;
      readonly values?: readonly string[];
      readonly writableValues?: readonly string[];
    }
  | { readonly base: "string"; readonly format: "ip-address" | "mac-address" }
  | { readonly base: "unsignedInt" | "int"; readonly min?: number; readonly max?: number }
  | { readonly base: "boolean" | "dateTime" };

export interface ParameterDefinition {
  /** Full path, with the root: "InternetGatewayDevice.DeviceInfo.UpTime". */
  readonly name: string;
  readonly type: ParameterType;
  readonly writable: boolean;
  /** Told in every Inform. */
  readonly forcedInform: boolean;
  /** Active notification from the factory; the forced ones cannot be turned off. */
  readonly activeNotification: boolean;
  /** Can be written, never read back: a string reads as "", a boolean as false. */
  readonly hidden: boolean;
  /** Value of the invented example device. */
  readonly sample: string;
}

export interface DataModel {
  /** "InternetGatewayDevice." or "Device.". */
  readonly root: string;
  readonly parameters: readonly ParameterDefinition[];
  /** Tables, also those without rows, with a trailing dot. `growable`: the standard allows AddObject and DeleteObject. */
  readonly tables: readonly { readonly path: string; readonly growable: boolean }[];
}
