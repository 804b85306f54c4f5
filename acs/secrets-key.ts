/**
 * The key that seals secrets at rest: made at the first start, and proved at each later one to be the same.
 * It lies beside the store, not in it: a copy of the store alone gives no secret away. Layer: main.
 */
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../common/config.js";
import { isSecretKey, newSecretKeyText, openSecret, readSecretKey, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { AcsConfig } from "./config.js";
import type { SettingsStore } from "./stores/settings-store.js";

const FILE = "secrets-key";
/** A setting that only the right key opens. With another one every device would be locked out, and new secrets sealed for nobody. */
const PROOF = "secrets-key-proof";

/** @throws {ConfigError} The key is gone, damaged, or not the one that the store's secrets are sealed with. */
export async function openSecretsKey(
  { ACS_DATA_DIR, ACS_SECRETS_KEY }: Pick<AcsConfig, "ACS_DATA_DIR" | "ACS_SECRETS_KEY">,
  settings: SettingsStore,
): Promise<SecretKey> {
  const proof = await settings.get(PROOF);
  const found = ACS_SECRETS_KEY?.reveal() ?? (await loadKeyText(ACS_DATA_DIR));
  if (found === undefined && proof !== undefined)
    throw refusal(`its file ${FILE} is gone, and the store's secrets are sealed with it: put it back from the backup`);
  const text = found ?? (await makeKeyText(ACS_DATA_DIR));
  if (!isSecretKey(text)) throw refusal(`its file ${FILE} holds no key: put it back from the backup`);
  const key = readSecretKey(text);
  if (!opens(key, proof ?? (await settings.setOnce(PROOF, sealSecret(key, PROOF, PROOF)))))
    throw refusal(`the store's secrets are sealed with another key than ${ACS_SECRETS_KEY === undefined ? FILE : "ACS_SECRETS_KEY"}`);
  return key;
}

const refusal = (problem: string): ConfigError => new ConfigError([{ variable: "ACS_DATA_DIR", problem }]);

function opens(key: SecretKey, proof: string): boolean {
  try {
    return openSecret(key, proof, PROOF) === PROOF;
  } catch {
    return false;
  }
}

async function loadKeyText(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** On disk, name and all, before anything is sealed with it. */
async function makeKeyText(folder: string): Promise<string> {
  const text = newSecretKeyText();
  const file = join(folder, FILE);
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  const directory = await open(folder, "r");
  await directory.sync().finally(() => directory.close());
  return text;
}
