/**
 * The diagnostics objects of a TR-181 gateway.
 * Spec: TR-181 2.17 (IP.Diagnostics, DNS.Diagnostics, WiFi), TR-143. Layer: schemas.
 */
import type { ParameterDefinition, TableDefinition, TestKind } from "./data-model.js";
import {
  BOOLEAN,
  below,
  cancelableState,
  DATE_TIME,
  integer,
  type Leaf,
  LIST,
  listOf,
  MAC_ADDRESS,
  oneOf,
  readOnly,
  row,
  text,
  unsigned,
  unsignedLong,
  writable,
} from "./describe-model.js";
import {
  address,
  count,
  DIAGNOSTIC_LIMITS,
  dscp,
  ECHO_SERVER,
  host,
  interfaceOf,
  LOOKUP_ARGUMENTS,
  packetArguments,
  plainBytes,
  plainCount,
  repetitions,
  TCP_TIMES,
  TIMEOUT_MS,
  TRACE_ARGUMENTS,
  TRANSFER_TIMES,
  time,
  UNKNOWN_TIME,
} from "./diagnostics-leaves.js";

const { object, fixed } = below("Device.");
const URL_TEXT = text(2048);

const stateType = (...errors: readonly string[]) => cancelableState(...errors.map((error) => `Error_${error}`));
const state = (...errors: readonly string[]): Leaf => writable("DiagnosticsState", stateType(...errors), "None");
const deniableState = (...errors: readonly string[]): Leaf => writable("DiagnosticsState", stateType(...errors), "None", "mayDeny");
const version = (): Leaf => writable("ProtocolVersion", oneOf("Any", "IPv4", "IPv6"), "Any");
const deny = (leaf: Leaf): Leaf => ({ ...leaf, mayDenyNotification: true });

/** What both transfer tests take besides their URL. @param limits Parameters that tell how many connections and increments there may be. */
const transferArguments = (limits: { readonly connections: string; readonly increments: string }): readonly Leaf[] => [
  interfaceOf(),
  dscp(),
  writable("EthernetPriority", unsigned(0, 7), "0"),
  version(),
  writable("NumberOfConnections", unsigned(1, DIAGNOSTIC_LIMITS.connectionsMax), "1"),
  readOnly(limits.connections, unsigned(1), String(DIAGNOSTIC_LIMITS.connectionsMax)),
  readOnly(limits.increments, unsigned(1), String(DIAGNOSTIC_LIMITS.incrementalResultsMax)),
  writable("TimeBasedTestDuration", unsigned(0, 999), "0"),
  writable("TimeBasedTestMeasurementInterval", unsigned(0, 999), "0"),
  writable("TimeBasedTestMeasurementOffset", unsigned(0, 255), "0"),
  writable("EnablePerConnectionResults", BOOLEAN, "0", "mayDeny"),
];
/** @param test The direction that is tested, and so counted twice. */
const transferResults = (test: "TestBytesReceived" | "TestBytesSent"): readonly Leaf[] => [
  ...TRANSFER_TIMES,
  ...[test, "TotalBytesReceived", "TotalBytesSent"].map(plainBytes),
  ...[test, "TotalBytesReceived", "TotalBytesSent"].map((leaf) => plainBytes(`${leaf}UnderFullLoading`)),
  plainCount("PeriodOfFullLoading"),
  ...TCP_TIMES,
  plainCount("PerConnectionResultNumberOfEntries"),
  plainCount("IncrementalResultNumberOfEntries"),
];

