/**
 * Which device a client certificate speaks for: the common name of its subject, `OUI-SerialNumber` or `OUI-ProductClass-SerialNumber`.
 * Spec: TR-069 3.3, 3.4.4 (each part percent-encoded); cwmp.md 1.3. Layer: http.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { deviceId } from "../devices/device.js";

export interface CertifiedName {
  /** As it stands in the certificate. */
  readonly commonName: string;
  /** The device id that the name is; without a product class it also stands for devices of that OUI and serial number that have one. */
  readonly id: string;
}

const COMMON_NAME_CHARACTERS_MAX = 256;
const OUI = /^[0-9A-F]{6}$/;

/**
 * undefined: no TLS, no certificate, one that our authorities did not issue or whose time is over, or one that names no device (a
 * certificate of a whole model, say): who calls must then prove it otherwise.
 */
export function certifiedName(socket: Socket): CertifiedName | undefined {
  // `authorized` alone is no proof: it is true as well for a resumed TLS 1.3 connection without a certificate.
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const commonName: unknown = subject?.CN; // several common names: an array, which names nobody
  return typeof commonName === "string" ? readCertifiedName(commonName) : undefined;
}

/** An unencoded "-" within a part would let two identities share a name, so it names nobody. */
export function readCertifiedName(commonName: string): CertifiedName | undefined {
  if (commonName.length > COMMON_NAME_CHARACTERS_MAX) return undefined;
  const parts = commonName.split("-").map(decode);
  const [oui = "", middle = "", last] = parts;
  const serialNumber = last ?? middle;
  const isDevice = parts.length <= 3 && OUI.test(oui.toUpperCase()) && middle !== "" && serialNumber !== "";
  if (!isDevice) return undefined;
  return { commonName, id: deviceId({ oui: oui.toUpperCase(), productClass: last === undefined ? "" : middle, serialNumber }) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** @param id A device id, see deviceId(). */
export function certifies(name: CertifiedName, id: string): boolean {
  const certified = name.id.split("-");
  const claimed = id.split("-");
  return name.id === id || (certified.length === 2 && claimed.length === 3 && certified[0] === claimed[0] && certified[1] === claimed[2]);
}
