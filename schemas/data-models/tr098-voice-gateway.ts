/**
 * A TR-098 gateway with one voice line, reduced to what a voice operator manages. Samples are invented.
 * Spec: TR-098 1.8, TR-104 issue 1. Layer: schemas.
 */
import type { DataModel, ParameterDefinition, ParameterType, TableDefinition } from "./data-model.js";

const ROOT = "InternetGatewayDevice.";

/** "active": from the factory; "forcedActive": it stays so; "mayDeny": the device may refuse it. */
type Flag = "forcedInform" | "active" | "forcedActive" | "mayDeny" | "hidden";
type Leaf = Omit<ParameterDefinition, "name"> & { readonly leaf: string };

const BOOLEAN: ParameterType = { base: "boolean" };
const DATE_TIME: ParameterType = { base: "dateTime" };
const IP_ADDRESS: ParameterType = { base: "string", format: "ip-address" };
const MAC_ADDRESS: ParameterType = { base: "string", format: "mac-address" };
const ANY_TEXT: ParameterType = { base: "string" };
/** Comma-separated list in a string (TR-106). */
const LIST: ParameterType = { base: "string" };

const text = (charactersMax: number): ParameterType => ({ base: "string", charactersMax });
const oneOf = (...values: readonly string[]): ParameterType => ({ base: "string", values });
const unsigned = (min = 0, max = 4_294_967_295): ParameterType => ({ base: "unsignedInt", min, max });
const integer = (min = -2_147_483_648, max = 2_147_483_647): ParameterType => ({ base: "int", min, max });
const TRANSPORT = oneOf("UDP", "TCP", "TLS", "SCTP");
/** "Requested" is the only state that an ACS may set; the others are the device's to report. */
const diagnosticsState = (...values: readonly string[]): ParameterType => ({ base: "string", values, writableValues: ["Requested"] });

const leafOf = (leaf: string, type: ParameterType, sample: string, writable: boolean, flags: readonly Flag[]): Leaf => ({
  leaf,
  type,
  sample,
  writable,
  forcedInform: flags.includes("forcedInform"),
  activeNotification: flags.includes("active") || flags.includes("forcedActive"),
  forcedNotification: flags.includes("forcedActive"),
  mayDenyNotification: flags.includes("mayDeny"),
  hidden: flags.includes("hidden"),
});
const readOnly = (leaf: string, type: ParameterType, sample: string, ...flags: readonly Flag[]): Leaf =>
  leafOf(leaf, type, sample, false, flags);
const writable = (leaf: string, type: ParameterType, sample: string, ...flags: readonly Flag[]): Leaf =>
  leafOf(leaf, type, sample, true, flags);

/** @param path Without the root, "" or ending in ".". */
const object = (path: string, leaves: readonly Leaf[]): readonly ParameterDefinition[] =>
  leaves.map(({ leaf, ...rest }) => ({ name: ROOT + path + leaf, ...rest }));

type TableDetails = Omit<TableDefinition, "path" | "growable">;
/** Rows come and go by AddObject and DeleteObject. */
const growable = (path: string, details: TableDetails): TableDefinition => ({ path: ROOT + path, growable: true, ...details });
const fixed = (path: string, details: TableDetails = {}): TableDefinition => ({ path: ROOT + path, growable: false, ...details });
const row = (...leaves: readonly Leaf[]): readonly ParameterDefinition[] => leaves.map(({ leaf, ...rest }) => ({ name: leaf, ...rest }));

