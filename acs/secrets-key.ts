/**
 * The key that seals secrets at rest: made at the first start, and proved at each later one to be the same.
 * It lies beside the store, not in it: a copy of the store alone gives no secret away. Layer: main.
 */
import { join } from "node:path";
import { ConfigError } from "../common/config.js";
import { loadKeyText, makeKeyText } from "../common/key-file.js";
import { isSecretKey, openSecret, readSecretKey, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { AcsConfig } from "./config.js";
import type { SettingsStore } from "./stores/settings-store.js";

const FILE = "secrets-key";
/** A setting that only the right key opens. With another one every device would be locked out, and new secrets sealed for nobody. */
const PROOF = "secrets-key-proof";

/** A key to which the secrets are being moved, proved likewise: from before the first is moved until the last is. "" or absent: none. */
const NEXT = "secrets-key-next";

export interface KeyParts {
  readonly settings: SettingsStore;
  /** Seals everything anew. Begun again when it died in the middle. */
  readonly reseal: (from: SecretKey, to: SecretKey) => Promise<void>;
}

type KeyConfig = Pick<AcsConfig, "ACS_DATA_DIR" | "ACS_SECRETS_KEY" | "ACS_SECRETS_KEY_PREVIOUS">;

/** @throws {ConfigError} The key is gone, damaged, or not the one that the store's secrets are sealed with. */
export async function openSecretsKey(config: KeyConfig, { settings, reseal }: KeyParts): Promise<SecretKey> {
  const { ACS_SECRETS_KEY_PREVIOUS } = config;
  const stored = await settings.get(PROOF);
  const key = await readKey(config, stored !== undefined);
  const proof = stored ?? (await settings.setOnce(PROOF, proofOf(key)));
  const next = (await settings.get(NEXT)) ?? "";
  const isMovingElsewhere = next !== "" && !opens(key, next);
  if (opens(key, proof) && !isMovingElsewhere) {
    if (next !== "") await settings.set(NEXT, ""); // it died after the last step but one
    return key;
  }
  const previous = ACS_SECRETS_KEY_PREVIOUS === undefined ? undefined : readSecretKey(ACS_SECRETS_KEY_PREVIOUS.reveal());
  if (!mayMove(key, previous, proof, next)) throw refusal(isMovingElsewhere ? INTERRUPTED : otherKey(config));
  if (!opens(key, proof)) await settings.set(NEXT, proofOf(key)); // on the way back it stays what it was until all are back
  await reseal(previous, key);
  await settings.set(PROOF, proofOf(key));
  await settings.set(NEXT, "");
  return key;
}

/** From the one key to the other, or back after a move that was interrupted: some secrets are under the one then, some under the other. */
function mayMove(key: SecretKey, previous: SecretKey | undefined, proof: string, next: string): previous is SecretKey {
  if (previous === undefined) return false;
  const isForth = opens(previous, proof) && (next === "" || opens(key, next));
  const isBack = opens(key, proof) && next !== "" && opens(previous, next);
  return isForth || isBack;
}

const INTERRUPTED =
  "a change of the key was interrupted, and some secrets are sealed with either: start once with both, ACS_SECRETS_KEY and ACS_SECRETS_KEY_PREVIOUS";

function otherKey({ ACS_SECRETS_KEY }: KeyConfig): string {
  const named = ACS_SECRETS_KEY === undefined ? FILE : "ACS_SECRETS_KEY";
  return `the store's secrets are sealed with another key than ${named}: to change it, give the old one as ACS_SECRETS_KEY_PREVIOUS`;
}

const proofOf = (key: SecretKey): string => sealSecret(key, PROOF, PROOF);

async function readKey({ ACS_DATA_DIR, ACS_SECRETS_KEY }: KeyConfig, isSealed: boolean): Promise<SecretKey> {
  const found = ACS_SECRETS_KEY?.reveal() ?? (await loadKeyText(join(ACS_DATA_DIR, FILE)));
  if (found === undefined && isSealed)
    throw refusal(`its file ${FILE} is gone, and the store's secrets are sealed with it: put it back from the backup`);
  const text = found ?? (await makeKeyText(join(ACS_DATA_DIR, FILE)));
  if (!isSecretKey(text)) throw refusal(`its file ${FILE} holds no key: put it back from the backup`);
  return readSecretKey(text);
}

const refusal = (problem: string): ConfigError => new ConfigError([{ variable: "ACS_DATA_DIR", problem }]);

function opens(key: SecretKey, proof: string): boolean {
  try {
    return openSecret(key, proof, PROOF) === PROOF;
  } catch {
    return false;
  }
}
