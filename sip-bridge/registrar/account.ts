/**
 * Whose passwords we can check, as a value.
 * Spec: RFC 7616 3.4.2 (A1), RFC 8760 2.3. Layer: registrar, pure.
 */
import type { Ha1Set } from "../../common/digest.js";

export interface Account {
  /** As people write it; octets.ts turns what the wire brings into it. */
  readonly username: string;
  /** The hashes hold for this realm only: another realm, another account. */
  readonly realm: string;
  /** One per algorithm: the hash of one does not serve the other. */
  readonly ha1s: Ha1Set;
  /** Keys (`user@domain`) that the account may register; never empty. */
  readonly addressesOfRecord: readonly string[];
  readonly changedAtMs: number;
}
