/**
 * The voice service of a TR-181 gateway: a SIP client in a SIP network, a line and an extension of call control.
 * Spec: TR-104 issue 2. Layer: schemas.
 */
import type { ParameterDefinition, TableDefinition } from "./data-model.js";
import {
  ANY_TEXT,
  BOOLEAN,
  below,
  cancelableState,
  DATE_TIME,
  IP_ADDRESS,
  integer,
  LIST,
  oneOf,
  readOnly,
  row,
  TRANSPORT,
  text,
  unsigned,
  writable,
} from "./describe-model.js";
import { REGISTRATION_DIAGNOSTICS, REGISTRATION_DIAGNOSTICS_LEAVES } from "./registration-diagnostics.js";

const { object, growable, fixed } = below("Device.");

export const VOICE_PARAMETERS: readonly ParameterDefinition[] = [
  ...object("Services.VoiceService.1.", [
    readOnly("VoIPProfileNumberOfEntries", unsigned(), "1"),
    readOnly("CodecProfileNumberOfEntries", unsigned(), "0"),
    readOnly("CallLogNumberOfEntries", unsigned(), "0", "mayDeny"),
    readOnly("TerminalNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("Services.VoiceService.1.Capabilities.", [
    readOnly("MaxLineCount", integer(-1), "2"),
    readOnly("MaxExtensionCount", integer(-1), "2"),
    readOnly("MaxSessionCount", integer(-1), "4"),
    readOnly("NetworkConnectionModes", LIST, "SIP"),
    readOnly("UserConnectionModes", LIST, "FXS"),
  ]),
  ...object("Services.VoiceService.1.POTS.FXS.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Up", "Error", "Testing", "Disabled"), "Up"),
    readOnly("Name", text(64), "fxs1"),
    writable("DialType", oneOf("Tone", "Pulse"), "Tone"),
    readOnly("Active", BOOLEAN, "0"),
    writable("TerminalType", oneOf("Audio", "Fax", "Modem", "Any"), "Any"),
  ]),
  ...object("Services.VoiceService.1.POTS.FXS.1.DiagTests.", [
    writable("DiagnosticsState", cancelableState("Error_Internal", "Error_Other"), "None"),
    writable("TestSelector", oneOf("Hazard Potential", "Foreign Voltage", "Resistive Faults", "Off-hook", "REN"), "REN"),
    readOnly("TestResult", oneOf("Success", "Failure"), "Success"),
  ]),
  ...object("Services.VoiceService.1.SIP.", [
    readOnly("ClientNumberOfEntries", unsigned(), "1"),
    readOnly("NetworkNumberOfEntries", unsigned(), "1"),
    readOnly("ProxyNumberOfEntries", unsigned(), "0"),
    readOnly("RegistrarNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("Services.VoiceService.1.SIP.Client.1.", [
    writable("Enable", BOOLEAN, "1"),
    writable("QuiescentMode", BOOLEAN, "0"),
    readOnly(
      "Status",
      oneOf(
        "Up",
        "Initializing",
        "Registering",
        "Deregistering",
        "Error_Misconfigured",
        "Error_Network",
        "Error_Registration",
        "Quiescent",
        "Disabled",
      ),
      "Up",
    ),
    readOnly("Origin", oneOf("AutoConfigured", "Static"), "Static"),
    writable("RegisterMode", oneOf("RFC3261", "STATIC", "RFC6140", "TISPAN"), "RFC3261"),
    writable("AuthUserName", text(128), "1001"),
    writable("AuthPassword", text(128), "", "hidden"),
    writable("Network", text(256), "Device.Services.VoiceService.1.SIP.Network.1"),
    writable("MaxSessions", unsigned(), "2"),
    writable("RegisterURI", text(389), "sip:1001@sip.example"),
    readOnly("ContactNumberOfEntries", unsigned(), "1"),
  ]),
  ...object(`Services.VoiceService.1.SIP.Client.1.${REGISTRATION_DIAGNOSTICS}`, REGISTRATION_DIAGNOSTICS_LEAVES),
  ...object("Services.VoiceService.1.SIP.Client.1.Contact.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Up", "Error", "Disabled"), "Up"),
    writable("IPAddress", IP_ADDRESS, "192.0.2.11"),
    writable("Port", unsigned(0, 65535), "5060"),
    readOnly("ExpireTime", DATE_TIME, "2026-01-01T13:00:00Z"),
  ]),
  ...object("Services.VoiceService.1.SIP.Network.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Up", "Resolving", "Error_DNS", "Error_Other", "Disabled"), "Up"),
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
    readOnly("ChosenIPAddress", IP_ADDRESS, "198.51.100.5"),
    readOnly("ChosenPort", unsigned(0, 65535), "5060"),
    writable("RegistrationPeriod", unsigned(1), "3600"),
    writable("RegisterExpires", unsigned(1), "3600"),
    readOnly("EventSubscribeNumberOfEntries", unsigned(), "0"),
    writable("RegisterRetryInterval", unsigned(1), "30"),
    writable("NoLoginRetry", BOOLEAN, "0"),
    readOnly("UnansweredRegistrationAttempts", unsigned(), "0"),
    writable("Realm", ANY_TEXT, "sip.example"),
    writable("VoIPProfile", text(256), "Device.Services.VoiceService.1.VoIPProfile.1"),
    writable("DSCPMark", unsigned(0, 63), "46"),
  ]),
  ...object("Services.VoiceService.1.CallControl.", [
    readOnly("LineNumberOfEntries", unsigned(), "1"),
    readOnly("ExtensionNumberOfEntries", unsigned(), "1"),
    readOnly("IncomingMapNumberOfEntries", unsigned(), "1"),
    readOnly("OutgoingMapNumberOfEntries", unsigned(), "0"),
  ]),
  ...object("Services.VoiceService.1.CallControl.Line.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Up", "Error", "Testing", "Quiescent", "Disabled"), "Up"),
    readOnly("CallStatus", oneOf("Idle", "Dialing", "Delivered", "Connected", "Alerting", "Disconnected"), "Idle"),
    writable("DirectoryNumber", text(32), "1001"),
    writable("Provider", text(256), "Device.Services.VoiceService.1.SIP.Client.1"),
    writable("CallingFeatures", text(256), ""),
  ]),
  ...object("Services.VoiceService.1.CallControl.Line.1.Stats.IncomingCalls.", [
    readOnly("CallsReceived", unsigned(), "0"),
    readOnly("CallsConnected", unsigned(), "0"),
    readOnly("CallsFailed", unsigned(), "0"),
    readOnly("CallsDropped", unsigned(), "0"),
    readOnly("TotalCallTime", unsigned(), "0", "mayDeny"),
  ]),
  ...object("Services.VoiceService.1.CallControl.Line.1.Stats.OutgoingCalls.", [
    readOnly("CallsAttempted", unsigned(), "0"),
    readOnly("CallsConnected", unsigned(), "0"),
    readOnly("CallsFailed", unsigned(), "0"),
  ]),
  ...object("Services.VoiceService.1.CallControl.Line.1.Stats.RTP.", [
    readOnly("PacketsReceived", unsigned(), "0", "mayDeny"),
    readOnly("PacketsSent", unsigned(), "0", "mayDeny"),
    readOnly("PacketsLost", unsigned(), "0", "mayDeny"),
  ]),
  ...object("Services.VoiceService.1.CallControl.Extension.1.", [
    writable("Enable", BOOLEAN, "1"),
    readOnly("Status", oneOf("Up", "Initializing", "Error", "Testing", "Quiescent", "Disabled"), "Up"),
    writable("Name", text(256), "phone 1"),
    writable("ExtensionNumber", text(32), "11"),
    writable("Provider", text(256), "Device.Services.VoiceService.1.POTS.FXS.1"),
  ]),
  ...object("Services.VoiceService.1.CallControl.IncomingMap.1.", [
    writable("Enable", BOOLEAN, "1"),
    writable("Line", text(256), "Device.Services.VoiceService.1.CallControl.Line.1"),
    writable("Extension", text(256), "Device.Services.VoiceService.1.CallControl.Extension.1"),
    writable("Order", unsigned(1), "1"),
  ]),
  ...object("Services.VoiceService.1.VoIPProfile.1.", [
    writable("Enable", BOOLEAN, "1"),
    writable("Name", text(64), "default"),
    writable("DTMFMethod", LIST, "RFC4733"),
  ]),
  ...object("Services.VoiceService.1.VoIPProfile.1.RTP.", [
    writable("LocalPortMin", unsigned(1, 65535), "16384"),
    writable("LocalPortMax", unsigned(1, 65535), "16482"),
    writable("DSCPMark", unsigned(0, 63), "46"),
  ]),
];