export const DIAGNOSTICS: readonly ParameterDefinition[] = [
  ...object("IP.Diagnostics.IPPing.", [
    state("CannotResolveHostName", "NoRouteToHost", "Internal", "Other"),
    interfaceOf(),
    version(),
    host(),
    repetitions("4"),
    ...packetArguments("64"),
    address("IPAddressUsed"),
    ...["SuccessCount", "FailureCount", "AverageResponseTime", "MinimumResponseTime"].map(count),
    plainCount("MaximumResponseTime"),
    ...["AverageResponseTimeDetailed", "MinimumResponseTimeDetailed"].map(count),
    plainCount("MaximumResponseTimeDetailed"),
  ]),
  ...object("IP.Diagnostics.TraceRoute.", [
    state("CannotResolveHostName", "NoRouteToHost", "MaxHopCountExceeded", "Internal", "Other"),
    interfaceOf(),
    version(),
    host(),
    ...TRACE_ARGUMENTS,
    address("IPAddressUsed"),
    count("ResponseTime"),
    count("RouteHopsNumberOfEntries"),
  ]),
  ...object("IP.Diagnostics.DownloadDiagnostics.", [
    state(
      ...["CannotResolveHostName", "NoRouteToHost", "InitConnectionFailed", "NoResponse", "TransferFailed", "PasswordRequestFailed"],
      ...["LoginFailed", "NoTransferMode", "NoPASV", "IncorrectSize", "Timeout", "Internal", "Other"],
    ),
    writable("DownloadURL", URL_TEXT, ""),
    readOnly("DownloadTransports", LIST, "HTTP"),
    ...transferArguments({ connections: "DownloadDiagnosticMaxConnections", increments: "DownloadDiagnosticsMaxIncrementalResult" }),
    deny(address("IPAddressUsed")),
    ...transferResults("TestBytesReceived"),
  ]),
  ...object("IP.Diagnostics.UploadDiagnostics.", [
    state(
      ...["CannotResolveHostName", "NoRouteToHost", "InitConnectionFailed", "NoResponse", "PasswordRequestFailed", "LoginFailed"],
      ...["NoTransferMode", "NoPASV", "NoCWD", "NoSTOR", "NoTransferComplete", "Timeout", "Internal", "Other"],
    ),
    writable("UploadURL", URL_TEXT, ""),
    readOnly("UploadTransports", LIST, "HTTP"),
    writable("TestFileLength", unsignedLong(DIAGNOSTIC_LIMITS.uploadBytesMax), "0"),
    ...transferArguments({ connections: "UploadDiagnosticsMaxConnections", increments: "UploadDiagnosticsMaxIncrementalResult" }),
    address("IPAddressUsed"),
    ...transferResults("TestBytesSent"),
  ]),
  ...object("IP.Diagnostics.UDPEchoConfig.", ECHO_SERVER),
  ...object("IP.Diagnostics.UDPEchoDiagnostics.", [
    deniableState("CannotResolveHostName", "Internal", "Other"),
    interfaceOf(),
    deny(host()),
    deny(writable("Port", unsigned(1, 65_535), "7")),
    deny(repetitions("1")),
    ...packetArguments("24").map(deny),
    deny(writable("InterTransmissionTime", unsigned(1, 65_535), "1000")),
    version(),
    address("IPAddressUsed"),
    ...["SuccessCount", "FailureCount", "AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime"].map(plainCount),
    writable("EnableIndividualPacketResults", BOOLEAN, "0", "mayDeny"),
    plainCount("IndividualPacketResultNumberOfEntries"),
    readOnly("UDPEchoDiagnosticsMaxResults", unsigned(1), String(DIAGNOSTIC_LIMITS.packetResultsMax)),
  ]),
  ...object("IP.Diagnostics.ServerSelectionDiagnostics.", [
    deniableState("CannotResolveHostName", "Internal", "Other"),
    interfaceOf(),
    version(),
    writable("Protocol", oneOf("ICMP", "UDP Echo"), "ICMP"),
    writable("HostList", listOf(DIAGNOSTIC_LIMITS.listItemsMax), ""),
    repetitions("1"),
    writable("Timeout", TIMEOUT_MS, "1000"),
    readOnly("FastestHost", text(256), "", "mayDeny"),
    ...["MinimumResponseTime", "AverageResponseTime"].map(count),
    plainCount("MaximumResponseTime"),
    address("IPAddressUsed"),
  ]),
  ...object("DNS.Diagnostics.NSLookupDiagnostics.", [
    deniableState("DNSServerNotResolved", "Internal", "Other"),
    ...LOOKUP_ARGUMENTS,
    count("SuccessCount"),
    count("ResultNumberOfEntries"),
  ]),
  ...object("WiFi.NeighboringWiFiDiagnostic.", [state(), plainCount("ResultNumberOfEntries")]),
  ...object("SelfTestDiagnostics.", [deniableState("Internal", "Other"), readOnly("Results", text(1024), "", "mayDeny")]),
];

const LOOKUP_STATUS = oneOf("Success", "Error_DNSServerNotAvailable", "Error_HostNameNotResolved", "Error_Timeout", "Error_Other");
const SECURITY_MODES = oneOf("None", "WEP", "WPA", "WPA2", "WPA-WPA2", "WPA2-Enterprise", "WPA3-SAE");
const bytes = (leaf: string): Leaf => deny(plainBytes(leaf));

