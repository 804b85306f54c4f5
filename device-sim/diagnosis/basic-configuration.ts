/**
 * Whether a line's basic SIP configuration is complete, and what it lacks.
 * Spec: CN 103067208 B, S12, [0070]; names of TR-104. Layer: diagnosis, pure.
 */
import { parseUri } from "../../sip-bridge/sip/uri.js";
import type { LineConfig } from "../phone/line.js";
import type { PhoneTransport } from "../phone/sip-way.js";

/** A line that a REGISTER can be made for. */
export interface CompleteLine extends LineConfig {
  readonly transport: PhoneTransport;
}

/** Transports that this terminal can do; the data model knows SCTP, too. */
const TRANSPORTS: readonly string[] = ["UDP", "TCP", "TLS"] satisfies readonly PhoneTransport[];
const PORT_MAX = 65_535;
const EXPIRES_S_MAX = 4_294_967_295;

/** What is empty or out of range, by the names of TR-104; `[]`: nothing. */
export function lackingSettings(line: LineConfig): readonly string[] {
  const { serverHost, serverPort, domain, addressOfRecord, authUserName, authPassword, registerExpiresS, transport } = line;
  const checks: readonly (readonly [name: string, isThere: boolean])[] = [
    ["RegistrarServer", serverHost !== ""],
    ["RegistrarServerPort", isWithin(serverPort, PORT_MAX)],
    ["UserAgentDomain", isUri(`sip:${domain}`)],
    ["URI", isUri(addressOfRecord) && addressOfRecord.includes("@")],
    ["AuthUserName", authUserName !== ""],
    ["AuthPassword", authPassword !== ""],
    ["RegisterExpires", isWithin(registerExpiresS, EXPIRES_S_MAX)],
    ["Transport", TRANSPORTS.includes(transport)],
  ];
  return checks.filter(([, isThere]) => !isThere).map(([name]) => name);
}

export const isComplete = (line: LineConfig): line is CompleteLine => lackingSettings(line).length === 0;

const isWithin = (value: number, max: number): boolean => Number.isInteger(value) && value >= 1 && value <= max;

function isUri(text: string): boolean {
  try {
    parseUri(text);
    return true;
  } catch {
    return false;
  }
}
