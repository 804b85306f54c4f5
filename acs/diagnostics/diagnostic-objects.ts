/**
 * Diagnostics objects as data: which parameter says how far a test is, what asks for it, what ends it, which arguments it takes.
 * An object that is not in the list is taken for one that follows the standard's DiagnosticsState.
 * Spec: TR-098, TR-181 (IP.Diagnostics, DNS.Diagnostics, …), TR-143, TR-104 i1 and i2; cwmp.md 8.2, 9.5. Layer: diagnostics, pure.
 */
import { codePath } from "../devices/parameter-path.js";

export interface DiagnosticObject {
  /** Name of the state within the object. */
  readonly stateParameter: string;
  /** The value that asks for a test; the device shows it until the test has ended. */
  readonly requestValue: string;
  /** Values that say "ended well". Case is of no account. */
  readonly completeValues: readonly string[];
  /** What a value that says "ended with an error" begins with. */
  readonly errorPrefix: string;
  /** The value that takes the request back; null: the data model has none. */
  readonly cancelValue: string | null;
  /** Canonical types of the arguments, by their names within the object; a device may have others. */
  readonly arguments: Readonly<Record<string, string>>;
  /** From which arguments it can be told how long a test may take; null: from none. */
  readonly duration: Duration | null;
}

/** At most (the sum of `addendsMs`) times (the product of `factors`). */
export interface Duration {
  readonly addendsMs: readonly string[];
  readonly factors: readonly string[];
  /** What an argument is that neither order nor tree tells; absent: not known. */
  readonly defaults?: Readonly<Record<string, string>>;
}

type Arguments = DiagnosticObject["arguments"];

const REQUESTED = "Requested";
/** "Completed" is TR-143's of TR-098, and deprecated in TR-181 (field quirk 57). */
const COMPLETE = ["Complete", "Completed"] as const;

const UNKNOWN_OBJECT: DiagnosticObject = {
  stateParameter: "DiagnosticsState",
  requestValue: REQUESTED,
  completeValues: COMPLETE,
  errorPrefix: "Error",
  cancelValue: null,
  arguments: {},
  duration: null,
};

const strings = (...names: readonly string[]): Arguments => typed("xsd:string", names);
const numbers = (...names: readonly string[]): Arguments => typed("xsd:unsignedInt", names);
const booleans = (...names: readonly string[]): Arguments => typed("xsd:boolean", names);

function typed(type: string, names: readonly string[]): Arguments {
  return Object.fromEntries(names.map((name) => [name, type]));
}

type Listed = Omit<Partial<DiagnosticObject>, "cancelValue">;

const REPEATED: Duration = { addendsMs: ["Timeout"], factors: ["NumberOfRepetitions"] };
const PING = { ...strings("Interface", "Host"), ...numbers("NumberOfRepetitions", "Timeout", "DataBlockSize", "DSCP") };
const TRACE = { ...strings("Interface", "Host"), ...numbers("NumberOfTries", "Timeout", "DataBlockSize", "DSCP", "MaxHopCount") };
const TRACE_DURATION: Duration = { addendsMs: ["Timeout"], factors: ["NumberOfTries", "MaxHopCount"] };
const LOOKUP = { ...strings("Interface", "HostName", "DNSServer"), ...numbers("Timeout", "NumberOfRepetitions") };
const DOWNLOAD = { ...strings("Interface", "DownloadURL"), ...numbers("DSCP", "EthernetPriority") };
const UPLOAD = { ...strings("Interface", "UploadURL"), ...numbers("DSCP", "EthernetPriority", "TestFileLength") };
const CONNECTIONS = {
  ...strings("ProtocolVersion"),
  ...numbers("NumberOfConnections", "TimeBasedTestDuration", "TimeBasedTestMeasurementInterval", "TimeBasedTestMeasurementOffset"),
  ...booleans("EnablePerConnectionResults"),
};
const LOOPBACK = numbers("NumberOfRepetitions", "Timeout");
const VOICE_PORT: Listed = { stateParameter: "TestState", arguments: strings("TestSelector") };

/** Below InternetGatewayDevice. */
const TR098: Readonly<Record<string, Listed>> = {
  "IPPingDiagnostics.": { arguments: PING, duration: REPEATED },
  "TraceRouteDiagnostics.": { arguments: TRACE, duration: TRACE_DURATION },
  "NSLookupDiagnostics.": { arguments: LOOKUP, duration: REPEATED },
  "DownloadDiagnostics.": { arguments: DOWNLOAD },
  "UploadDiagnostics.": { arguments: UPLOAD },
  "WANDevice.{i}.WANDSLDiagnostics.": { stateParameter: "LoopDiagnosticsState" },
  "WANDevice.{i}.WANConnectionDevice.{i}.WANATMF5LoopbackDiagnostics.": { arguments: LOOPBACK, duration: REPEATED },
};

