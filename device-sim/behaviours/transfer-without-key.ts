/**
 * A device that forgets which transfer it tells of (field quirk 26).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const transferWithoutKey: Behaviour = {
  name: "transfer-without-key",
  description: "TransferComplete has an empty CommandKey, and no M event announces it",
  transferReports: "without-key",
};
