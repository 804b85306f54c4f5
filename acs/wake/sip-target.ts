/**
 * Which SIP address wakes which device: the operator's word, else the tree's voice line, else the instance id of its registration.
 * Spec: DESIGN 4; TR-104 issue 1 (VoiceProfile.Line.SIP) and 2 (SIP.Client, CallControl.Line). Layer: wake, pure.
 */
import type { WakeTarget } from "../../schemas/wake-contract.js";
import type { Device } from "../devices/device.js";

export interface NamedValue {
  readonly name: string;
  readonly value: string | null;
}

export type SipTarget = { readonly target: WakeTarget; readonly from: string } | { readonly target: null; readonly why: string };

/** Subtrees of the parameter tree that the choice looks at, below the device's root. */
export const SIP_TARGET_SUBTREES = ["Services.VoiceService.", "WANDevice.", "Ethernet."] as const;

/** @param values The entries of SIP_TARGET_SUBTREES. A User-Agent string never maps (DESIGN 4). */
export function sipTarget(device: Pick<Device, "sipAddress" | "root">, values: readonly NamedValue[]): SipTarget {
  if (device.sipAddress !== null) return addressed(device.sipAddress, "set by the operator");
  const addresses = [...new Set(linesOf(values).flatMap((line) => addressOf(line) ?? []))];
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) return addressed(only, "the device's voice line");
  if (addresses.length > 1)
    return {
      target: null,
      why: `ambiguous: the device has ${addresses.length} voice lines (${addresses.slice(0, 4).join(", ")}); set sipAddress`,
    };
  return byInstance(values);
}

function addressed(addressOfRecord: string, from: string): SipTarget {
  return { target: { by: "address-of-record", addressOfRecord }, from };
}

interface Line {
  readonly uri: string;
  readonly user: string;
  readonly number: string;
  readonly domain: string;
  readonly enabled: boolean;
}

/** A number, or an alias of a device that tells those (TR-069 3.6.1). */
const ROW = String.raw`(?:\d+|\[[^[\]]+\])`;
const AUTH_USER_OF_LINE = new RegExp(String.raw`^(.*\.VoiceProfile\.${ROW}\.)Line\.${ROW}\.SIP\.AuthUserName$`);
const AUTH_USER_OF_CLIENT = new RegExp(String.raw`\.SIP\.Client\.${ROW}\.AuthUserName$`);
const MAC_ADDRESS_OF_INTERFACE = new RegExp(String.raw`\.(WANIPConnection|WANPPPConnection|Interface)\.${ROW}\.MACAddress$`);

/** TR-104 issue 1: VoiceProfile.{i}.Line.{i}. with the profile's SIP domain; issue 2: SIP.Client.{i}. with its SIP.Network. */
function linesOf(values: readonly NamedValue[]): readonly Line[] {
  const byName = new Map(values.map(({ name, value }) => [name, value ?? ""]));
  const read = (name: string): string => byName.get(name)?.trim() ?? "";
  const lines: Line[] = [];
  for (const name of byName.keys()) {
    const line = AUTH_USER_OF_LINE.exec(name);
    const profile = line?.[1];
    if (profile !== undefined) {
      const base = name.slice(0, -"SIP.AuthUserName".length);
      const domain = read(`${profile}SIP.UserAgentDomain`) || read(`${profile}SIP.RegistrarServer`) || read(`${profile}SIP.ProxyServer`);
      const enabled = read(`${base}Enable`) !== "Disabled";
      lines.push({ uri: read(`${base}SIP.URI`), user: read(name), number: read(`${base}DirectoryNumber`), domain, enabled });
    }
    if (AUTH_USER_OF_CLIENT.test(name)) {
      const base = name.slice(0, -"AuthUserName".length);
      const network = read(`${base}Network`);
      const domain = read(`${network}.UserAgentDomain`) || read(`${network}.RegistrarServer`);
      lines.push({
        uri: read(`${base}RegisterURI`),
        user: read(name),
        number: "",
        domain,
        enabled: !/^(0|false)$/i.test(read(`${base}Enable`)),
      });
    }
  }
  return lines;
}

/** TR-104: an empty URI means AuthUserName@UserAgentDomain; one without "@" gets the domain appended. */
function addressOf({ uri, user, number, domain, enabled }: Line): string | undefined {
  if (!enabled) return undefined;
  const bare = uri.replace(/^sips?:/i, "") || user || number;
  if (bare === "") return undefined;
  if (bare.includes("@")) return `sip:${bare}`;
  return domain === "" ? undefined : `sip:${bare}@${domain}`;
}

const MAC_ADDRESS = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/;

/** RFC 5626 4.1: a UUID of version 1 names the MAC address of the interface in its last twelve digits. */
function byInstance(values: readonly NamedValue[]): SipTarget {
  const addresses = new Set<string>();
  for (const { name, value } of values) {
    const address = value?.trim().toUpperCase() ?? "";
    if (MAC_ADDRESS_OF_INTERFACE.test(name) && MAC_ADDRESS.test(address)) addresses.add(address);
  }
  const [macAddress] = addresses;
  if (macAddress === undefined)
    return { target: null, why: "no SIP address is set and the tree shows neither a voice line nor a MAC address" };
  if (addresses.size > 1) return { target: null, why: `ambiguous: the tree shows ${addresses.size} MAC addresses; set sipAddress` };
  return { target: { by: "instance-node", macAddress }, from: "the MAC address in the registration's instance id" };
}
