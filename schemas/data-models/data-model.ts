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
      /** Of a comma-separated list. */
      readonly itemsMax?: number;
    }
  | { readonly base: "string"; readonly format: "ip-address" | "mac-address" }
  | { readonly base: "unsignedInt" | "unsignedLong" | "int"; readonly min?: number; readonly max?: number }
  | { readonly base: "boolean" | "dateTime" };

export interface ParameterDefinition {
  /** Full path, with the root: "InternetGatewayDevice.DeviceInfo.UpTime". */
  readonly name: string;
  readonly type: ParameterType;
  readonly writable: boolean;
  /** Told in every Inform. */
  readonly forcedInform: boolean;
  /** Active notification from the factory. */
  readonly activeNotification: boolean;
  /** ... which cannot be turned off. */
  readonly forcedNotification: boolean;
  /** The device may refuse active notification, with fault 9009 ("canDeny"). */
  readonly mayDenyNotification: boolean;
  /** Can be written, never read back: a string reads as "", a boolean as false. */
  readonly hidden: boolean;
  /** Value of the invented example device. */
  readonly sample: string;
}

/** A table, also one without rows. Inside the rows of another table it stands for its counterpart in each of them. */
export interface TableDefinition {
  /** With a trailing dot, through the first row of each table on the way. */
  readonly path: string;
  /** The standard allows AddObject and DeleteObject. */
  readonly growable: boolean;
  /** Name of the counter beside the table: "VoiceProfileNumberOfEntries". */
  readonly countedBy?: string;
  /** Rows that the device has room for, in this table and its counterparts together. Only with rows that come and go. */
  readonly rowsMax?: number;
  /** What a new row differs in from the example row, by path within the row: "SIP.URI". */
  readonly initial?: Readonly<Record<string, string>>;
  /** The parameters of a row, named within it and with their initial values as samples, where the model has no example row. */
  readonly row?: readonly ParameterDefinition[];
  /** Rows are results of a test: they come when it ends, and go with the next one and with the power. */
  readonly results?: true;
}

/** What a test of the device does, whatever its object is called. */
export type TestKind =
  | "ping"
  | "trace-route"
  | "name-lookup"
  | "download"
  | "upload"
  | "udp-echo"
  | "server-selection"
  | "wifi-neighbours"
  | "self-test"
  | "phone-connectivity"
  | "line-circuit"
  | "sip-registration";

/** Where a model keeps what devices of each model have. Paths without the root. */
export interface ModelPlaces {
  /** Tests by the parameter that says how far each is. A path through first rows stands for its counterpart in each row. */
  readonly tests: Readonly<Record<string, TestKind>>;
  /** The object of the UDP echo server. */
  readonly echoServer: string;
  /** The parameter of the address that tells one device from the next. */
  readonly macAddress: string;
  /** What Services.VoiceService is made of. */
  readonly voice: "TR-104 issue 1" | "TR-104 issue 2";
}

export interface DataModel {
  /** "InternetGatewayDevice." or "Device.". */
  readonly root: string;
  readonly places: ModelPlaces;
  readonly parameters: readonly ParameterDefinition[];
  readonly tables: readonly TableDefinition[];
}
