/**
 * The tests that have a name: which object each one is in either data model, and its arguments under friendly names.
 * Spec: cwmp.md 8.2, 9.5; TR-098, TR-181, TR-143, TR-104 i1 and i2; CN 103067208 B. Layer: diagnostics, pure.
 */

/** Of an argument: what it may be. The units are in its friendly name. */
export type ArgumentShape =
  | { readonly kind: "text"; readonly charactersMax: number }
  | { readonly kind: "integer"; readonly least: number; readonly most: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "url"; readonly schemes: readonly string[] }
  /** Hosts with commas between, or a list of them. */
  | { readonly kind: "list"; readonly charactersMax: number };

export interface NamedArgument {
  /** Its name in the object. */
  readonly parameter: string;
  readonly shape: ArgumentShape;
  readonly isNeeded?: true;
  /** Only where the object is Device's. */
  readonly isOfTr181?: true;
}

export interface NamedTest {
  /** What it is about: "line" and "port" are given with the test; "device": nothing besides the device. */
  readonly unit: "line" | "port" | "device";
  /** Templates below each root, the likelier first; [] where the object is found in another way. */
  readonly templates: { readonly tr098: readonly string[]; readonly tr181: readonly string[] };
  readonly arguments: Readonly<Record<string, NamedArgument>>;
}

const UNSIGNED_MAX = 4_294_967_295;
const text = (charactersMax: number): ArgumentShape => ({ kind: "text", charactersMax });
const integer = (least: number, most: number = UNSIGNED_MAX): ArgumentShape => ({ kind: "integer", least, most });
const choice = (...of: readonly string[]): ArgumentShape => ({ kind: "choice", of });

const host: NamedArgument = { parameter: "Host", shape: text(256), isNeeded: true };
const usual = {
  interface: { parameter: "Interface", shape: text(256) },
  protocolVersion: { parameter: "ProtocolVersion", shape: choice("Any", "IPv4", "IPv6"), isOfTr181: true },
} as const satisfies Readonly<Record<string, NamedArgument>>;
const timeoutMs: NamedArgument = { parameter: "Timeout", shape: integer(1) };
const repetitions: NamedArgument = { parameter: "NumberOfRepetitions", shape: integer(1) };
const packets = {
  blockSizeBytes: { parameter: "DataBlockSize", shape: integer(1, 65_535) },
  dscp: { parameter: "DSCP", shape: integer(0, 63) },
} as const satisfies Readonly<Record<string, NamedArgument>>;
const transfer = {
  ...usual,
  dscp: packets.dscp,
  ethernetPriority: { parameter: "EthernetPriority", shape: integer(0, 7) },
  connections: { parameter: "NumberOfConnections", shape: integer(1), isOfTr181: true },
  durationS: { parameter: "TimeBasedTestDuration", shape: integer(0, 999), isOfTr181: true },
} as const satisfies Readonly<Record<string, NamedArgument>>;
const selector = (...of: readonly string[]): Readonly<Record<string, NamedArgument>> => ({
  selector: { parameter: "TestSelector", shape: of.length === 0 ? text(64) : choice(...of) },
});
const both = (...templates: readonly string[]): NamedTest["templates"] => ({ tr098: templates, tr181: templates });

const FXS_TESTS = "Services.VoiceService.{i}.POTS.FXS.{i}.DiagTests.";
const PHONE_TESTS = "Services.VoiceService.{i}.PhyInterface.{i}.Tests.";

