/**
 * The diagnostics objects of a TR-098 gateway.
 * Spec: TR-098 1.8, TR-143. Layer: schemas.
 */
import type { ParameterDefinition, TableDefinition, TestKind } from "./data-model.js";
import { below, diagnosticsState, LIST, oneOf, readOnly, row, text, unsigned, writable } from "./describe-model.js";
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
  repetitions,
  TCP_TIMES,
  TRACE_ARGUMENTS,
  TRANSFER_TIMES,
} from "./diagnostics-leaves.js";

const { object, fixed } = below("InternetGatewayDevice.");

/** @param end How the object says "ended well". */
const state = (end: "Complete" | "Completed", ...errors: readonly string[]) =>
  writable("DiagnosticsState", diagnosticsState("None", "Requested", end, ...errors.map((error) => `Error_${error}`)), "None", "mayDeny");
const priority = () => writable("EthernetPriority", unsigned(0, 7), "0");

export const DIAGNOSTICS: readonly ParameterDefinition[] = [
  ...object("IPPingDiagnostics.", [
    state("Complete", "CannotResolveHostName", "Internal", "Other"),
    interfaceOf(),
    host(),
    repetitions("4"),
    ...packetArguments("64"),
    ...["SuccessCount", "FailureCount", "AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime"].map(count),
  ]),
  ...object("TraceRouteDiagnostics.", [
    // The standard has the first two only. A device that can't send at all takes the words of IPPing.
    state("Complete", "CannotResolveHostName", "MaxHopCountExceeded", "Internal", "Other"),
    interfaceOf(),
    host(),
    ...TRACE_ARGUMENTS,
    count("ResponseTime"),
    count("RouteHopsNumberOfEntries"),
  ]),
  ...object("NSLookupDiagnostics.", [
    state("Complete", "DNSServerNotResolved", "Internal", "Other"),
    ...LOOKUP_ARGUMENTS,
    count("SuccessCount"),
    count("ResultNumberOfEntries"),
  ]),
  ...object("DownloadDiagnostics.", [
    state(
      "Completed",
      ...["InitConnectionFailed", "NoResponse", "TransferFailed", "PasswordRequestFailed", "LoginFailed", "NoTransferMode", "NoPASV"],
      ...["IncorrectSize", "Timeout"],
    ),
    interfaceOf(),
    writable("DownloadURL", text(256), ""),
    dscp(),
    priority(),
    ...TRANSFER_TIMES,
    count("TestBytesReceived"),
    count("TotalBytesReceived"),
    ...TCP_TIMES,
  ]),
  ...object("UploadDiagnostics.", [
    state(
      "Completed",
      ...["InitConnectionFailed", "NoResponse", "PasswordRequestFailed", "LoginFailed", "NoTransferMode", "NoPASV", "NoCWD", "NoSTOR"],
      "NoTransferComplete",
    ),
    interfaceOf(),
    writable("UploadURL", text(256), ""),
    dscp(),
    priority(),
    writable("TestFileLength", unsigned(0, DIAGNOSTIC_LIMITS.uploadBytesMax), "0"),
    ...TRANSFER_TIMES,
    count("TotalBytesSent"),
    ...TCP_TIMES,
  ]),
  ...object("UDPEchoConfig.", ECHO_SERVER),
  ...object("SelfTestDiagnostics.", [state("Complete", "Internal", "Other"), readOnly("Results", text(1024), "", "mayDeny")]),
];

const LOOKUP_STATUS = oneOf("Success", "Error_DNSServerNotAvailable", "Error_HostNameNotResolved", "Error_Timeout", "Error_Other");

export const DIAGNOSTICS_TABLES: readonly TableDefinition[] = [
  fixed("TraceRouteDiagnostics.RouteHops.", {
    ...{ countedBy: "RouteHopsNumberOfEntries", results: true },
    row: row(
      readOnly("HopHost", text(256), "", "mayDeny"),
      readOnly("HopHostAddress", text(45), "", "mayDeny"),
      count("HopErrorCode"),
      readOnly("HopRTTimes", LIST, "", "mayDeny"),
    ),
  }),
  fixed("NSLookupDiagnostics.Result.", {
    ...{ countedBy: "ResultNumberOfEntries", results: true },
    row: row(
      readOnly("Status", LOOKUP_STATUS, "Error_Other", "mayDeny"),
      readOnly("AnswerType", oneOf("None", "Authoritative", "NonAuthoritative"), "None", "mayDeny"),
      readOnly("HostNameReturned", text(256), "", "mayDeny"),
      readOnly("IPAddresses", LIST, "", "mayDeny"),
      { ...address("DNSServerIP"), mayDenyNotification: true },
      count("ResponseTime"),
    ),
  }),
];

export const DIAGNOSTICS_TESTS: Readonly<Record<string, TestKind>> = {
  "IPPingDiagnostics.DiagnosticsState": "ping",
  "TraceRouteDiagnostics.DiagnosticsState": "trace-route",
  "NSLookupDiagnostics.DiagnosticsState": "name-lookup",
  "DownloadDiagnostics.DiagnosticsState": "download",
  "UploadDiagnostics.DiagnosticsState": "upload",
  "SelfTestDiagnostics.DiagnosticsState": "self-test",
};
