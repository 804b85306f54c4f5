/**
 * A TR-181 gateway with one voice line, reduced to what a voice operator manages. Samples are invented.
 * Spec: TR-181 2.15, TR-104 issue 2. Layer: schemas.
 */
import type { DataModel, ParameterDefinition } from "./data-model.js";
import {
  ANY_TEXT,
  BOOLEAN,
  below,
  DATE_TIME,
  IP_ADDRESS,
  integer,
  LIST,
  MAC_ADDRESS,
  oneOf,
  readOnly,
  row,
  text,
  unsigned,
  writable,
} from "./describe-model.js";
import { GATEWAY_INFO, INFORM_PARAMETERS, MANAGEABLE_DEVICE_LEAVES, MANAGEABLE_DEVICES, TRANSFER_POLICY } from "./management-objects.js";
import { REGISTRATION_DIAGNOSTICS } from "./registration-diagnostics.js";
import { VOICE_PARAMETERS, VOICE_TABLES } from "./tr104-voice-service.js";
import { DIAGNOSTICS, DIAGNOSTICS_TABLES, DIAGNOSTICS_TESTS } from "./tr181-diagnostics.js";

const ROOT = "Device.";
const { object, growable, fixed } = below(ROOT);

const INTERFACE_STATUS = oneOf("Up", "Down", "Unknown", "Dormant", "NotPresent", "LowerLayerDown", "Error");

