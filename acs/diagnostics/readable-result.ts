/**
 * What a test's object says, for people and programs: friendly names with units, numbers as numbers, rows as lists.
 * Spec: cwmp.md 8.2, 9.5; TR-106 3.2.1 (unknown time). Layer: diagnostics, pure.
 */
import { DIAGNOSIS_LIMITS } from "./diagnosis.js";
import type { DiagnosticResult } from "./diagnostic-outcome.js";
import { friendlyName } from "./named-arguments.js";
import { REGISTRATION_TEST } from "./named-tests.js";

/** A value is a number, a text, true or false, null (told, and unknown), a list, or rows. */
export type ReadableResult = Readonly<Record<string, ReadableValue>>;
type ReadableValue = string | number | boolean | null | readonly (string | number)[] | readonly ReadableRow[];
type ReadableRow = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

type Kind = "number" | "text" | "time" | "boolean" | "numbers" | "texts";
type Names = Readonly<Record<string, readonly [name: string, kind: Kind]>>;

/** Of all tests, by the parameter's name within the object or the row. Of DSL and voice ports nothing needs a unit. */
const VALUES: Names = {
  SuccessCount: ["successCount", "number"],
  FailureCount: ["failureCount", "number"],
  AverageResponseTime: ["averageResponseTimeMs", "number"],
  MinimumResponseTime: ["minimumResponseTimeMs", "number"],
  MaximumResponseTime: ["maximumResponseTimeMs", "number"],
  AverageResponseTimeDetailed: ["averageResponseTimeUs", "number"],
  MinimumResponseTimeDetailed: ["minimumResponseTimeUs", "number"],
  MaximumResponseTimeDetailed: ["maximumResponseTimeUs", "number"],
  IPAddressUsed: ["addressUsed", "text"],
  FastestHost: ["fastestHost", "text"],
  ResponseTime: ["responseTimeMs", "number"],
  ROMTime: ["requestedAt", "time"],
  BOMTime: ["beganAt", "time"],
  EOMTime: ["endedAt", "time"],
  TCPOpenRequestTime: ["connectionAskedAt", "time"],
  TCPOpenResponseTime: ["connectionOpenAt", "time"],
  TestBytesReceived: ["testBytesReceived", "number"],
  TestBytesSent: ["testBytesSent", "number"],
  TotalBytesReceived: ["totalBytesReceived", "number"],
  TotalBytesSent: ["totalBytesSent", "number"],
  TestBytesReceivedUnderFullLoading: ["testBytesReceivedUnderFullLoading", "number"],
  TestBytesSentUnderFullLoading: ["testBytesSentUnderFullLoading", "number"],
  TotalBytesReceivedUnderFullLoading: ["totalBytesReceivedUnderFullLoading", "number"],
  TotalBytesSentUnderFullLoading: ["totalBytesSentUnderFullLoading", "number"],
  PeriodOfFullLoading: ["periodOfFullLoadingUs", "number"],
  Results: ["text", "text"],
  PhoneConnectivity: ["phoneConnected", "boolean"],
  PhoneRinging: ["phoneRang", "boolean"],
  TestResult: ["testResult", "text"],
  // Rows: packets, hops, answers of name servers, networks.
  PacketSuccess: ["answered", "boolean"],
  PacketSendTime: ["sentAt", "time"],
  PacketReceiveTime: ["receivedAt", "time"],
  TestGenSN: ["sequenceNumber", "number"],
  TestRespSN: ["responderSequenceNumber", "number"],
  TestRespRcvTimeStamp: ["responderReceivedUs", "number"],
  TestRespReplyTimeStamp: ["responderRepliedUs", "number"],
  TestRespReplyFailureCount: ["responderReplyFailures", "number"],
  HopHost: ["host", "text"],
  HopHostAddress: ["address", "text"],
  HopErrorCode: ["icmpErrorCode", "number"],
  HopRTTimes: ["roundTripTimesMs", "numbers"],
  Host: ["host", "text"],
  HostAddress: ["address", "text"],
  ErrorCode: ["icmpErrorCode", "number"],
  RTTimes: ["roundTripTimesMs", "numbers"],
  Status: ["status", "text"],
  AnswerType: ["answerType", "text"],
  HostNameReturned: ["hostNameReturned", "text"],
  IPAddresses: ["addresses", "texts"],
  DNSServerIP: ["dnsServer", "text"],
  SSID: ["ssid", "text"],
  BSSID: ["bssid", "text"],
  Channel: ["channel", "number"],
  SignalStrength: ["signalStrengthDbm", "number"],
  Noise: ["noiseDbm", "number"],
  BeaconPeriod: ["beaconPeriodMs", "number"],
  SecurityModeEnabled: ["securityMode", "text"],
  OperatingFrequencyBand: ["frequencyBand", "text"],
  OperatingStandards: ["standards", "text"],
  OperatingChannelBandwidth: ["channelBandwidth", "text"],
};
/** These count microseconds where the others count milliseconds. */
const MICROSECONDS: ReadonlySet<string> = new Set(["udp-echo", "server-selection"]);
const US: Names = {
  AverageResponseTime: ["averageResponseTimeUs", "number"],
  MinimumResponseTime: ["minimumResponseTimeUs", "number"],
  MaximumResponseTime: ["maximumResponseTimeUs", "number"],
};
const REGISTRATION: Names = {
  FaultCode: ["faultCode", "number"],
  LastResponseCode: ["lastResponseCode", "number"],
  LastResponseText: ["lastResponseText", "text"],
  RegistrarAddressUsed: ["registrarAddressUsed", "text"],
  LocalContact: ["localContact", "text"],
  GrantedExpires: ["grantedExpiresS", "number"],
  MinExpires: ["minExpiresS", "number"],
  ChallengeRealm: ["challengeRealm", "text"],
  RoundTripTime: ["roundTripTimeMs", "number"],
  AttemptCount: ["attempts", "number"],
  LastAttemptTime: ["lastAttemptAt", "time"],
  RegisteredSince: ["registeredSince", "time"],
};
const TABLES: Readonly<Record<string, string>> = {
  RouteHops: "hops",
  Result: "rows",
  PerConnectionResult: "connections",
  IncrementalResult: "intervals",
  IndividualPacketResult: "packets",
};

