/**
 * A file that holds a secret key as text, made at the first start. It lies beside the store, not in it: a copy of the store alone gives
 * no secret away. Layer: common.
 */
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { newSecretKeyText } from "./secret-box.js";

/** @returns undefined: there is no such file. */
export async function loadKeyText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** On disk, name and all, before anything is sealed with it. */
export async function makeKeyText(file: string): Promise<string> {
  const text = newSecretKeyText();
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  const directory = await open(dirname(file), "r");
  await directory.sync().finally(() => directory.close());
  return text;
}
