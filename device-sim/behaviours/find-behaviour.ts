/**
 * Behaviours by name, as the command line gives them.
 * Layer: behaviours, pure.
 */
import { aliasAddressing } from "./alias-addressing.js";
import { answers481 } from "./answers-481.js";
import { arrayCountEmpty } from "./array-count-empty.js";
import { arrayCountWrong } from "./array-count-wrong.js";
import type { Behaviour, SessionMessage } from "./behaviour.js";
import { booleansAsStrings } from "./booleans-as-strings.js";
import { callsBeforeAnswer } from "./calls-before-answer.js";
import { clockOff } from "./clock-off.js";
import { clockUnknown } from "./clock-unknown.js";
import { closesEachConnection } from "./closes-each-connection.js";
import { controlCharacters } from "./control-characters.js";
import { damagesDownloads } from "./damages-downloads.js";
import { deniesWritable } from "./denies-writable.js";
import { diagnosticsComplete } from "./diagnostics-complete.js";
import { diagnosticsSayCompleted } from "./diagnostics-say-completed.js";
import { diagnosticsStuck } from "./diagnostics-stuck.js";
import { digestBasicFirst } from "./digest-basic-first.js";
import { digestForgets } from "./digest-forgets.js";
import { digestGarbledFirst } from "./digest-garbled-first.js";
import { digestSameCount } from "./digest-same-count.js";
import { dropsConnectionAfter } from "./drops-connection-after.js";
import { expectsContinue } from "./expects-continue.js";
import { fileOutOfReach } from "./file-out-of-reach.js";
import { forgetsNames } from "./forgets-names.js";
import { fragmentedBody } from "./fragmented-body.js";
import { gzip } from "./gzip.js";
import { http10 } from "./http-1-0.js";
import { idEmpty } from "./id-empty.js";
import { idNone } from "./id-none.js";
import { idText } from "./id-text.js";
import { ignoresSets } from "./ignores-sets.js";
import { informsTwice } from "./informs-twice.js";
import { keepsVersion } from "./keeps-version.js";
import { lacksMethods } from "./lacks-methods.js";
import { largeReplies } from "./large-replies.js";
import { latin1 } from "./latin1.js";
import { lineStaysDown } from "./line-stays-down.js";
import { losesDownloads } from "./loses-downloads.js";
import { lowerCaseElements } from "./lower-case-elements.js";
import { missingValues } from "./missing-values.js";
import { namesWithoutDots } from "./names-without-dots.js";
import { namespace10 } from "./namespace-1-0.js";
import { namespace13 } from "./namespace-1-3.js";
import { namespace14 } from "./namespace-1-4.js";
import { neverAnswersNotify } from "./never-answers-notify.js";
import { neverReturns } from "./never-returns.js";
import { noCookies } from "./no-cookies.js";
import { noTransferComplete } from "./no-transfer-complete.js";
import { noValueTypes } from "./no-value-types.js";
import { otherPrefixes } from "./other-prefixes.js";
import { rebootsLate } from "./reboots-late.js";
import { rejectsRootNames } from "./rejects-root-names.js";
import { sipModuleBroken } from "./sip-module-broken.js";
import { slowBody } from "./slow-body.js";
import { spvFault } from "./spv-fault.js";
import { staleCookie } from "./stale-cookie.js";
import { transferWithoutKey } from "./transfer-without-key.js";
import { undeclaredPrefixes } from "./undeclared-prefixes.js";
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
  "SetParameterAttributes",
  "AddObject",
  "AddObjectResponse",
  "DeleteObject",
  "DeleteObjectResponse",
  "FactoryReset",
  "FactoryResetResponse",
  "ScheduleInform",
  "Upload",
  "UploadResponse",
  "ScheduleDownload",
  "ChangeDUState",
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
  sipModuleBroken,
  noCookies,
  wrongPassword,
  spvFault,
  namespace13,
  namespace14,
  namespace10,
  otherPrefixes,
  undeclaredPrefixes,
  lowerCaseElements,
  idNone,
  idEmpty,
  idText,
  arrayCountWrong,
  arrayCountEmpty,
  noValueTypes,
  missingValues,
  controlCharacters,
  latin1,
  clockUnknown,
  clockOff,
  informsTwice,
  namesWithoutDots,
  rejectsRootNames,
  deniesWritable,
  forgetsNames,
  booleansAsStrings,
  ignoresSets,
  lacksMethods,
  noTransferComplete,
  transferWithoutKey,
  losesDownloads,
  damagesDownloads,
  fileOutOfReach,
  keepsVersion,
  lineStaysDown,
  neverReturns,
  rebootsLate,
  diagnosticsComplete,
  diagnosticsSayCompleted,
  diagnosticsStuck,
  aliasAddressing,
  staleCookie,
  closesEachConnection,
  http10,
  expectsContinue,
  gzip,
  fragmentedBody,
  slowBody,
  callsBeforeAnswer,
  digestBasicFirst,
  digestForgets,
  digestGarbledFirst,
  digestSameCount,
  largeReplies,
  ...DROPS_AFTER.map((message) => dropsConnectionAfter(message)),
];

export const BEHAVIOUR_NAMES: readonly string[] = BEHAVIOURS.map((behaviour) => behaviour.name);

export function findBehaviour(name: string): Behaviour | undefined {
  return BEHAVIOURS.find((behaviour) => behaviour.name === name);
}
