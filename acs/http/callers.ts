/**
 * Who calls, by name: for transcripts, admission, and to find whose session a request is of.
 * Spec: cwmp.md 1.11 row 20; docs/decisions/0010-enrolment.md. Layer: http, pure.
 */
import type { Socket } from "node:net";
import { certifies } from "./client-certificate.js";
import type { Caller } from "./device-identifier.js";
import type { Applicant } from "./enroller.js";

/** Of a session: its device, and the enrolment rule under whose user name it was begun; null: the device used its own name. */
export interface SessionOwner {
  readonly deviceId: string;
  readonly batch: string | null;
}

/** What a caller is named by where its device is not known. */
export function idOf(who: Caller): string {
  if ("device" in who) return who.device.id;
  // No device id begins like this: what an applicant calls itself never names a device.
  return "certified" in who ? who.certified.id : `applicant ${who.applicant.username}`;
}

export function nameOf(who: Caller): string {
  return "certified" in who ? who.certified.commonName : idOf(who);
}

/** Devices of a batch may have one user name: they share their rate only with those at the same address. */
export function admissionKey(who: Caller, socket: Socket): string {
  return "applicant" in who ? `${socket.remoteAddress} ${who.applicant.username}` : idOf(who);
}

/**
 * Whose session a request may be of: the caller's own. A certificate without a product class names several devices, a batch's user name
 * all of its batch: then it is the session's, if it is one of those.
 */
export function sessionIdOf(who: Caller, of: SessionOwner | undefined): string {
  const id = of?.deviceId;
  if ("certified" in who) return id !== undefined && certifies(who.certified, id) ? id : who.certified.id;
  if ("applicant" in who && id !== undefined && isOfBatch(who.applicant, of?.batch)) return id;
  return idOf(who);
}

function isOfBatch({ rules }: Applicant, batch: string | null | undefined): boolean {
  return rules.some(({ id, username }) => username !== null && id === batch);
}
