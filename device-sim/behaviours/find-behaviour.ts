/**
 * Behaviours by name, as the command line gives them.
 * Layer: behaviours, pure.
 */
import { answers481 } from "./answers-481.js";
import type { Behaviour, SessionMessage } from "./behaviour.js";
import { dropsConnectionAfter } from "./drops-connection-after.js";
import { neverAnswersNotify } from "./never-answers-notify.js";
import { noCookies } from "./no-cookies.js";
import { spvFault } from "./spv-fault.js";
import { wrongPassword } from "./wrong-password.js";

const DROPS_AFTER: readonly SessionMessage[] = [
  "Inform",
  "InformResponse",
  "empty",
  "GetParameterValues",
  "GetParameterValuesResponse",
  "GetParameterNames",
  "SetParameterValues",
  "SetParameterValuesResponse",
  "Reboot",
  "RebootResponse",
  "Download",
  "DownloadResponse",
  "TransferComplete",
  "TransferCompleteResponse",
];

const BEHAVIOURS: readonly Behaviour[] = [
  neverAnswersNotify,
  answers481,
  noCookies,
  wrongPassword,
  spvFault,
  ...DROPS_AFTER.map((message) => dropsConnectionAfter(message)),
];

export const BEHAVIOUR_NAMES: readonly string[] = BEHAVIOURS.map((behaviour) => behaviour.name);

export function findBehaviour(name: string): Behaviour | undefined {
  return BEHAVIOURS.find((behaviour) => behaviour.name === name);
}
