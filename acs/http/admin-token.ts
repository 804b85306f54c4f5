/**
 * The administrator's token: made at first start, shown once, kept as a hash only.
 * Spec: RFC 6750 2.1 (how it is sent). Layer: http.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { newSecret } from "../../common/ids.js";
import type { SettingsStore } from "../stores/settings-store.js";

const SETTING = "admin-token-sha256";

export interface AdminToken {
  /** The token itself at the start that made it, to be printed; undefined ever after. */
  readonly made: string | undefined;
  /** Takes the same time whatever is wrong with the token. */
  accepts(token: string): boolean;
}

/** The token has 120 random bits, so its plain SHA-256 can't be searched and needs no salt. */
export async function openAdminToken(settings: SettingsStore): Promise<AdminToken> {
  const known = await settings.get(SETTING);
  const candidate = newSecret();
  const stored = known ?? (await settings.setOnce(SETTING, hash(candidate).toString("hex")));
  const right = Buffer.from(stored, "hex");
  const accepts = (token: string): boolean => timingSafeEqual(hash(token), right);
  return { made: known === undefined && accepts(candidate) ? candidate : undefined, accepts };
}

/** For who has lost it: the old one is void from the next start on. */
export async function replaceAdminToken(settings: SettingsStore): Promise<string> {
  const token = newSecret();
  await settings.set(SETTING, hash(token).toString("hex"));
  return token;
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
