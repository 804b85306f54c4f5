/**
 * Download: have a device fetch a file, a firmware image for one.
 * Spec: TR-069 A.3.2.8; field quirk 28. Layer: codec, pure. Golden: test/golden/cwmp/download*.
 */
import { CHARACTERS_MAX, sized, unsignedInt } from "../sizes.js";
import { readCount, readKey, readStatus, UNKNOWN_TIME } from "../values.js";
import { childText, type Element, el, optionalText } from "../xml.js";

export interface Download {
  readonly kind: "Download";
  /** At most 32 characters; comes back in TransferComplete and in the event "M Download". */
  readonly commandKey: string;
  /** "1 Firmware Upgrade Image", "3 Vendor Configuration File" ... */
  readonly fileType: string;
  /** Without user and password in it. */
  readonly url: string;
  /** "" and "" mean: without authentication. */
  readonly username: string;
  readonly password: string;
  /** 0 if not known. */
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
  /** More than 0: not within this session. */
  readonly delayS: number;
  readonly successUrl: string;
  readonly failureUrl: string;
}

export interface DownloadResponse {
  readonly kind: "DownloadResponse";
  /** 0: done, with real times. 1: a TransferComplete will follow. */
  readonly status: 0 | 1;
  /** dateTime as sent. */
  readonly startTime: string;
  readonly completeTime: string;
}

export function readDownload(body: Element): Download {
  return {
    kind: "Download",
    commandKey: readKey(optionalText(body, "CommandKey")),
    fileType: childText(body, "FileType"),
    url: childText(body, "URL"),
    username: optionalText(body, "Username"),
    password: optionalText(body, "Password"),
    fileSizeBytes: readCount(optionalText(body, "FileSize"), 0),
    targetFileName: optionalText(body, "TargetFileName"),
    delayS: readCount(optionalText(body, "DelaySeconds"), 0),
    successUrl: optionalText(body, "SuccessURL"),
    failureUrl: optionalText(body, "FailureURL"),
  };
}

/** @throws {RangeError} An argument over its size. */
export function writeDownload(download: Download): Element {
  return el(
    "cwmp:Download",
    {},
    sized("CommandKey", download.commandKey, CHARACTERS_MAX.commandKey),
    sized("FileType", download.fileType, CHARACTERS_MAX.fileType),
    sized("URL", download.url, CHARACTERS_MAX.url),
    sized("Username", download.username, CHARACTERS_MAX.username),
    sized("Password", download.password, CHARACTERS_MAX.password),
    unsignedInt("FileSize", download.fileSizeBytes),
    sized("TargetFileName", download.targetFileName, CHARACTERS_MAX.targetFileName),
    unsignedInt("DelaySeconds", download.delayS),
    sized("SuccessURL", download.successUrl, CHARACTERS_MAX.url),
    sized("FailureURL", download.failureUrl, CHARACTERS_MAX.url),
  );
}

export function readDownloadResponse(body: Element): DownloadResponse {
  return {
    kind: "DownloadResponse",
    status: readStatus(optionalText(body, "Status")),
    startTime: optionalText(body, "StartTime") || UNKNOWN_TIME,
    completeTime: optionalText(body, "CompleteTime") || UNKNOWN_TIME,
  };
}

export function writeDownloadResponse({ status, startTime, completeTime }: DownloadResponse): Element {
  return el(
    "cwmp:DownloadResponse",
    {},
    el("Status", {}, String(status)),
    el("StartTime", {}, startTime),
    el("CompleteTime", {}, completeTime),
  );
}
