/**
 * Instance ids of user agents, and the MAC address in those that are made of one.
 * Spec: RFC 5626 4.1; RFC 4122 4.1.3 (version), 4.1.6 (node). Layer: registrar, pure.
 */
import { type Param, param } from "../sip/message.js";

const INSTANCE_ID_CHARACTERS_MAX = 256;
const URN_UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-([0-9a-f]{12})$/i;

/** `+sip.instance="<urn:uuid:…>"` without its brackets, in lower case if it is a URN (RFC 8141 3.1); "" if there is none that we can use. */
export function readInstanceId(contactParams: readonly Param[]): string {
  const value = param(contactParams, "+sip.instance") ?? "";
  if (!value.startsWith("<") || !value.endsWith(">") || value.length > INSTANCE_ID_CHARACTERS_MAX) return "";
  const id = value.slice(1, -1);
  return /^urn:/i.test(id) ? id.toLowerCase() : id;
}

/**
 * The MAC address in the node field, as `00:11:22:AA:BB:CC`; "" if there is none. Only version 1 is made of an address,
 * and one whose multicast bit is set is a random number in the place of an address (RFC 4122 4.5).
 */
export function instanceNode(instanceId: string): string {
  const node = URN_UUID.exec(instanceId)?.[1]?.toUpperCase();
  if (node === undefined || (Number.parseInt(node.slice(0, 2), 16) & 1) === 1) return "";
  return node.match(/../g)?.join(":") ?? "";
}
