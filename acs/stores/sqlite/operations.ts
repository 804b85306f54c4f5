/**
 * What the writer thread of the ACS's database can do.
 * Layer: stores (sqlite; loaded by common/sqlite/writer.ts).
 */
import { registerDevice, removeDevice, setWake, updateDevice } from "./device-operations.js";
import { advanceDiagnosis, startDiagnosis } from "./diagnosis-operations.js";
import { addEnrolmentRule, closeEnrolmentRule, enrolDevice, rejectDevice, removeEnrolmentRule } from "./enrolment-operations.js";
import { appendEvents, pruneEvents } from "./event-operations.js";
import { addFile, removeFile, setSetting, setSettingOnce, setWantedVersion } from "./file-operations.js";
import { fillGroup } from "./group-filling.js";
import {
  abortQueuedMembers,
  addGroup,
  dropFillingGroups,
  openGroup,
  pruneGroups,
  settleMembers,
  startMembers,
  wishGroup,
} from "./group-operations.js";
import { recordInform, recordTold } from "./inform-operations.js";
import { recordNmsMessage } from "./nms-operations.js";
import { recordNotified } from "./notification-operations.js";
import { adoptPassword, expectFactoryPassword, preparePassword } from "./password-operations.js";
import { quarantineDevice, recordQuarantinedCall, releaseDevice, setSharedIdentity } from "./quarantine-operations.js";
import { noteRung, setUdpBinding } from "./reach-operations.js";
import { addReceivedFile, pruneReceivedFiles, removeReceivedFile } from "./received-file-operations.js";
import { APPLICATION_ID, MIGRATIONS } from "./schema.js";
import { replaceSealed } from "./sealed-operations.js";
import { setTags } from "./tag-operations.js";
import { addTask, changeTask, pruneTasks } from "./task-operations.js";
import { addUpgrade, pruneUpgrades, saveUpgrade } from "./upgrade-operations.js";

export const applicationId = APPLICATION_ID;
export const migrations = MIGRATIONS;
export const operations = {
  registerDevice,
  removeDevice,
  updateDevice,
  preparePassword,
  expectFactoryPassword,
  adoptPassword,
  setWake,
  recordInform,
  recordTold,
  recordNotified,
  recordNmsMessage,
  addEnrolmentRule,
  closeEnrolmentRule,
  removeEnrolmentRule,
  enrolDevice,
  rejectDevice,
  quarantineDevice,
  recordQuarantinedCall,
  releaseDevice,
  setSharedIdentity,
  noteRung,
  setUdpBinding,
  addTask,
  changeTask,
  startDiagnosis,
  advanceDiagnosis,
  appendEvents,
  pruneEvents,
  pruneTasks,
  addFile,
  removeFile,
  addReceivedFile,
  removeReceivedFile,
  pruneReceivedFiles,
  setWantedVersion,
  setSetting,
  setSettingOnce,
  replaceSealed,
  addUpgrade,
  saveUpgrade,
  pruneUpgrades,
  setTags,
  addGroup,
  fillGroup,
  openGroup,
  dropFillingGroups,
  startMembers,
  settleMembers,
  wishGroup,
  abortQueuedMembers,
  pruneGroups,
} as const;

export type AcsOperations = typeof operations;
