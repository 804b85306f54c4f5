/**
 * A device that never tells how a transfer ended (field quirk 25).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const noTransferComplete: Behaviour = {
  name: "no-transfer-complete",
  description: "no TransferComplete, and no event 7",
  transferReports: "never",
};
