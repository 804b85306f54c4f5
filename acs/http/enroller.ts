/**
 * Takes in devices that nobody registered, under the operator's rules: by the password of their batch, by certificate, or on trust.
 * Nothing is stored before the proof is right; what a stranger costs is bounded by the number of rules.
 * Spec: DESIGN 4 (devices we don't know); cwmp.md 1.3, 1.11 row 29. Layer: http.
 */
import type { Clock } from "../../common/clock.js";
import { newSecret } from "../../common/ids.js";
import { type Device, type DeviceIdentity, deviceId, type SealedSecret } from "../devices/device.js";
import { admitsIdentity, type EnrolmentRefusal, type EnrolmentRule, isIdentity, ruleSecretOwner, ruleState } from "../devices/enrolment.js";
import type { EnrolmentRules } from "../stores/enrolment-rules.js";
import type { CertifiedName } from "./client-certificate.js";

export interface EnrollerOptions {
  readonly rules: EnrolmentRules;
  readonly clock: Clock;
  readonly seal: (secret: string, owner: string) => SealedSecret;
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
}

/** Somebody of an unknown user name who is let as far as the Inform by these rules; which device it is, the Inform tells. */
export interface Applicant {
  readonly username: string;
  /** Oldest first. */
  readonly rules: readonly EnrolmentRule[];
  /** As it came (HTTP Basic); undefined: it was proven by digest. */
  readonly password: string | undefined;
}

export interface Candidate {
  readonly rule: EnrolmentRule;
  readonly password: string;
}

export class Enroller {
  readonly #options: EnrollerOptions;

  constructor(options: EnrollerOptions) {
    this.#options = options;
  }

  /**
   * Passwords by which this unknown user may be let in. A user name that a whole batch has serves after its rule is over, too: its
   * devices have no other until theirs is replaced.
   */
  candidates(username: string): readonly Candidate[] {
    return this.#rules().flatMap((rule) => {
      if (rule.password === null || !(rule.username === null ? this.#isOpen(rule) : rule.username === username)) return [];
      return [{ rule, password: this.#options.openSecret(rule.password, ruleSecretOwner(rule.id)) }];
    });
  }

  /** Windows that take the first password they are told for the right one. */
  trusting(): readonly EnrolmentRule[] {
    return this.#rules().filter((rule) => rule.kind === "window" && rule.password === null && this.#isOpen(rule));
  }

  /** The device that this applicant is by its Inform: enrolled now, or before under the user name of its batch. */
  async takeIn(
    applicant: Applicant,
    identity: DeviceIdentity,
    known: Device | undefined,
    from: string,
  ): Promise<Device | EnrolmentRefusal> {
    const id = deviceId(identity);
    const own = applicant.rules.filter((rule) => rule.username !== null || applicant.username === id);
    if (own.length === 0) return "other-user-name";
    if (known !== undefined) return isOfBatch(known, own) ? known : "exists";
    const rule = this.#admitting(own, identity);
    if (typeof rule === "string") return rule;
    const password = applicant.password ?? this.#options.openSecret(rule.password ?? "", ruleSecretOwner(rule.id));
    const proof = rule.password === null ? "none" : "password";
    return this.#enrol({ rule, identity, password, passwordIsFactory: true, certificate: null, data: { proof, remoteAddress: from } });
  }

  /** The device that an unknown certificate names. */
  async takeInCertified({ commonName }: CertifiedName, identity: DeviceIdentity, from: string): Promise<Device | EnrolmentRefusal> {
    const rule = this.#admitting(
      this.#rules().filter(({ kind }) => kind === "certificate"),
      identity,
    );
    if (typeof rule === "string") return rule;
    const data = { proof: "certificate", certificate: commonName, remoteAddress: from };
    // It has no password that we know, and needs none.
    return this.#enrol({ rule, identity, password: newSecret(), passwordIsFactory: false, certificate: commonName, data });
  }

  #rules(): readonly EnrolmentRule[] {
    return this.#options.rules.all();
  }

  #isOpen(rule: EnrolmentRule): boolean {
    return ruleState(rule, this.#options.clock.now()) === "open";
  }

  #admitting(rules: readonly EnrolmentRule[], identity: DeviceIdentity): EnrolmentRule | EnrolmentRefusal {
    if (!isIdentity(identity)) return "not-an-identity";
    // What was read before the Inform may be over by now.
    const open = rules.map(({ id }) => this.#options.rules.get(id)).filter((rule) => rule !== undefined && this.#isOpen(rule));
    return open.find((rule) => rule !== undefined && admitsIdentity(rule, identity)) ?? "no-rule";
  }

  async #enrol({ rule, identity, password, passwordIsFactory, certificate, data }: EnrolOrder): Promise<Device | EnrolmentRefusal> {
    const { rules, clock, seal } = this.#options;
    const { oui, productClass, serialNumber } = identity;
    const id = deviceId(identity);
    const atMs = clock.now();
    return rules.enrol({
      ...{ ruleId: rule.id, certificate, needsApproval: rule.approval },
      device: {
        identity: { oui, productClass, serialNumber },
        username: id,
        password: seal(password, id),
        passwordIsFactory,
        connectionRequest: { username: id, password: seal(newSecret(), id) },
        sipAddress: null,
        registeredAtMs: atMs,
      },
      events: [{ atMs, kind: "device-enrolled", deviceId: id, data: { rule: rule.id, name: rule.name, approval: rule.approval, ...data } }],
    });
  }
}

interface EnrolOrder {
  readonly rule: EnrolmentRule;
  readonly identity: DeviceIdentity;
  readonly password: string;
  readonly passwordIsFactory: boolean;
  readonly certificate: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What proves a whole batch proves those of its devices that still have what they came with, or are to have it again, and no other registered one. */
function isOfBatch({ enrolledBy, passwordIsFactory, pendingPassword }: Device, rules: readonly EnrolmentRule[]): boolean {
  return (passwordIsFactory || pendingPassword?.isFactory === true) && rules.some(({ id }) => id === enrolledBy);
}
