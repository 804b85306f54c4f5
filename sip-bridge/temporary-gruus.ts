/**
 * Temporary GRUUs: URIs that reach one instance without telling whose it is. Each holds what it means, sealed, so that none is kept; it
 * holds until the instance registers with another Call-ID or its registration ends. The bridge routes no calls: who knows one can have
 * the instance woken by it.
 * Spec: RFC 5627 3.1.2, 4.2, 5.3, A.2. Layer: sip-bridge.
 */
import { createHash } from "node:crypto";
import { newSecretKeyText, openSecret, readSecretKey, SecretBoxError, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { Binding } from "./registrar/binding.js";
import { MalformedMessage, param } from "./sip/message.js";
import { parseUri } from "./sip/uri.js";
import type { SettingStore } from "./stores/setting-store.js";

type Owner = Pick<Binding, "addressOfRecord" | "instanceId" | "callId">;

export interface TemporaryGruu {
  readonly addressOfRecord: string;
  /** Whether it means this binding. */
  isOf(binding: Owner): boolean;
}

export interface TemporaryGruus {
  /** Another one each time. */
  of(binding: Owner): string;
  /** @param text As an address is written in a wake. undefined: it is none of ours. */
  read(text: string): TemporaryGruu | undefined;
}

const SETTING = "temporary-gruu-key";
const SEALED_FOR = "temporary GRUU";
const USER = /^tgruu\.v1\.([A-Za-z0-9_-]{40,1500})$/;
const CALL_ID_OCTETS = 12;

/** The key is made at the first start: without it those given out before would be worth nothing. */
export async function openTemporaryGruus(settings: SettingStore): Promise<TemporaryGruus> {
  const known = await settings.get(SETTING);
  const text = known ?? newSecretKeyText();
  if (known === undefined) await settings.set(SETTING, text);
  return createTemporaryGruus(readSecretKey(text));
}

export function createTemporaryGruus(key: SecretKey): TemporaryGruus {
  return {
    of({ addressOfRecord, instanceId, callId }) {
      const sealed = sealSecret(key, JSON.stringify([addressOfRecord, instanceId, shortened(callId)]), SEALED_FOR);
      const token = Buffer.from(sealed.slice(sealed.indexOf(":") + 1), "base64").toString("base64url");
      return `sip:tgruu.v1.${token}@${addressOfRecord.slice(addressOfRecord.lastIndexOf("@") + 1)};gr`;
    },
    read(text) {
      const token = tokenOf(text);
      const opened = token === undefined ? undefined : open(key, token);
      if (opened === undefined) return undefined;
      const [addressOfRecord, instanceId, callId] = JSON.parse(opened) as readonly [string, string, string]; // our own: `of` wrote it
      const isOf = (binding: Owner): boolean => binding.instanceId === instanceId && shortened(binding.callId) === callId;
      return { addressOfRecord, isOf };
    },
  };
}

const shortened = (callId: string): string =>
  createHash("sha256").update(callId, "utf8").digest().subarray(0, CALL_ID_OCTETS).toString("base64url");

function tokenOf(text: string): string | undefined {
  try {
    const { user = "", params } = parseUri(/^sips?:/i.test(text) ? text : `sip:${text}`);
    return param(params, "gr") === undefined ? undefined : USER.exec(user)?.[1];
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

function open(key: SecretKey, token: string): string | undefined {
  try {
    return openSecret(key, `v1:${Buffer.from(token, "base64url").toString("base64")}`, SEALED_FOR);
  } catch (error) {
    if (error instanceof SecretBoxError) return undefined;
    throw error;
  }
}
