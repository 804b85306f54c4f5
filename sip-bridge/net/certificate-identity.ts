/**
 * Whether a certificate is for a SIP domain.
 * Spec: RFC 5922 7.1 (which names a certificate holds), 7.2 (how they compare: no wildcards). Layer: net.
 */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** @param domain A name or a numeric address without brackets: what was looked up, never what the look-up gave. */
export function certifies(certificate: X509Certificate, domain: string): boolean {
  if (isIP(domain) !== 0) return certificate.checkIP(domain) !== undefined;
  const names = certificate.subjectAltName;
  // "If and only if the subjectAltName does not appear in the certificate, the implementation MAY examine the CN field."
  const subject = names === undefined ? "always" : "never";
  if (certificate.checkHost(domain, { subject, wildcards: false }) !== undefined) return true;
  return readAltNames(names ?? "").some((name) => name.toLowerCase() === `uri:sip:${domain.toLowerCase()}`);
}

/**
 * `DNS:a.example, URI:sip:a.example`. A value that holds anything odd stands in quotes as JSON, so that it can't pass for two.
 * @returns Type and value of each; those in quotes without them.
 */
export function readAltNames(text: string): readonly string[] {
  return (text.match(/[^,":]+:(?:"(?:[^"\\]|\\.)*"|[^,"]*)/g) ?? []).map((entry) => {
    const at = entry.indexOf(":") + 1;
    const [type, value] = [entry.slice(0, at).trim(), entry.slice(at)];
    return `${type}${value.startsWith('"') ? readQuoted(value) : value}`;
  });
}

function readQuoted(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return "";
  }
}
