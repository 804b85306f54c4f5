/**
 * A device that announces methods in GetRPCMethods that it does not have (field quirk 54).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const lacksMethods: Behaviour = {
  name: "lacks-methods",
  description: "optional methods that it announces are answered 9000",
  lacksMethods: ["GetAllQueuedTransfers", "ScheduleInform", "CancelTransfer", "Upload"],
};
