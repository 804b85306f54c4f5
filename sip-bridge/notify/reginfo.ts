/**
 * Bodies of the event package "reg": the state of one address-of-record, whole or as far as it changed.
 * Spec: RFC 3680 5; schema: schemas/xsd/reginfo.xsd; RFC 5628 for pub-gruu. Layer: notify, pure.
 */
import { createHash } from "node:crypto";
import { addressOfRecordUri } from "../registrar/address-of-record.js";
import { type Binding, bindingIdentity } from "../registrar/binding.js";
import { type ContactNews, isEnd } from "../registrar/contact-news.js";
import { publicGruu } from "../registrar/gruu.js";
import { octetsToUnicode } from "../registrar/octets.js";
import { showQ } from "../registrar/registration-answer.js";

export const REGINFO_TYPE = "application/reginfo+xml";
const NAMESPACE = "urn:ietf:params:xml:ns:reginfo";
const GRUU_NAMESPACE = "urn:ietf:params:xml:ns:gruuinfo";
const ID_CHARACTERS = 16;

export interface Reginfo {
  /** 0 in the first document of a subscription, one more in each that follows. */
  readonly version: number;
  /** "full": all contacts there are; "partial": those that changed. */
  readonly state: "full" | "partial";
  readonly addressOfRecord: string;
  /** "init": nobody was registered as far as the watcher knows; "terminated": the last contact has just ended. */
  readonly registration: "init" | "active" | "terminated";
  readonly contacts: readonly ContactNews[];
}

export function writeReginfo({ version, state, addressOfRecord, registration, contacts }: Reginfo, nowMs: number): string {
  const aor = attribute("aor", addressOfRecordUri(addressOfRecord));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<reginfo xmlns="${NAMESPACE}" version="${version}" state="${state}">`,
    `  <registration ${aor} id="${idOf(addressOfRecord)}" state="${registration}">`,
    ...contacts.map((contact) => writeContact(contact, nowMs)),
    "  </registration>",
    "</reginfo>",
    "",
  ].join("\n");
}

function writeContact({ binding, event }: ContactNews, nowMs: number): string {
  const { addressOfRecord, contact, callId, cseq, q, registeredAtMs, expiresAtMs, instanceId, regId } = binding;
  const left = isEnd(event) ? 0 : Math.max(0, Math.ceil((expiresAtMs - nowMs) / 1_000));
  const attributes = [
    `id="${contactId(binding)}" state="${isEnd(event) ? "terminated" : "active"}" event="${event}"`,
    `duration-registered="${Math.max(0, Math.floor((nowMs - registeredAtMs) / 1_000))}" expires="${left}" q="${showQ(q)}"`,
    `${attribute("callid", callId)} cseq="${cseq}"`,
  ];
  const instance = instanceId === "" ? [] : [unknownParam("+sip.instance", `"<${instanceId}>"`)];
  return [
    `    <contact ${attributes.join(" ")}>`,
    `      <uri>${escaped(contact)}</uri>`,
    ...[...instance, ...(regId === 0 ? [] : [unknownParam("reg-id", String(regId))])],
    ...(instanceId === ""
      ? []
      : [`      <gr:pub-gruu xmlns:gr="${GRUU_NAMESPACE}" ${attribute("uri", publicGruu(addressOfRecord, instanceId))}/>`]),
    "    </contact>",
  ].join("\n");
}

const unknownParam = (name: string, value: string): string => `      <unknown-param name="${name}">${escaped(value)}</unknown-param>`;

/** "The id MUST be unique amongst all registrations reported to a watcher", and stay the same while the contact is there. */
const idOf = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex").slice(0, ID_CHARACTERS);
const contactId = (binding: Binding): string => idOf(`${binding.addressOfRecord}\n${bindingIdentity(binding)}`);

const attribute = (name: string, octets: string): string => `${name}="${escaped(octets)}"`;

/** What SIP calls octets is UTF-8 in XML; characters that XML 1.0 forbids become U+FFFD. */
function escaped(octets: string): string {
  return octetsToUnicode(octets)
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