const EMPTY_ACCOUNT = {
  ProxyServer: "",
  RegistrarServer: "",
  UserAgentDomain: "",
  Realm: "",
  VoIPProfile: "",
  ChosenIPAddress: "",
  ChosenPort: "0",
};

export const VOICE_TABLES: readonly TableDefinition[] = [
  fixed("Services.VoiceService."),
  fixed("Services.VoiceService.1.POTS.FXS."),
  growable("Services.VoiceService.1.SIP.Client.", {
    countedBy: "ClientNumberOfEntries",
    rowsMax: 2,
    initial: { Enable: "0", Status: "Disabled", AuthUserName: "", Network: "", MaxSessions: "0", RegisterURI: "" },
  }),
  growable("Services.VoiceService.1.SIP.Client.1.Contact.", {
    countedBy: "ContactNumberOfEntries",
    rowsMax: 4,
    initial: { Enable: "0", Status: "Disabled", IPAddress: "", Port: "0", ExpireTime: "0001-01-01T00:00:00Z" },
  }),
  growable("Services.VoiceService.1.SIP.Network.", {
    countedBy: "NetworkNumberOfEntries",
    rowsMax: 2,
    initial: { Enable: "0", Status: "Disabled", ...EMPTY_ACCOUNT, UserAgentPort: "0", DSCPMark: "0" },
  }),
  growable("Services.VoiceService.1.SIP.Network.1.EventSubscribe.", {
    countedBy: "EventSubscribeNumberOfEntries",
    rowsMax: 4,
    row: row(
      writable("Enable", BOOLEAN, "0"),
      writable("Event", text(32), ""),
      writable("Notifier", text(256), ""),
      writable("NotifierPort", unsigned(0, 65535), "0"),
      writable("NotifierTransport", TRANSPORT, "UDP"),
      writable("ExpireTime", unsigned(), "3600"),
    ),
  }),
  growable("Services.VoiceService.1.CallControl.Line.", {
    countedBy: "LineNumberOfEntries",
    rowsMax: 2, // as Capabilities.MaxLineCount says
    initial: { Enable: "0", Status: "Disabled", DirectoryNumber: "", Provider: "" },
  }),
  growable("Services.VoiceService.1.CallControl.Extension.", {
    countedBy: "ExtensionNumberOfEntries",
    rowsMax: 2, // as Capabilities.MaxExtensionCount says
    initial: { Enable: "0", Status: "Disabled", Name: "", ExtensionNumber: "", Provider: "" },
  }),
  growable("Services.VoiceService.1.CallControl.IncomingMap.", {
    countedBy: "IncomingMapNumberOfEntries",
    rowsMax: 4,
    initial: { Enable: "0", Line: "", Extension: "" },
  }),
  growable("Services.VoiceService.1.CallControl.OutgoingMap.", {
    countedBy: "OutgoingMapNumberOfEntries",
    rowsMax: 4,
    row: row(
      writable("Enable", BOOLEAN, "0"),
      writable("Extension", text(256), ""),
      writable("Line", text(256), ""),
      writable("Order", unsigned(1), "1"),
    ),
  }),
  growable("Services.VoiceService.1.VoIPProfile.", {
    countedBy: "VoIPProfileNumberOfEntries",
    rowsMax: 2,
    initial: { Enable: "0", Name: "", DTMFMethod: "InBand" },
  }),
];
