/**
 * What the diagnostics objects of both root models have in common: limits of this device, and leaves that results are made of.
 * Spec: TR-098, TR-181, TR-143. Layer: schemas.
 */
import { BOOLEAN, DATE_TIME, IP_ADDRESS, type Leaf, readOnly, text, unsigned, unsignedLong, writable } from "./describe-model.js";

/** The standard sets no limit to these, a device does. */
export const DIAGNOSTIC_LIMITS = {
  /** How often a test repeats. */
  repetitionsMax: 1_000,
  /** How long it waits each time. */
  timeoutMsMax: 60_000,
  /** What an upload test sends. */
  uploadBytesMax: 1_073_741_824,
  connectionsMax: 4,
  /** HostList, and addresses of a name. */
  listItemsMax: 10,
  /** Rows of IndividualPacketResult. */
  packetResultsMax: 100,
  /** Rows of IncrementalResult. */
  incrementalResultsMax: 100,
} as const;

export const UNKNOWN_TIME = "0001-01-01T00:00:00Z";
export const REPETITIONS = unsigned(1, DIAGNOSTIC_LIMITS.repetitionsMax);
export const TIMEOUT_MS = unsigned(1, DIAGNOSTIC_LIMITS.timeoutMsMax);
const PORT = unsigned(0, 65_535);
const DSCP = unsigned(0, 63);

/** Results; "mayDeny" as most of them are. */
export const count = (leaf: string): Leaf => readOnly(leaf, unsigned(), "0", "mayDeny");
export const time = (leaf: string): Leaf => readOnly(leaf, DATE_TIME, UNKNOWN_TIME, "mayDeny");
/** A result that a device may not deny to notify. */
export const plainCount = (leaf: string): Leaf => readOnly(leaf, unsigned(), "0");
export const plainBytes = (leaf: string): Leaf => readOnly(leaf, unsignedLong(), "0");
/** Numeric address of either family; "" as long as there is none. */
export const address = (leaf: string): Leaf => readOnly(leaf, text(45), "");

/** Arguments of tests that send packets of a size. @param dataBytes Size from the factory. */
export const packetArguments = (dataBytes: string): readonly Leaf[] => [
  writable("Timeout", TIMEOUT_MS, "1000"),
  writable("DataBlockSize", unsigned(1, 65_535), dataBytes),
  dscp(),
];
export const dscp = (): Leaf => writable("DSCP", DSCP, "0");
export const interfaceOf = (): Leaf => writable("Interface", text(256), "");
export const host = (): Leaf => writable("Host", text(256), "");
export const repetitions = (initial: string): Leaf => writable("NumberOfRepetitions", REPETITIONS, initial);

export const TRACE_ARGUMENTS: readonly Leaf[] = [
  writable("NumberOfTries", unsigned(1, 3), "3"),
  ...packetArguments("38"),
  writable("MaxHopCount", unsigned(1, 64), "30"),
];

export const LOOKUP_ARGUMENTS: readonly Leaf[] = [
  interfaceOf(),
  writable("HostName", text(256), ""),
  writable("DNSServer", text(256), ""),
  writable("Timeout", TIMEOUT_MS, "1000"),
  repetitions("1"),
];

/** When a transfer did what (TR-143 4.3). */
export const TRANSFER_TIMES: readonly Leaf[] = ["ROMTime", "BOMTime", "EOMTime"].map(time);
export const TCP_TIMES: readonly Leaf[] = ["TCPOpenRequestTime", "TCPOpenResponseTime"].map(time);

/** UDPEchoConfig: no test but a server, so that its counters are no results. */
export const ECHO_SERVER: readonly Leaf[] = [
  writable("Enable", BOOLEAN, "0"),
  interfaceOf(),
  writable("SourceIPAddress", IP_ADDRESS, ""),
  writable("UDPPort", PORT, "7"),
  writable("EchoPlusEnabled", BOOLEAN, "0"),
  readOnly("EchoPlusSupported", BOOLEAN, "1"),
  ...["PacketsReceived", "PacketsResponded", "BytesReceived", "BytesResponded"].map(count),
  ...["TimeFirstPacketReceived", "TimeLastPacketReceived"].map(time),
];