const PARAMETERS: readonly ParameterDefinition[] = [
  ...object("", [
    readOnly(
      "DeviceSummary",
      text(1024),
      "InternetGatewayDevice:1.14[](Baseline:2, EthernetLAN:1, EthernetWAN:1, Time:2, IPPing:1, TraceRoute:1), VoiceService:1.1[1](Endpoint:1, SIPEndpoint:1, TAEndpoint:1)",
      "forcedInform",
    ),
    readOnly("LANDeviceNumberOfEntries", unsigned(), "1"),
    readOnly("WANDeviceNumberOfEntries", unsigned(), "1"),
  ]),
  ...object("DeviceInfo.", [
    readOnly("Manufacturer", text(64), "Example Voice"),
    readOnly("ManufacturerOUI", text(6), "0A1B2C"),
    readOnly("ModelName", text(64), "VG-2000"),
    readOnly("Description", text(256), "VoIP home gateway"),
    readOnly("ProductClass", text(64), "VG2000"),
    readOnly("SerialNumber", text(64), "VG2K00000001"),
    readOnly("HardwareVersion", text(64), "1.0", "forcedInform"),
    readOnly("SoftwareVersion", text(64), "3.2.1", "forcedInform", "forcedActive"),
    readOnly("SpecVersion", text(16), "1.0", "forcedInform"),
    writable("ProvisioningCode", text(64), "", "forcedInform", "forcedActive"),
    readOnly("UpTime", unsigned(), "86400", "mayDeny"),
    readOnly("FirstUseDate", DATE_TIME, "2024-05-01T08:00:00Z"),
    readOnly("DeviceLog", text(32768), "", "mayDeny"),
  ]),
  ...object("ManagementServer.", [
    writable("URL", text(256), "http://acs.example:7547/"),
    writable("Username", text(256), "0A1B2C-VG2000-VG2K00000001"),
    writable("Password", text(256), "", "hidden"),
    writable("PeriodicInformEnable", BOOLEAN, "1"),
    writable("PeriodicInformInterval", unsigned(1), "300"),
    writable("PeriodicInformTime", DATE_TIME, "0001-01-01T00:00:00Z"),
    readOnly("ParameterKey", text(32), "", "forcedInform", "mayDeny"),
    readOnly("ConnectionRequestURL", text(256), "http://192.0.2.10:30005/4f7c1e", "forcedInform", "active"),
    writable("ConnectionRequestUsername", text(256), "cr"),
    writable("ConnectionRequestPassword", text(256), "", "hidden"),
    writable("UpgradesManaged", BOOLEAN, "0"),
    writable("STUNEnable", BOOLEAN, "0"),
    writable("STUNServerAddress", text(256), ""),
    writable("STUNServerPort", unsigned(0, 65535), "3478"),
    readOnly("UDPConnectionRequestAddress", text(256), ""),
    readOnly("NATDetected", BOOLEAN, "0"),
    writable("CWMPRetryMinimumWaitInterval", unsigned(1, 65535), "5"),
    writable("CWMPRetryIntervalMultiplier", unsigned(1000, 65535), "2000"),
    readOnly("AliasBasedAddressing", BOOLEAN, "0", "forcedInform"),
    writable("DefaultActiveNotificationThrottle", unsigned(), "0"),
    readOnly("InformParameterNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("Time.", [
    writable("Enable", BOOLEAN, "1"),
    writable("NTPServer1", text(64), "pool.ntp.example"),
    readOnly("CurrentLocalTime", DATE_TIME, "2026-01-01T12:00:00Z", "mayDeny"),
    writable("LocalTimeZoneName", text(64), "UTC0"),
    readOnly("Status", oneOf("Disabled", "Unsynchronized", "Synchronized", "Error_FailedToSynchronize", "Error"), "Synchronized"),
  ]),
  ...object("LANDevice.1.LANHostConfigManagement.", [
    writable("DHCPServerEnable", BOOLEAN, "1"),
    writable("MinAddress", IP_ADDRESS, "192.168.1.10"),
    writable("MaxAddress", IP_ADDRESS, "192.168.1.200"),
    writable("SubnetMask", IP_ADDRESS, "255.255.255.0"),
    writable("IPRouters", LIST, "192.168.1.1"),
    writable("DNSServers", LIST, "192.168.1.1"),
    writable("DHCPLeaseTime", integer(-1), "86400"),
  ]),
  ...object("LANDevice.1.Hosts.", [readOnly("HostNumberOfEntries", unsigned(), "1")]),
  ...object("LANDevice.1.Hosts.Host.1.", [
    readOnly("IPAddress", IP_ADDRESS, "192.168.1.20"),
    readOnly("MACAddress", MAC_ADDRESS, "02:00:00:00:00:20"),
    readOnly("HostName", text(64), "pc"),
    readOnly("InterfaceType", oneOf("Ethernet", "USB", "802.11", "HomePNA", "HomePlug", "MoCA", "Other"), "Ethernet"),
    readOnly("Active", BOOLEAN, "1"),
  ]),
  ...object("LANDevice.1.WLANConfiguration.1.", [
    writable("Enable", BOOLEAN, "1"),
    writable("SSID", text(32), "VG-0001"),
    writable("Channel", unsigned(0, 255), "6"),
    writable("BeaconType", oneOf("None", "Basic", "WPA", "11i", "BasicandWPA", "Basicand11i", "WPAand11i", "BasicandWPAand11i"), "11i"),
    writable("KeyPassphrase", text(63), "", "hidden"),
  ]),
  ...object("WANDevice.1.WANCommonInterfaceConfig.", [
    readOnly("WANAccessType", oneOf("DSL", "Ethernet", "POTS"), "Ethernet"),
    readOnly("PhysicalLinkStatus", oneOf("Up", "Down", "Initializing", "Unavailable"), "Up"),
    readOnly("TotalBytesSent", unsigned(), "123456", "mayDeny"),
    readOnly("TotalBytesReceived", unsigned(), "654321", "mayDeny"),
  ]),
  ...object("WANDevice.1.WANConnectionDevice.1.", [
    readOnly("WANIPConnectionNumberOfEntries", unsigned(), "1"),
    readOnly("WANPPPConnectionNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly(
      "ConnectionStatus",
      oneOf("Unconfigured", "Connecting", "Connected", "PendingDisconnect", "Disconnecting", "Disconnected"),
      "Connected",
    ),
    writable("ConnectionType", oneOf("Unconfigured", "IP_Routed", "IP_Bridged"), "IP_Routed"),
    writable("Name", text(256), "voip-wan"),
    readOnly("Uptime", unsigned(), "3600", "mayDeny"),
    writable("AddressingType", oneOf("DHCP", "Static"), "DHCP"),
    writable("ExternalIPAddress", IP_ADDRESS, "192.0.2.10", "forcedInform", "active"),
    writable("SubnetMask", IP_ADDRESS, "255.255.255.0"),
    writable("DefaultGateway", ANY_TEXT, "192.0.2.1"),
    writable("DNSServers", LIST, "192.0.2.53"),
    writable("NATEnabled", BOOLEAN, "1"),
    writable("MACAddress", MAC_ADDRESS, "02:00:00:00:00:01"),
    readOnly("PortMappingNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("IPPingDiagnostics.", [
    writable(
      "DiagnosticsState",
      diagnosticsState("None", "Requested", "Complete", "Error_CannotResolveHostName", "Error_Internal", "Error_Other"),
      "None",
      "mayDeny",
    ),
    writable("Interface", text(256), ""),
    writable("Host", text(256), ""),
    writable("NumberOfRepetitions", unsigned(1), "4"),
    writable("Timeout", unsigned(1), "1000"),
    writable("DataBlockSize", unsigned(1, 65535), "64"),
    writable("DSCP", unsigned(0, 63), "0"),
    readOnly("SuccessCount", unsigned(), "0", "mayDeny"),
    readOnly("FailureCount", unsigned(), "0", "mayDeny"),
    readOnly("AverageResponseTime", unsigned(), "0", "mayDeny"),
    readOnly("MinimumResponseTime", unsigned(), "0", "mayDeny"),
    readOnly("MaximumResponseTime", unsigned(), "0", "mayDeny"),
  ]),
  ...object("SoftwareModules.", [readOnly("DeploymentUnitNumberOfEntries", unsigned(), "0")]),
  ...object("Services.VoiceService.1.", [readOnly("VoiceProfileNumberOfEntries", unsigned(), "1")]),
  ...object("Services.VoiceService.1.Capabilities.", [
    readOnly("MaxProfileCount", unsigned(), "2", "mayDeny"),
    readOnly("MaxLineCount", unsigned(), "2", "mayDeny"),
    readOnly("MaxSessionsPerLine", unsigned(), "2", "mayDeny"),
    readOnly("SignalingProtocols", LIST, "SIP", "mayDeny"),
    readOnly("FaxT38", BOOLEAN, "1", "mayDeny"),
    readOnly("VoicePortTests", BOOLEAN, "1", "mayDeny"),
  ]),
  ...object("Services.VoiceService.1.PhyInterface.1.", [
    readOnly("PhyPort", text(2), "1"),
    readOnly("InterfaceID", unsigned(1), "1"),
    readOnly("Description", text(32), "FXS 1"),
  ]),
  ...object("Services.VoiceService.1.PhyInterface.1.Tests.", [
    writable("TestState", diagnosticsState("None", "Requested", "Complete", "Error_TestNotSupported"), "None"),
    writable("TestSelector", oneOf("PhoneConnectivityTest"), "PhoneConnectivityTest"),
    readOnly("PhoneConnectivity", BOOLEAN, "1"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.", [
    writable("Enable", oneOf("Disabled", "Quiescent", "Enabled"), "Enabled"),
    writable("Reset", BOOLEAN, "0", "hidden"),
    readOnly("NumberOfLines", unsigned(), "1"),
    writable("Name", text(64), "main"),
    writable("SignalingProtocol", ANY_TEXT, "SIP"),
    writable("MaxSessions", unsigned(), "2"),
    writable("DTMFMethod", oneOf("InBand", "RFC2833", "SIPInfo"), "RFC2833"),
    writable("DigitMap", text(256), ""),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.SIP.", [
    writable("ProxyServer", text(256), "sip.example"),
    writable("ProxyServerPort", unsigned(0, 65535), "5060"),
    writable("ProxyServerTransport", TRANSPORT, "UDP"),
    writable("RegistrarServer", text(256), "sip.example"),
    writable("RegistrarServerPort", unsigned(0, 65535), "5060"),
    writable("RegistrarServerTransport", TRANSPORT, "UDP"),
    writable("UserAgentDomain", text(256), "sip.example"),
    writable("UserAgentPort", unsigned(0, 65535), "5060"),
    writable("UserAgentTransport", TRANSPORT, "UDP"),
    writable("OutboundProxy", text(256), ""),
    writable("OutboundProxyPort", unsigned(0, 65535), "5060"),
    writable("RegistrationPeriod", unsigned(1), "3600"),
    writable("RegisterExpires", unsigned(1), "3600"),
    writable("RegisterRetryInterval", unsigned(1), "30"),
    writable("InboundAuth", oneOf("None", "Digest"), "None"),
    writable("DSCPMark", unsigned(0, 63), "46"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.RTP.", [
    writable("LocalPortMin", unsigned(0, 65535), "16384"),
    writable("LocalPortMax", unsigned(0, 65535), "16482"),
    writable("DSCPMark", unsigned(0, 63), "46"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.", [
    writable("Enable", oneOf("Disabled", "Quiescent", "Enabled"), "Enabled"),
    writable("DirectoryNumber", text(32), "1001"),
    readOnly("Status", oneOf("Up", "Initializing", "Registering", "Unregistering", "Error", "Testing", "Quiescent", "Disabled"), "Up"),
    readOnly("CallState", oneOf("Idle", "Calling", "Ringing", "Connecting", "InCall", "Hold", "Disconnecting"), "Idle", "mayDeny"),
    writable("PhyReferenceList", LIST, "1"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.", [
    writable("AuthUserName", text(128), "1001"),
    writable("AuthPassword", text(128), "", "hidden"),
    writable("URI", text(389), "1001@sip.example"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.CallingFeatures.", [
    writable("CallerIDEnable", BOOLEAN, "1"),
    writable("CallWaitingEnable", BOOLEAN, "1"),
    writable("CallForwardUnconditionalEnable", BOOLEAN, "0"),
    writable("CallForwardUnconditionalNumber", text(32), ""),
    writable("MWIEnable", BOOLEAN, "1"),
    writable("DoNotDisturbEnable", BOOLEAN, "0"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.VoiceProcessing.", [
    writable("TransmitGain", integer(), "0"),
    writable("ReceiveGain", integer(), "0"),
    writable("EchoCancellationEnable", BOOLEAN, "1"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.Codec.List.1.", [
    readOnly("EntryID", unsigned(1), "1"),
    readOnly("Codec", text(64), "G.711ALaw"),
    readOnly("BitRate", unsigned(), "64000"),
    writable("PacketizationPeriod", LIST, "20"),
    writable("SilenceSuppression", BOOLEAN, "0"),
    writable("Enable", BOOLEAN, "1"),
    writable("Priority", unsigned(1), "1"),
  ]),
  ...object("Services.VoiceService.1.VoiceProfile.1.Line.1.Stats.", [
    writable("ResetStatistics", BOOLEAN, "0", "hidden"),
    readOnly("PacketsSent", unsigned(), "0", "mayDeny"),
    readOnly("PacketsReceived", unsigned(), "0", "mayDeny"),
    readOnly("IncomingCallsReceived", unsigned(), "0", "mayDeny"),
    readOnly("OutgoingCallsAttempted", unsigned(), "0", "mayDeny"),
    readOnly("CallsDropped", unsigned(), "0", "mayDeny"),
    readOnly("TotalCallTime", unsigned(), "0", "mayDeny"),
    readOnly("ServerDownTime", unsigned(), "0", "mayDeny"),
  ]),
];

export const tr098VoiceGateway: DataModel = {
  root: ROOT,
  parameters: PARAMETERS,
  tables: [
    growable("ManagementServer.InformParameter.", {
      countedBy: "InformParameterNumberOfEntries",
      rowsMax: 8,
      row: row(writable("Enable", BOOLEAN, "0"), writable("ParameterName", text(256), ""), writable("EventList", LIST, "")),
    }),
    fixed("LANDevice."),
    fixed("LANDevice.1.Hosts.Host."),
    fixed("LANDevice.1.WLANConfiguration."),
    fixed("WANDevice."),
    growable("WANDevice.1.WANConnectionDevice.", { rowsMax: 4 }),
    growable("WANDevice.1.WANConnectionDevice.1.WANIPConnection.", {
      countedBy: "WANIPConnectionNumberOfEntries",
      rowsMax: 8,
      initial: {
        ...{ Enable: "0", ConnectionStatus: "Unconfigured", ConnectionType: "Unconfigured", Name: "", Uptime: "0", NATEnabled: "0" },
        ...{ ExternalIPAddress: "", SubnetMask: "", DefaultGateway: "", DNSServers: "", MACAddress: "" },
      },
    }),
    growable("WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.PortMapping.", {
      countedBy: "PortMappingNumberOfEntries",
      rowsMax: 32,
      row: row(
        writable("PortMappingEnabled", BOOLEAN, "0"),
        writable("PortMappingLeaseDuration", unsigned(), "0", "mayDeny"),
        writable("RemoteHost", ANY_TEXT, ""),
        writable("ExternalPort", unsigned(0, 65535), "0"),
        writable("ExternalPortEndRange", unsigned(0, 65535), "0"),
        writable("InternalPort", unsigned(0, 65535), "0"),
        writable("PortMappingProtocol", oneOf("TCP", "UDP"), "TCP"),
        writable("InternalClient", text(256), ""),
        writable("PortMappingDescription", text(256), ""),
      ),
    }),
    fixed("SoftwareModules.DeploymentUnit.", {
      countedBy: "DeploymentUnitNumberOfEntries",
      rowsMax: 8,
      row: row(
        readOnly("UUID", text(36), ""),
        readOnly("Name", text(64), ""),
        readOnly("Status", oneOf("Installing", "Installed", "Updating", "Uninstalling", "Uninstalled"), "Installed", "mayDeny"),
        readOnly("Resolved", BOOLEAN, "1"),
        readOnly("URL", text(1024), ""),
        readOnly("Version", text(32), ""),
      ),
    }),
    fixed("Services.VoiceService."),
    fixed("Services.VoiceService.1.PhyInterface."),
    growable("Services.VoiceService.1.VoiceProfile.", {
      countedBy: "VoiceProfileNumberOfEntries",
      rowsMax: 2, // as Capabilities.MaxProfileCount says
      initial: {
        ...{ Enable: "Disabled", Name: "", SignalingProtocol: "", MaxSessions: "0", DTMFMethod: "InBand" },
        ...{ "SIP.ProxyServer": "", "SIP.RegistrarServer": "", "SIP.UserAgentDomain": "", "SIP.UserAgentPort": "0", "SIP.DSCPMark": "0" },
        ...{ "RTP.LocalPortMin": "0", "RTP.LocalPortMax": "0" },
      },
    }),
    growable("Services.VoiceService.1.VoiceProfile.1.Line.", {
      countedBy: "NumberOfLines",
      rowsMax: 2, // as Capabilities.MaxLineCount says: "across all profiles"
      initial: {
        ...{ Enable: "Disabled", DirectoryNumber: "", Status: "Disabled", PhyReferenceList: "" },
        ...{ "SIP.AuthUserName": "", "SIP.URI": "" },
      },
    }),
    fixed("Services.VoiceService.1.VoiceProfile.1.Line.1.Codec.List."),
  ],
};