export const DIAGNOSTICS_TABLES: readonly TableDefinition[] = [
  fixed("IP.Diagnostics.TraceRoute.RouteHops.", {
    ...{ countedBy: "RouteHopsNumberOfEntries", results: true },
    row: row(readOnly("Host", text(256), "", "mayDeny"), deny(address("HostAddress")), count("ErrorCode"), readOnly("RTTimes", LIST, "")),
  }),
  fixed("IP.Diagnostics.DownloadDiagnostics.PerConnectionResult.", {
    ...{ countedBy: "PerConnectionResultNumberOfEntries", results: true },
    row: row(...TRANSFER_TIMES, ...["TestBytesReceived", "TotalBytesReceived", "TotalBytesSent"].map(bytes), ...TCP_TIMES),
  }),
  fixed("IP.Diagnostics.UploadDiagnostics.PerConnectionResult.", {
    ...{ countedBy: "PerConnectionResultNumberOfEntries", results: true },
    row: row(...TRANSFER_TIMES, plainBytes("TestBytesSent"), ...["TotalBytesReceived", "TotalBytesSent"].map(bytes), ...TCP_TIMES),
  }),
  fixed("IP.Diagnostics.DownloadDiagnostics.IncrementalResult.", {
    ...{ countedBy: "IncrementalResultNumberOfEntries", results: true },
    row: row(
      bytes("TestBytesReceived"),
      ...["TotalBytesReceived", "TotalBytesSent"].map(plainBytes),
      ...["StartTime", "EndTime"].map(time),
    ),
  }),
  fixed("IP.Diagnostics.UploadDiagnostics.IncrementalResult.", {
    ...{ countedBy: "IncrementalResultNumberOfEntries", results: true },
    row: row(...["TestBytesSent", "TotalBytesReceived", "TotalBytesSent"].map(plainBytes), ...["StartTime", "EndTime"].map(time)),
  }),
  fixed("IP.Diagnostics.UDPEchoDiagnostics.IndividualPacketResult.", {
    ...{ countedBy: "IndividualPacketResultNumberOfEntries", results: true },
    row: row(
      readOnly("PacketSuccess", BOOLEAN, "0"),
      readOnly("PacketSendTime", DATE_TIME, UNKNOWN_TIME),
      readOnly("PacketReceiveTime", DATE_TIME, UNKNOWN_TIME),
      ...["TestGenSN", "TestRespSN", "TestRespRcvTimeStamp", "TestRespReplyTimeStamp", "TestRespReplyFailureCount"].map(plainCount),
    ),
  }),
  fixed("DNS.Diagnostics.NSLookupDiagnostics.Result.", {
    ...{ countedBy: "ResultNumberOfEntries", results: true },
    row: row(
      readOnly("Status", LOOKUP_STATUS, "Error_Other", "mayDeny"),
      readOnly("AnswerType", oneOf("None", "Authoritative", "NonAuthoritative"), "None", "mayDeny"),
      readOnly("HostNameReturned", text(256), ""),
      readOnly("IPAddresses", LIST, "", "mayDeny"),
      deny(address("DNSServerIP")),
      count("ResponseTime"),
    ),
  }),
  fixed("WiFi.NeighboringWiFiDiagnostic.Result.", {
    ...{ countedBy: "ResultNumberOfEntries", results: true },
    row: row(
      readOnly("Radio", text(256), ""),
      readOnly("SSID", text(32), ""),
      readOnly("BSSID", MAC_ADDRESS, ""),
      readOnly("Mode", oneOf("AdHoc", "Infrastructure"), "Infrastructure"),
      readOnly("Channel", unsigned(1, 255), "1"),
      readOnly("SignalStrength", integer(-200, 0), "0"),
      readOnly("SecurityModeEnabled", SECURITY_MODES, "None"),
      readOnly("EncryptionMode", LIST, ""),
      readOnly("OperatingFrequencyBand", oneOf("2.4GHz", "5GHz", "6GHz"), "2.4GHz"),
      readOnly("SupportedStandards", LIST, ""),
      readOnly("OperatingStandards", LIST, ""),
      readOnly("OperatingChannelBandwidth", oneOf("20MHz", "40MHz", "80MHz", "160MHz", "Auto"), "20MHz"),
      readOnly("BeaconPeriod", unsigned(), "100"),
      readOnly("Noise", integer(-200, 0), "0"),
      readOnly("BasicDataTransferRates", text(256), ""),
      readOnly("SupportedDataTransferRates", text(256), ""),
      readOnly("DTIMPeriod", unsigned(), "1"),
    ),
  }),
];

export const DIAGNOSTICS_TESTS: Readonly<Record<string, TestKind>> = {
  "IP.Diagnostics.IPPing.DiagnosticsState": "ping",
  "IP.Diagnostics.TraceRoute.DiagnosticsState": "trace-route",
  "IP.Diagnostics.DownloadDiagnostics.DiagnosticsState": "download",
  "IP.Diagnostics.UploadDiagnostics.DiagnosticsState": "upload",
  "IP.Diagnostics.UDPEchoDiagnostics.DiagnosticsState": "udp-echo",
  "IP.Diagnostics.ServerSelectionDiagnostics.DiagnosticsState": "server-selection",
  "DNS.Diagnostics.NSLookupDiagnostics.DiagnosticsState": "name-lookup",
  "WiFi.NeighboringWiFiDiagnostic.DiagnosticsState": "wifi-neighbours",
  "SelfTestDiagnostics.DiagnosticsState": "self-test",
};