const PARAMETERS: readonly ParameterDefinition[] = [
  ...object("", [
    readOnly("RootDataModelVersion", text(32), "2.15", "forcedInform"),
    readOnly("InterfaceStackNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("DeviceInfo.", [
    readOnly("Manufacturer", text(64), "Example Voice"),
    readOnly("ManufacturerOUI", text(6), "0A1B2C"),
    readOnly("ModelName", text(64), "VG-3000"),
    readOnly("Description", text(256), "VoIP gateway"),
    readOnly("ProductClass", text(64), "VG3000"),
    readOnly("SerialNumber", text(64), "VG3K00000001"),
    readOnly("HardwareVersion", text(64), "2.0", "forcedInform"),
    readOnly("SoftwareVersion", text(64), "5.0.0", "forcedInform", "forcedActive"),
    writable("ProvisioningCode", text(64), "", "forcedInform", "forcedActive"),
    readOnly("UpTime", unsigned(), "86400", "mayDeny"),
    readOnly("FirstUseDate", DATE_TIME, "2024-05-01T08:00:00Z"),
  ]),
  ...object("DeviceInfo.MemoryStatus.", [readOnly("Total", unsigned(), "262144"), readOnly("Free", unsigned(), "131072", "mayDeny")]),
  ...object("ManagementServer.", [
    writable("EnableCWMP", BOOLEAN, "1"),
    writable("URL", ANY_TEXT, "http://acs.example:7547/"),
    writable("Username", text(256), "0A1B2C-VG3000-VG3K00000001"),
    writable("Password", text(256), "", "hidden"),
    writable("PeriodicInformEnable", BOOLEAN, "1"),
    writable("PeriodicInformInterval", unsigned(1), "300"),
    writable("PeriodicInformTime", DATE_TIME, "0001-01-01T00:00:00Z"),
    readOnly("ParameterKey", text(32), "", "forcedInform", "mayDeny"),
    readOnly("ConnectionRequestURL", ANY_TEXT, "http://192.0.2.11:7547/9ac2d0", "forcedInform", "active"),
    writable("ConnectionRequestUsername", text(256), "cr"),
    writable("ConnectionRequestPassword", text(256), "", "hidden"),
    writable("DefaultActiveNotificationThrottle", unsigned(), "0"),
    writable("CWMPRetryMinimumWaitInterval", unsigned(1, 65535), "5"),
    writable("CWMPRetryIntervalMultiplier", unsigned(1000, 65535), "2000"),
    writable("HTTPConnectionRequestEnable", BOOLEAN, "1"),
    readOnly("UDPConnectionRequestAddress", text(256), ""),
    writable("STUNEnable", BOOLEAN, "0"),
    writable("STUNServerAddress", text(256), ""),
    writable("STUNServerPort", unsigned(0, 65535), "3478"),
    writable("STUNMaximumKeepAlivePeriod", integer(-1), "-1"),
    writable("STUNMinimumKeepAlivePeriod", unsigned(), "30"),
    readOnly("NATDetected", BOOLEAN, "0"),
    readOnly("AliasBasedAddressing", BOOLEAN, "0", "forcedInform"),
    writable("InstanceMode", oneOf("InstanceNumber", "InstanceAlias"), "InstanceNumber"),
    writable("AutoCreateInstances", BOOLEAN, "0"),
    readOnly("SupportedConnReqMethods", LIST, "HTTP"),
    writable("ConnReqXMPPConnection", ANY_TEXT, ""),
    writable("ConnReqAllowedJabberIDs", LIST, ""),
    readOnly("ConnReqJabberID", ANY_TEXT, "", "active"),
    readOnly("InstanceWildcardsSupported", BOOLEAN, "0"),
    readOnly("HTTPCompressionSupported", LIST, "GZIP"),
    writable("HTTPCompression", oneOf("Disabled", "GZIP"), "Disabled"),
    readOnly("InformParameterNumberOfEntries", unsigned(), "0"),
    ...MANAGEABLE_DEVICE_LEAVES,
  ]),
  ...object("ManagementServer.HeartbeatPolicy.", [
    writable("Enable", BOOLEAN, "0"),
    writable("ReportingInterval", unsigned(30), "3600"),
    writable("InitiationTime", DATE_TIME, "0001-01-01T00:00:00Z"),
  ]),
  ...object("ManagementServer.AutonomousTransferCompletePolicy.", TRANSFER_POLICY),
  ...object("GatewayInfo.", GATEWAY_INFO),
  ...object("Time.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Disabled", "Unsynchronized", "Synchronized", "Error_FailedToSynchronize", "Error"), "Synchronized"),
    writable("NTPServer1", text(64), "pool.ntp.example"),
    readOnly("CurrentLocalTime", DATE_TIME, "2026-01-01T12:00:00Z", "mayDeny"),
    writable("LocalTimeZone", text(256), "UTC0"),
  ]),
  ...object("Ethernet.Interface.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", INTERFACE_STATUS, "Up"),
    readOnly("Name", text(64), "eth0"),
    readOnly("Upstream", BOOLEAN, "1"),
    readOnly("MACAddress", MAC_ADDRESS, "06:00:00:00:01:01"),
    writable("MaxBitRate", integer(-1), "-1"),
  ]),
  ...object("IP.", [readOnly("InterfaceNumberOfEntries", unsigned(), "1")]),
  ...object("IP.Interface.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", INTERFACE_STATUS, "Up"),
    readOnly("Name", text(64), "wan"),
    writable("LowerLayers", LIST, "Device.Ethernet.Interface.1"),
    readOnly("IPv4AddressNumberOfEntries", unsigned(), "1"),
  ]),
  ...object("IP.Interface.1.IPv4Address.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Disabled", "Enabled", "Error_Misconfigured", "Error"), "Enabled"),
    writable("IPAddress", IP_ADDRESS, "192.0.2.11"),
    writable("SubnetMask", IP_ADDRESS, "255.255.255.0"),
    readOnly("AddressingType", oneOf("DHCP", "IKEv2", "AutoIP", "IPCP", "Static"), "DHCP"),
  ]),
  ...object("DHCPv4.", [readOnly("ClientNumberOfEntries", unsigned(), "1")]),
  ...object("DHCPv4.Client.1.", [
    writable("Enable", BOOLEAN, "1"),
    writable("Interface", text(256), "Device.IP.Interface.1"),
    readOnly("DHCPStatus", oneOf("Init", "Selecting", "Requesting", "Rebinding", "Bound", "Renewing"), "Bound"),
    readOnly("IPAddress", IP_ADDRESS, "192.0.2.11"),
    readOnly("DNSServers", LIST, "192.0.2.53"),
  ]),
  ...object("NAT.", [readOnly("PortMappingNumberOfEntries", unsigned(), "0")]),
  ...object("Hosts.", [readOnly("HostNumberOfEntries", unsigned(), "1")]),
  ...object("Hosts.Host.1.", [
    readOnly("PhysAddress", text(64), "02:00:00:00:00:20"),
    readOnly("IPAddress", IP_ADDRESS, "192.168.1.20"),
    readOnly("HostName", text(64), "pc"),
    readOnly("Active", BOOLEAN, "1"),
  ]),
  ...DIAGNOSTICS,
  ...object("SoftwareModules.", [readOnly("DeploymentUnitNumberOfEntries", unsigned(), "0")]),
];

