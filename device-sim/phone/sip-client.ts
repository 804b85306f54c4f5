/**
 * The voice line as its parameters describe it in a TR-181 gateway: a SIP client, in the SIP network that it refers to.
 * Spec: TR-104 issue 2, SIP.Client.{i}, SIP.Network.{i}, CallControl.Line.{i}. Layer: phone, pure.
 */
import { REGISTRATION_DIAGNOSTICS } from "../../schemas/data-models/registration-diagnostics.js";
import { type Device, isOn, setting } from "../device/device.js";
import { readEventSubscribe } from "./event-subscribe.js";
import { addressOfRecord, type LineAccount, type LineConfig, type LineStatus } from "./line.js";

export const CLIENT_PATH = "Services.VoiceService.1.SIP.Client.1.";
const NETWORKS_PATH = "Services.VoiceService.1.SIP.Network.";
const LINE_PATH = "Services.VoiceService.1.CallControl.Line.1.";

/** @param clientPath Of another client than the phone's. */
export function readSipClient(device: Device, clientPath = CLIENT_PATH): LineConfig {
  const client = (leaf: string): string => setting(device, clientPath + leaf);
  // "Network" is a path with the root and without the dot at its end; "" or a row that is gone leaves nothing to register at.
  const network = `${client("Network").slice(device.tree.index.root.length)}.`;
  const own = (leaf: string): string => setting(device, network + leaf);
  const role = own("RegistrarServer") === "" ? "ProxyServer" : "RegistrarServer";
  const outbound = own("OutboundProxy");
  const authUserName = client("AuthUserName");
  const domain = own("UserAgentDomain") || own(role);
  return {
    enabled: isOn(device, `${clientPath}Enable`) && !isOn(device, `${clientPath}QuiescentMode`) && isOn(device, `${network}Enable`),
    serverHost: outbound || own(role),
    serverPort: Number(outbound === "" ? own(`${role}Port`) : own("OutboundProxyPort")),
    transport: own(`${role}Transport`),
    domain,
    addressOfRecord: addressOfRecord(client("RegisterURI"), authUserName, domain),
    authUserName,
    authPassword: client("AuthPassword"),
    registerExpiresS: Number(own("RegisterExpires")),
    retryIntervalS: Number(own("RegisterRetryInterval")),
    userAgentPort: Number(own("UserAgentPort")),
    subscriptions: readEventSubscribe(device, `${network}EventSubscribe.`, (row) => isOn(device, `${row}Enable`)),
  };
}

/** Whether a change of this parameter (path without the root) makes the client register again. */
export const concernsSipClient = (path: string): boolean =>
  (path.startsWith(CLIENT_PATH) && !path.startsWith(CLIENT_PATH + REGISTRATION_DIAGNOSTICS)) || path.startsWith(NETWORKS_PATH);

const CLIENT_STATUS = {
  ...{ Up: "Up", Disabled: "Disabled", Initializing: "Initializing", Registering: "Registering" },
  ...{ Unregistering: "Deregistering", Error: "Error_Registration" },
} as const satisfies Record<LineStatus, string>;

/** The registration's state is the client's; the call side has only up, disabled or error. */
export function showSipClient(status: LineStatus): Readonly<Record<string, string>> {
  const line = status === "Up" || status === "Disabled" ? status : "Error";
  return { [`${CLIENT_PATH}Status`]: CLIENT_STATUS[status], [`${LINE_PATH}Status`]: line };
}

/** Factory values; paths without the root. */
export function sipClientAccount({
  registrar,
  registrarPort,
  transport,
  domain,
  number,
  password,
}: LineAccount): Readonly<Record<string, string>> {
  const network = `${NETWORKS_PATH}1.`;
  return {
    ...{ [`${network}ProxyServer`]: registrar, [`${network}ProxyServerPort`]: String(registrarPort) },
    ...{ [`${network}RegistrarServer`]: registrar, [`${network}RegistrarServerPort`]: String(registrarPort) },
    ...{ [`${network}ProxyServerTransport`]: transport, [`${network}RegistrarServerTransport`]: transport },
    ...{ [`${network}UserAgentDomain`]: domain, [`${network}UserAgentPort`]: "0", [`${network}Realm`]: domain },
    ...{ [`${CLIENT_PATH}AuthUserName`]: number, [`${CLIENT_PATH}AuthPassword`]: password },
    [`${CLIENT_PATH}RegisterURI`]: `sip:${number}@${domain}`,
    [`${LINE_PATH}DirectoryNumber`]: number,
  };
}
