/**
 * Which of our addresses-of-record is a device's, by the voice lines that an ACS reads from it.
 * Spec: TR-104 issue 1 (VoiceProfile.Line.SIP) and 2 (SIP.Client, SIP.Network). Layer: connection-requests, pure.
 */
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";

const ROW = String.raw`(?:\d+|\[[^[\]]+\])`;
const LINE = new RegExp(String.raw`^(.*\.VoiceProfile\.${ROW}\.)Line\.${ROW}\.(?:Enable|DirectoryNumber|SIP\.(?:URI|AuthUserName))$`);
const PROFILE = new RegExp(String.raw`\.VoiceProfile\.${ROW}\.SIP\.(?:UserAgentDomain|RegistrarServer)$`);
const CLIENT = new RegExp(String.raw`\.SIP\.Client\.${ROW}\.(?:Enable|RegisterURI|AuthUserName|Network)$`);
const NETWORK = new RegExp(String.raw`\.SIP\.Network\.${ROW}\.(?:UserAgentDomain|RegistrarServer)$`);

/** Parameters that tell of voice lines; a message may hold thousands of others. */
export function tellsOfLine(name: string): boolean {
  if (name.includes(".VoiceProfile.")) return LINE.test(name) || PROFILE.test(name);
  return name.includes(".SIP.") && (CLIENT.test(name) || NETWORK.test(name));
}

/**
 * @param values Parameters for which `tellsOfLine` is true, as far as they are known.
 * @returns The address of its first line that registers with us, `sip:user@domain`; any line reaches the device. undefined: none is known.
 */
export function voiceLineOf(values: ReadonlyMap<string, string>, domains: Domains): string | undefined {
  const names = [...values.keys()].sort();
  for (const name of names) {
    const address = addressAt(name, (of) => values.get(of)?.trim() ?? "");
    if (address !== undefined && readAddressOfRecord(address, domains) !== undefined) return address;
  }
  return undefined;
}

type Read = (name: string) => string;

function addressAt(name: string, read: Read): string | undefined {
  if (!name.endsWith(".AuthUserName") && !name.endsWith("URI")) return undefined;
  const profile = LINE.exec(name)?.[1];
  if (profile !== undefined) {
    const line = name.slice(0, name.lastIndexOf("SIP."));
    if (read(`${line}Enable`) === "Disabled") return undefined;
    const user = read(`${line}SIP.AuthUserName`) || read(`${line}DirectoryNumber`);
    return addressOf(read(`${line}SIP.URI`), user, read(`${profile}SIP.UserAgentDomain`) || read(`${profile}SIP.RegistrarServer`));
  }
  if (!CLIENT.test(name)) return undefined;
  const client = name.slice(0, name.lastIndexOf(".") + 1);
  if (/^(0|false)$/i.test(read(`${client}Enable`))) return undefined;
  const network = read(`${client}Network`);
  return addressOf(
    read(`${client}RegisterURI`),
    read(`${client}AuthUserName`),
    read(`${network}.UserAgentDomain`) || read(`${network}.RegistrarServer`),
  );
}

/** TR-104: an empty URI means AuthUserName@UserAgentDomain; one without "@" gets the domain appended. Without a domain it is nobody's yet. */
function addressOf(uri: string, user: string, domain: string): string | undefined {
  const bare = uri.replace(/^sips?:/i, "") || user;
  if (bare === "") return undefined;
  if (bare.includes("@")) return `sip:${bare}`;
  return domain === "" ? undefined : `sip:${bare}@${domain}`;
}