/** Without the arguments. What the table has no name for keeps its own. What does not fit is left out, and counted in `leftOut`. */
export function readableResult(test: string, { values, tables, leftOut = 0 }: DiagnosticResult): ReadableResult {
  const names = test === REGISTRATION_TEST ? REGISTRATION : MICROSECONDS.has(test) ? { ...VALUES, ...US } : VALUES;
  const own = Object.entries(values).filter(([name]) => friendlyName(test, name) === undefined && !name.endsWith("NumberOfEntries"));
  const room = new Room(DIAGNOSIS_LIMITS.resultCharactersMax, leftOut);
  const single = Object.entries({ ...readable(own, names), ...throughput(values) }).filter((entry) => room.holds(entry));
  const rowsShown = Object.entries(tables).map(([table, rows]) => {
    const all = rows.map((row) => ({ row: row.instance, ...readable(Object.entries(row.values), names) }));
    return [Object.hasOwn(TABLES, table) ? (TABLES[table] ?? table) : table, all.filter((row) => room.holds(row))] as const;
  });
  const missing = room.leftOut === 0 ? [] : [["leftOut", room.leftOut] as const];
  return Object.fromEntries([...single, ...rowsShown, ...missing]);
}

/** As many entries as fit; what does not is counted. */
class Room {
  #characters: number;
  leftOut: number;

  constructor(charactersMax: number, leftOut: number) {
    this.#characters = charactersMax;
    this.leftOut = leftOut;
  }

  holds(entry: unknown): boolean {
    this.#characters -= JSON.stringify(entry).length + 1;
    if (this.#characters >= 0) return true;
    this.leftOut++;
    return false;
  }
}

const VALUE_CHARACTERS_MAX = 1_024;

function readable(told: readonly (readonly [string, string])[], names: Names): ReadableRow {
  return Object.fromEntries(
    told.map(([parameter, text]) => {
      const [name, kind] = Object.hasOwn(names, parameter) ? (names[parameter] ?? [parameter, "text"]) : [parameter, "text" as const];
      return [name, readableValue(text.trim().slice(0, VALUE_CHARACTERS_MAX), kind)];
    }),
  );
}

function readableValue(text: string, kind: Kind): ReadableRow[string] {
  switch (kind) {
    case "number":
      return numberOf(text) ?? text;
    case "time":
      return timeOf(text);
    case "boolean":
      return text === "1" || text.toLowerCase() === "true";
    case "numbers":
      return listOf(text).map((one) => numberOf(one) ?? one);
    case "texts":
      return listOf(text);
    case "text":
      return text;
  }
}

const numberOf = (text: string): number | undefined => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined);
const listOf = (text: string): readonly string[] => (text === "" ? [] : text.split(",").map((one) => one.trim()));

/** TR-106 3.2.1: the year 1 is "unknown time". A clock that was never set counts from there, or from 1970. */
const KNOWN_FROM_MS = Date.UTC(2000, 0, 1);

/** In UTC; null: unknown, or no time at all. */
function timeOf(text: string): string | null {
  const atMs = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(atMs) || atMs < KNOWN_FROM_MS ? null : withFraction(text) ? text : new Date(atMs).toISOString();
}

/** TR-143 counts microseconds: what a Date can't hold stays as it was told. */
const withFraction = (text: string): boolean => /\.\d{4,}Z?$/.test(text);

const MICROSECONDS_PER_MS = 1_000;
const BITS = 8;

/** TR-143 5.4: the octets of the test between begin and end of the transfer. */
function throughput(values: DiagnosticResult["values"]): ReadableResult {
  const bytes = numberOf(values["TestBytesReceived"] ?? values["TestBytesSent"] ?? values["TestFileLength"] ?? "");
  const us = microsecondsOf(values["EOMTime"]) - microsecondsOf(values["BOMTime"]);
  if (bytes === undefined || !(us > 0)) return {};
  return { throughputBitsPerS: Math.round((bytes * BITS * 1_000_000) / us) };
}

function microsecondsOf(text: string | undefined): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\d*(Z|[+-]\d\d:\d\d)?$/.exec(text?.trim() ?? "");
  if (match === null) return Number.NaN;
  const fraction = (match[2] ?? "").padEnd(6, "0");
  return Date.parse(`${match[1]}${match[3] ?? "Z"}`) * MICROSECONDS_PER_MS + Number(fraction);
}