/** Below Device. */
const TR181: Readonly<Record<string, Listed>> = {
  "IP.Diagnostics.IPPing.": { arguments: { ...PING, ...strings("ProtocolVersion") }, duration: REPEATED },
  "IP.Diagnostics.TraceRoute.": { arguments: { ...TRACE, ...strings("ProtocolVersion") }, duration: TRACE_DURATION },
  "IP.Diagnostics.DownloadDiagnostics.": { arguments: { ...DOWNLOAD, ...CONNECTIONS } },
  "IP.Diagnostics.UploadDiagnostics.": { arguments: { ...UPLOAD, ...CONNECTIONS } },
  "IP.Diagnostics.UDPEchoDiagnostics.": {
    arguments: {
      ...strings("Interface", "Host", "ProtocolVersion"),
      ...numbers("Port", "NumberOfRepetitions", "Timeout", "DataBlockSize", "DSCP", "InterTransmissionTime"),
      ...booleans("EnableIndividualPacketResults"),
    },
    duration: { addendsMs: ["Timeout", "InterTransmissionTime"], factors: ["NumberOfRepetitions"] },
  },
  // Its duration depends on the number of hosts, too: it is not computed.
  "IP.Diagnostics.ServerSelectionDiagnostics.": {
    arguments: { ...strings("Interface", "ProtocolVersion", "Protocol", "HostList"), ...numbers("NumberOfRepetitions", "Timeout") },
  },
  "DNS.Diagnostics.NSLookupDiagnostics.": { arguments: LOOKUP, duration: REPEATED },
  "ATM.Diagnostics.F5Loopback.": { arguments: { ...strings("Interface"), ...LOOPBACK }, duration: REPEATED },
  "DSL.Diagnostics.ADSLLineTest.": { arguments: strings("Interface") },
  "WiFi.NeighboringWiFiDiagnostic.": {},
};

/** Below either root: TR-104 issue 1 and 2, and the self test. */
const COMMON: Readonly<Record<string, Listed>> = {
  "Services.VoiceService.{i}.PhyInterface.{i}.Tests.": VOICE_PORT,
  "Services.VoiceService.{i}.POTS.FXS.{i}.DiagTests.": { arguments: strings("TestSelector") },
  "Services.VoiceService.{i}.POTS.FXO.{i}.DiagTests.": { arguments: strings("TestSelector") },
  "Services.VoiceService.{i}.Terminal.{i}.DiagTests.": { arguments: strings("TestSelector") },
  "SelfTestDiagnostics.": {},
};

/** A vendor's test of one line's SIP registration (CN 103067208 B), wherever it stands. Its names and values are ours: cwmp.md 9.5. */
const REGISTRATION: DiagnosticObject = {
  ...UNKNOWN_OBJECT,
  completeValues: [...COMPLETE, "8 DIAGNOSTICS COMPLETE"],
  cancelValue: "Canceled",
  arguments: { ...numbers("Timeout", "AttemptTimeout"), ...strings("Transport") },
  duration: { addendsMs: ["Timeout"], factors: [], defaults: { Timeout: "32000" } },
};
const REGISTRATION_PATH = /\.X_[0-9A-Za-z-]+_RegistrationDiagnostics\.$/;

const TR098_ROOT = "InternetGatewayDevice.";
const TR181_ROOT = "Device.";

const OBJECTS: ReadonlyMap<string, DiagnosticObject> = new Map([
  ...under(TR098_ROOT, { ...TR098, ...COMMON }),
  ...under(TR181_ROOT, { ...TR181, ...COMMON }),
]);

function under(root: string, listed: Readonly<Record<string, Listed>>): readonly (readonly [string, DiagnosticObject])[] {
  return Object.entries(listed).map(([path, differs]) => {
    const object = { ...UNKNOWN_OBJECT, ...differs };
    // Only the state type of TR-181 knows "Canceled": TR-098 does not, nor does TestState.
    const cancelValue = root === TR181_ROOT && object.stateParameter === UNKNOWN_OBJECT.stateParameter ? "Canceled" : null;
    return [root + path, { ...object, cancelValue }];
  });
}

/** Their names promise a test; they are switched on and off, and have no state. */
const WITHOUT_STATE: ReadonlySet<string> = new Set([`${TR098_ROOT}UDPEchoConfig.`, `${TR181_ROOT}IP.Diagnostics.UDPEchoConfig.`]);

/** @param path Of the object, with its instance numbers and the dot at its end. undefined: known to have no state. */
export function diagnosticObject(path: string): DiagnosticObject | undefined {
  if (WITHOUT_STATE.has(path)) return undefined;
  if (REGISTRATION_PATH.test(path)) return REGISTRATION;
  const listed = OBJECTS.get(codePath(path).template);
  return listed ?? { ...UNKNOWN_OBJECT, cancelValue: path.startsWith(TR181_ROOT) ? "Canceled" : null };
}

/** The values by which a stored state says "a test was asked for". */
export const REQUEST_VALUES: readonly string[] = [REQUESTED];

/** The object whose state this parameter is, e.g. "Device.IP.Diagnostics.IPPing."; undefined: it is no state of a test. */
export function objectOfState(name: string): string | undefined {
  const path = name.slice(0, name.lastIndexOf(".") + 1);
  return diagnosticObject(path)?.stateParameter === name.slice(path.length) ? path : undefined;
}