export const tr181VoiceGateway: DataModel = {
  root: ROOT,
  places: {
    tests: {
      ...DIAGNOSTICS_TESTS,
      "Services.VoiceService.1.POTS.FXS.1.DiagTests.DiagnosticsState": "line-circuit",
      [`Services.VoiceService.1.SIP.Client.1.${REGISTRATION_DIAGNOSTICS}DiagnosticsState`]: "sip-registration",
    },
    echoServer: "IP.Diagnostics.UDPEchoConfig.",
    macAddress: "Ethernet.Interface.1.MACAddress",
    voice: "TR-104 issue 2",
  },
  parameters: [...PARAMETERS, ...VOICE_PARAMETERS],
  tables: [
    growable("ManagementServer.InformParameter.", INFORM_PARAMETERS),
    fixed("ManagementServer.ManageableDevice.", MANAGEABLE_DEVICES),
    fixed("Ethernet.Interface."),
    growable("IP.Interface.", {
      countedBy: "InterfaceNumberOfEntries",
      rowsMax: 4,
      initial: { Enable: "0", Status: "Down", Name: "", LowerLayers: "" },
    }),
    growable("IP.Interface.1.IPv4Address.", {
      countedBy: "IPv4AddressNumberOfEntries",
      rowsMax: 8,
      initial: { Enable: "0", Status: "Disabled", IPAddress: "", SubnetMask: "", AddressingType: "Static" },
    }),
    growable("DHCPv4.Client.", {
      countedBy: "ClientNumberOfEntries",
      rowsMax: 4,
      initial: { Enable: "0", Interface: "", DHCPStatus: "Init", IPAddress: "", DNSServers: "" },
    }),
    growable("NAT.PortMapping.", {
      countedBy: "PortMappingNumberOfEntries",
      rowsMax: 32,
      row: row(
        writable("Enable", BOOLEAN, "0"),
        readOnly("Status", oneOf("Disabled", "Enabled", "Error_Misconfigured", "Error"), "Disabled"),
        writable("Interface", text(256), ""),
        writable("AllInterfaces", BOOLEAN, "0"),
        writable("LeaseDuration", unsigned(), "0", "mayDeny"),
        writable("RemoteHost", ANY_TEXT, ""),
        writable("ExternalPort", unsigned(0, 65535), "0"),
        writable("ExternalPortEndRange", unsigned(0, 65535), "0"),
        writable("InternalPort", unsigned(0, 65535), "0"),
        writable("Protocol", oneOf("TCP", "UDP"), "TCP"),
        writable("InternalClient", text(256), ""),
        writable("Description", text(256), ""),
      ),
    }),
    fixed("Hosts.Host."),
    ...DIAGNOSTICS_TABLES,
    fixed("SoftwareModules.DeploymentUnit.", {
      countedBy: "DeploymentUnitNumberOfEntries",
      rowsMax: 8,
      row: row(
        readOnly("UUID", text(36), ""),
        readOnly("Name", text(256), ""),
        readOnly("Status", oneOf("Installing", "Installed", "Updating", "Uninstalling", "Uninstalled"), "Installed", "mayDeny"),
        readOnly("Resolved", BOOLEAN, "1"),
        readOnly("URL", text(1024), ""),
        readOnly("Version", text(32), ""),
      ),
    }),
    ...VOICE_TABLES,
  ],
};
