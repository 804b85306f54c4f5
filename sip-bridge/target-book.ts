/**
 * The devices that existing ACSs wake, with their logins hashed and sealed on the way in and opened on the way out.
 * Layer: sip-bridge (shell over the store).
 */
import { DIGEST_HASHES, digestHa1, type Ha1Set } from "../common/digest.js";
import { openSecret, SecretBoxError, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { WakeProfile, WakeTarget } from "../schemas/wake-contract.js";
import {
  type ConnectionRequestTarget,
  ownerOf,
  TARGET_ID_BYTES,
  type TargetOrigin,
  targetId,
  targetKeyOf,
} from "./connection-requests/target.js";
import type { Domains } from "./registrar/address-of-record.js";
import type { ConnectionRequestStore } from "./stores/connection-request-store.js";

export interface TargetSettings {
  /** Left out: the device's own, or a new one. */
  readonly id?: string;
  readonly device: string;
  readonly target?: WakeTarget | null;
  readonly username?: string;
  /** With `username`: one is hashed with the other. */
  readonly password?: string;
  readonly event?: string;
  readonly profile?: WakeProfile | null;
  readonly originalUrl?: string;
}

export interface TargetBook {
  readonly store: ConnectionRequestStore;
  /**
   * "taken": the id is another device's, or the device has another one; "full": the relay knows `learntMax` devices. Nothing changes then.
   * @param by Default: the operator.
   */
  set(settings: TargetSettings, by?: TargetOrigin): Promise<"added" | "changed" | "taken" | "full">;
  /** undefined: no login is known, or it was sealed with another key. */
  openHashes(target: ConnectionRequestTarget): Ha1Set | undefined;
  /** A device that nobody has, with a login that nobody knows. */
  readonly decoy: ConnectionRequestTarget;
}

export interface TargetBookOptions {
  readonly store: ConnectionRequestStore;
  readonly key: SecretKey;
  /** Of the gateway's digest; hashes hold for it alone. */
  readonly realm: string;
  readonly domains: Domains;
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Devices beyond which the relay adds none; an operator may. */
  readonly learntMax: number;
  /** A login that does not open: the key was changed, or the realm. */
  readonly onSealed: (device: string) => void;
}

export function createTargetBook({ store, key, realm, domains, now, randomBytes, learntMax, onSealed }: TargetBookOptions): TargetBook {
  const newTargetId = (): string => targetId(randomBytes(TARGET_ID_BYTES));

  /** All algorithms at once: the password is not kept, and the hash of one does not serve the other. */
  function seal(id: string, username: string, password: string): string {
    const ha1s = Object.fromEntries(DIGEST_HASHES.map((algorithm) => [algorithm, digestHa1(algorithm, username, realm, password)]));
    return sealSecret(key, JSON.stringify(ha1s), ownerOf(id, realm));
  }

  function openHashes({ id, device, sealedHa1s }: ConnectionRequestTarget): Ha1Set | undefined {
    if (sealedHa1s === "") return undefined;
    try {
      return JSON.parse(openSecret(key, sealedHa1s, ownerOf(id, realm))) as Ha1Set;
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      onSealed(device);
      return undefined;
    }
  }

  /** ACSs that set the same login in every session cost no write. */
  const hasLogin = (known: ConnectionRequestTarget, username: string, password: string): boolean =>
    known.username === username && openHashes(known)?.["SHA-256"] === digestHa1("SHA-256", username, realm, password);

  const decoyId = newTargetId();
  const decoy: ConnectionRequestTarget = {
    ...{
      id: decoyId,
      device: "",
      target: null,
      targetBy: "operator",
      username: "",
      event: "",
      profile: null,
      originalUrl: "",
      changedAtMs: 0,
    },
    sealedHa1s: seal(decoyId, "", newTargetId()),
  };

  return {
    store,
    decoy,
    async set({ id, device, target, username, password, ...rest }, by = "operator") {
      const known = await store.ofDevice(device);
      if (known !== undefined && id !== undefined && known.id !== id) return "taken";
      const its = known?.id ?? id ?? newTargetId();
      const isLogin = username !== undefined && password !== undefined && !(known !== undefined && hasLogin(known, username, password));
      const given = {
        ...(target === undefined ? {} : { target, targetBy: by, targetKey: targetKeyOf(target, domains) }),
        ...(isLogin ? { username, sealedHa1s: seal(its, username, password) } : {}),
        ...rest,
      };
      if (known !== undefined && Object.keys(given).length === 0) return "changed";
      const limit = by === "relay" ? { knownMax: learntMax } : {};
      return store.change({ id: its, device, changedAtMs: now(), ...limit, ...given });
    },
    openHashes,
  };
}