const TESTS = {
  "sip-registration": {
    unit: "line",
    templates: both(),
    arguments: {
      timeoutMs: { parameter: "Timeout", shape: integer(1_000, 3_600_000) },
      attemptTimeoutMs: { parameter: "AttemptTimeout", shape: integer(100, 3_600_000) },
      transport: { parameter: "Transport", shape: text(16) },
    },
  },
  ping: {
    unit: "device",
    templates: { tr098: ["IPPingDiagnostics."], tr181: ["IP.Diagnostics.IPPing."] },
    arguments: { host, repetitions, timeoutMs, ...packets, ...usual },
  },
  traceroute: {
    unit: "device",
    templates: { tr098: ["TraceRouteDiagnostics."], tr181: ["IP.Diagnostics.TraceRoute."] },
    arguments: {
      ...{ host, timeoutMs, ...packets, ...usual },
      tries: { parameter: "NumberOfTries", shape: integer(1, 3) },
      maxHops: { parameter: "MaxHopCount", shape: integer(1, 64) },
    },
  },
  nslookup: {
    unit: "device",
    templates: { tr098: ["NSLookupDiagnostics."], tr181: ["DNS.Diagnostics.NSLookupDiagnostics."] },
    arguments: {
      host: { parameter: "HostName", shape: text(256), isNeeded: true },
      dnsServer: { parameter: "DNSServer", shape: text(256) },
      ...{ repetitions, timeoutMs, interface: usual.interface },
    },
  },
  download: {
    unit: "device",
    templates: { tr098: ["DownloadDiagnostics."], tr181: ["IP.Diagnostics.DownloadDiagnostics."] },
    arguments: {
      url: { parameter: "DownloadURL", shape: { kind: "url", schemes: ["http", "https", "ftp"] }, isNeeded: true },
      ...transfer,
    },
  },
  upload: {
    unit: "device",
    templates: { tr098: ["UploadDiagnostics."], tr181: ["IP.Diagnostics.UploadDiagnostics."] },
    arguments: {
      url: { parameter: "UploadURL", shape: { kind: "url", schemes: ["http", "https", "ftp"] }, isNeeded: true },
      sizeBytes: { parameter: "TestFileLength", shape: integer(1), isNeeded: true },
      ...transfer,
    },
  },
  "udp-echo": {
    unit: "device",
    templates: { tr098: [], tr181: ["IP.Diagnostics.UDPEchoDiagnostics."] },
    arguments: {
      ...{ host, repetitions, timeoutMs, ...packets, ...usual },
      port: { parameter: "Port", shape: integer(1, 65_535), isNeeded: true },
      intervalMs: { parameter: "InterTransmissionTime", shape: integer(1, 65_535) },
      eachPacket: { parameter: "EnableIndividualPacketResults", shape: { kind: "boolean" } },
    },
  },
  "server-selection": {
    unit: "device",
    templates: { tr098: [], tr181: ["IP.Diagnostics.ServerSelectionDiagnostics."] },
    arguments: {
      hosts: { parameter: "HostList", shape: { kind: "list", charactersMax: 2_560 }, isNeeded: true },
      protocol: { parameter: "Protocol", shape: choice("ICMP", "UDP Echo") },
      ...{ repetitions, timeoutMs, ...usual },
    },
  },
  "wifi-neighbours": { unit: "device", templates: { tr098: [], tr181: ["WiFi.NeighboringWiFiDiagnostic."] }, arguments: {} },
  "self-test": { unit: "device", templates: both("SelfTestDiagnostics."), arguments: {} },
  "dsl-line": {
    unit: "device",
    templates: { tr098: ["WANDevice.{i}.WANDSLDiagnostics."], tr181: ["DSL.Diagnostics.ADSLLineTest."] },
    arguments: { interface: { ...usual.interface, isOfTr181: true } },
  },
  "atm-loopback": {
    unit: "device",
    templates: { tr098: ["WANDevice.{i}.WANConnectionDevice.{i}.WANATMF5LoopbackDiagnostics."], tr181: ["ATM.Diagnostics.F5Loopback."] },
    arguments: { repetitions, timeoutMs, interface: { ...usual.interface, isOfTr181: true } },
  },
  "voice-port": { unit: "port", templates: both(PHONE_TESTS, FXS_TESTS), arguments: selector() },
  "exchange-port": {
    unit: "port",
    templates: both("Services.VoiceService.{i}.POTS.FXO.{i}.DiagTests."),
    arguments: selector("Battery", "DialTone"),
  },
  terminal: { unit: "port", templates: both("Services.VoiceService.{i}.Terminal.{i}.DiagTests."), arguments: selector("RingingTest") },
} as const satisfies Readonly<Record<string, NamedTest>>;

export const TEST_NAMES: readonly string[] = Object.keys(TESTS);
export const REGISTRATION_TEST = "sip-registration";

export function namedTest(name: string): NamedTest | undefined {
  return Object.hasOwn(TESTS, name) ? TESTS[name as keyof typeof TESTS] : undefined;
}

export const TR181_ROOT = "Device.";

/** Full templates on a device of this root; [] where its data model has no such test. */
export function templatesOf({ templates }: NamedTest, root: string): readonly string[] {
  return (root === TR181_ROOT ? templates.tr181 : templates.tr098).map((template) => root + template);
}
