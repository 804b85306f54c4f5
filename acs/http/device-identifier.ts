/**
 * Whose Inform it is: the device that it claims, if that is the one that was proven. Credentials of one device in the Inform of another
 * quarantine the first; the other is never touched.
 * Spec: DESIGN 4, 12; cwmp.md 1.3, 1.11 row 29. Layer: http.
 */
import type { Clock } from "../../common/clock.js";
import { type Device, type DeviceIdentity, deviceId } from "../devices/device.js";
import type { EventKind } from "../events/event.js";
import { passwordEvent } from "../events/password-event.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { QuarantineStore } from "../stores/quarantine-store.js";
import { type CertifiedName, certifies } from "./client-certificate.js";
import type { AuthResult } from "./cwmp-auth.js";
import type { Applicant, Enroller } from "./enroller.js";

/** Whose request it is, as far as the HTTP layer knows. */
export type Caller = Exclude<AuthResult, { readonly challenge: readonly string[] }>;

export interface Claim {
  readonly identity: DeviceIdentity;
  /** The Inform itself brought credentials, not only an earlier request of its connection. */
  readonly hasProof: boolean;
  readonly remoteAddress: string;
}

/** Told to the operator, but not each time. */
export interface Notice {
  readonly kind: EventKind;
  readonly deviceId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Identified =
  | { readonly device: Device; readonly notice?: Notice }
  /** 401: it must bring its own proof. */
  | { readonly refused: 401 | 403; readonly notice?: Notice };

export interface DeviceIdentifierOptions {
  readonly devices: DeviceStore;
  readonly quarantine: QuarantineStore;
  readonly enroller: Enroller;
  readonly clock: Clock;
}

/** Of what a stranger says about itself, so many characters are kept. */
export const STRANGER_TEXT_CHARACTERS_MAX = 256;

export class DeviceIdentifier {
  readonly #options: DeviceIdentifierOptions;

  constructor(options: DeviceIdentifierOptions) {
    this.#options = options;
  }

  async identify(who: Caller, claim: Claim): Promise<Identified> {
    if ("certified" in who) return this.#byCertificate(who.certified, claim);
    // A proxy that shares connections between devices must not lend one device's proof to another's Inform.
    if (!claim.hasProof) return { refused: 401 };
    if ("applicant" in who) return this.#byBatch(who.applicant, claim);
    const device = await this.#current(who.device);
    return deviceId(claim.identity) === device.id ? { device } : this.#mismatch(device, claim);
  }

  /** A connection keeps the device as it was when it proved itself; these states end without it. */
  async #current(device: Device): Promise<Device> {
    if (device.quarantine === null && !device.awaitsFirstContact) return device;
    return (await this.#options.devices.get(device.id)) ?? device;
  }

  async #byBatch(applicant: Applicant, { identity, remoteAddress }: Claim): Promise<Identified> {
    const { devices, enroller } = this.#options;
    const claimed = deviceId(identity);
    const take = async () => enroller.takeIn(applicant, identity, await devices.get(claimed), remoteAddress);
    const first = await take();
    const taken = first === "exists" ? await take() : first; // another connection of the same device may have been first
    if (typeof taken !== "string") return { device: await this.#resetOf(taken) };
    const data = { username: applicant.username, claimed: cut(claimed), why: taken };
    return { refused: 403, notice: { kind: taken === "exists" ? "identity-mismatch" : "device-unknown", deviceId: null, data } };
  }

  /** A device of the batch that has again what it came with, as was expected: from now on that is what it has. */
  async #resetOf(device: Device): Promise<Device> {
    const { devices, clock } = this.#options;
    const { id, pendingPassword } = device;
    if (pendingPassword?.isFactory !== true) return device;
    const used = { password: pendingPassword.password, username: pendingPassword.username ?? device.username };
    const adopted = await devices.adoptPassword(id, used, [passwordEvent(id, clock.now(), "factory-in-use")]);
    return adopted === "stale" ? device : adopted;
  }

  async #byCertificate(certified: CertifiedName, { identity, remoteAddress }: Claim): Promise<Identified> {
    const { devices, enroller } = this.#options;
    const claimed = deviceId(identity);
    if (!certifies(certified, claimed)) {
      const named = await devices.get(certified.id);
      if (named !== undefined) return this.#mismatch(named, { identity, remoteAddress }, certified.commonName);
      const data = { claimed: cut(claimed), certificate: certified.commonName };
      return { refused: 403, notice: { kind: "identity-mismatch", deviceId: null, data } };
    }
    const device = (await devices.get(claimed)) ?? (await enroller.takeInCertified(certified, identity, remoteAddress));
    // Another connection of the same device may have been first.
    const found = device === "exists" || device === "certificate-used" ? ((await devices.get(claimed)) ?? device) : device;
    if (typeof found !== "string") return { device: found };
    const data = { certificate: certified.commonName, ...(found === "no-rule" ? {} : { why: found }) };
    return { refused: 403, notice: { kind: "device-unknown", deviceId: null, data } };
  }

  /** Whoever holds the credentials of a device can hurt that one only: it is quarantined, and what it claims to be is not asked. */
  async #mismatch(device: Device, { identity, remoteAddress }: Omit<Claim, "hasProof">, certificate?: string): Promise<Identified> {
    const { quarantine, clock } = this.#options;
    const claimed = cut(deviceId(identity));
    const sinceMs = clock.now();
    const reason = "identity-changed";
    const data = { reason, claimed, ...(certificate === undefined ? {} : { certificate }), remoteAddress };
    const event = { atMs: sinceMs, kind: "device-quarantined", deviceId: device.id, data } as const;
    const held = await quarantine.quarantine(device.id, { reason, sinceMs, claimed }, [event]);
    const told = { claimed, ...(certificate === undefined ? {} : { certificate }) };
    const notice: Notice = { kind: "identity-mismatch", deviceId: device.id, data: told };
    return held === undefined ? { refused: 403, notice } : { device: held, notice };
  }
}

const cut = (text: string): string => text.slice(0, STRANGER_TEXT_CHARACTERS_MAX);
