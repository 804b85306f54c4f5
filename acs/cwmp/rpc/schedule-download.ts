/**
 * ScheduleDownload: have a device fetch a file and apply it within one of two windows of time.
 * Spec: TR-069 A.4.1.8 (CWMP 1.2). Layer: codec, pure. Golden: test/golden/cwmp/schedule-download*.
 */
import { arrayOf } from "../parameter-value.js";
import { CHARACTERS_MAX, checkEntries, int, sized, unsignedInt } from "../sizes.js";
import { readCount, readInt, readKey } from "../values.js";
import { child, children, childText, type Element, el, optionalText } from "../xml.js";

export interface ScheduleDownload {
  readonly kind: "ScheduleDownload";
  /** At most 32 characters; comes back in TransferComplete and in the event "M ScheduleDownload". */
  readonly commandKey: string;
  /** As in Download. */
  readonly fileType: string;
  /** Without user and password in it. */
  readonly url: string;
  /** "" and "" mean: without authentication. */
  readonly username: string;
  readonly password: string;
  /** 0 if not known. */
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
  /** One or two, in order and without overlap. */
  readonly timeWindows: readonly TimeWindow[];
}

export interface TimeWindow {
  /** Seconds after the request at which the window opens, and closes. */
  readonly startS: number;
  readonly endS: number;
  /** "1 At Any Time", "2 Immediately", "3 When Idle", "4 Confirmation Needed" or the vendor's. */
  readonly mode: string;
  /** Shown when a user is asked; "" for the device's own words. */
  readonly userMessage: string;
  /** 0: none. Negative: as often as the device likes. */
  readonly maxRetries: number;
}

export interface ScheduleDownloadResponse {
  readonly kind: "ScheduleDownloadResponse";
}

/** What stands for a number that is missing: the device decides. */
const AS_THE_DEVICE_LIKES = -1;
const WINDOWS_MAX = 2;

export function readScheduleDownload(body: Element): ScheduleDownload {
  return {
    kind: "ScheduleDownload",
    commandKey: readKey(optionalText(body, "CommandKey")),
    fileType: childText(body, "FileType"),
    url: childText(body, "URL"),
    username: optionalText(body, "Username"),
    password: optionalText(body, "Password"),
    fileSizeBytes: readCount(optionalText(body, "FileSize"), 0),
    targetFileName: optionalText(body, "TargetFileName"),
    timeWindows: children(child(body, "TimeWindowList"), "TimeWindowStruct").map(readTimeWindow),
  };
}

function readTimeWindow(item: Element): TimeWindow {
  return {
    startS: readCount(childText(item, "WindowStart"), 0),
    endS: readCount(childText(item, "WindowEnd"), 0),
    mode: childText(item, "WindowMode"),
    userMessage: optionalText(item, "UserMessage"),
    maxRetries: readInt(optionalText(item, "MaxRetries"), AS_THE_DEVICE_LIKES),
  };
}

/** @throws {RangeError} An argument over its size, or not one or two windows. */
export function writeScheduleDownload(download: ScheduleDownload): Element {
  const { timeWindows } = download;
  checkEntries("TimeWindowList", timeWindows.length, 1, WINDOWS_MAX);
  return el(
    "cwmp:ScheduleDownload",
    {},
    sized("CommandKey", download.commandKey, CHARACTERS_MAX.commandKey),
    sized("FileType", download.fileType, CHARACTERS_MAX.fileType),
    sized("URL", download.url, CHARACTERS_MAX.url),
    sized("Username", download.username, CHARACTERS_MAX.username),
    sized("Password", download.password, CHARACTERS_MAX.password),
    unsignedInt("FileSize", download.fileSizeBytes),
    sized("TargetFileName", download.targetFileName, CHARACTERS_MAX.targetFileName),
    el("TimeWindowList", arrayOf("cwmp:TimeWindowStruct", timeWindows.length), timeWindows.map(writeTimeWindow)),
  );
}

function writeTimeWindow({ startS, endS, mode, userMessage, maxRetries }: TimeWindow): Element {
  return el(
    "TimeWindowStruct",
    {},
    unsignedInt("WindowStart", startS),
    unsignedInt("WindowEnd", endS),
    sized("WindowMode", mode, CHARACTERS_MAX.windowMode),
    sized("UserMessage", userMessage, CHARACTERS_MAX.userMessage),
    int("MaxRetries", maxRetries),
  );
}

export function readScheduleDownloadResponse(): ScheduleDownloadResponse {
  return { kind: "ScheduleDownloadResponse" };
}

export function writeScheduleDownloadResponse(): Element {
  return el("cwmp:ScheduleDownloadResponse", {});
}
