/**
 * Upload: have a device send a file of its own, its configuration or its log, to a server.
 * Spec: TR-069 A.4.1.5; field quirk 28. Layer: codec, pure. Golden: test/golden/cwmp/upload*.
 */
import { CHARACTERS_MAX, sized, unsignedInt } from "../sizes.js";
import { readCount, readKey, readStatus, UNKNOWN_TIME } from "../values.js";
import { childText, type Element, el, optionalText } from "../xml.js";

export interface Upload {
  readonly kind: "Upload";
  /** At most 32 characters; comes back in TransferComplete and in the event "M Upload". */
  readonly commandKey: string;
  /** "1 Vendor Configuration File", "2 Vendor Log File"; since 1.2 "3 Vendor Configuration File <i>", "4 Vendor Log File <i>". */
  readonly fileType: string;
  /** Where to; HTTP means PUT. Without user and password in it. */
  readonly url: string;
  /** "" and "" mean: without authentication. */
  readonly username: string;
  readonly password: string;
  /** More than 0: not within this session. */
  readonly delayS: number;
}

export interface UploadResponse {
  readonly kind: "UploadResponse";
  /** 0: done, with real times. 1: a TransferComplete will follow. */
  readonly status: 0 | 1;
  /** dateTime as sent. */
  readonly startTime: string;
  readonly completeTime: string;
}

export function readUpload(body: Element): Upload {
  return {
    kind: "Upload",
    commandKey: readKey(optionalText(body, "CommandKey")),
    fileType: childText(body, "FileType"),
    url: childText(body, "URL"),
    username: optionalText(body, "Username"),
    password: optionalText(body, "Password"),
    delayS: readCount(optionalText(body, "DelaySeconds"), 0),
  };
}

/** @throws {RangeError} An argument over its size. */
export function writeUpload(upload: Upload): Element {
  return el(
    "cwmp:Upload",
    {},
    sized("CommandKey", upload.commandKey, CHARACTERS_MAX.commandKey),
    sized("FileType", upload.fileType, CHARACTERS_MAX.fileType),
    sized("URL", upload.url, CHARACTERS_MAX.url),
    sized("Username", upload.username, CHARACTERS_MAX.username),
    sized("Password", upload.password, CHARACTERS_MAX.password),
    unsignedInt("DelaySeconds", upload.delayS),
  );
}

export function readUploadResponse(body: Element): UploadResponse {
  return {
    kind: "UploadResponse",
    status: readStatus(optionalText(body, "Status")),
    startTime: optionalText(body, "StartTime") || UNKNOWN_TIME,
    completeTime: optionalText(body, "CompleteTime") || UNKNOWN_TIME,
  };
}

export function writeUploadResponse({ status, startTime, completeTime }: UploadResponse): Element {
  return el(
    "cwmp:UploadResponse",
    {},
    el("Status", {}, String(status)),
    el("StartTime", {}, startTime),
    el("CompleteTime", {}, completeTime),
  );
}
