/**
 * Where a device is asked to send a file, and when it is to fetch one, judged before the task is stored.
 * Spec: TR-069 A.4.1.5 (Upload), A.4.1.8 (ScheduleDownload). Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import type { TimeWindow } from "../cwmp/rpc/schedule-download.js";
import { urlFault } from "./check-download.js";
import { countFault, textFault, unsignedFault } from "./check-names.js";
import type { CheckedOrder } from "./check-order.js";

export interface AskedUpload {
  readonly fileType: string;
  /** Left out: our own file server. */
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly delayS?: number | undefined;
}

export interface AskedWindow {
  readonly startS: number;
  readonly endS: number;
  readonly mode: string;
  readonly userMessage?: string | undefined;
  readonly maxRetries?: number | undefined;
}

const CREDENTIAL_CHARACTERS_MAX = 256;
const FILE_TYPE_CHARACTERS_MAX = 64;
/** TR-069 A.4.1.5: the first two are of CWMP 1.0, the others name an instance of DeviceInfo.VendorConfigFile or VendorLogFile. */
const UPLOAD_FILE_TYPE =
  /^(?:1 Vendor Configuration File|2 Vendor Log File|3 Vendor Configuration File [1-9]\d*|4 Vendor Log File [1-9]\d*|X [!-~]+ [ -~]+)$/;

export function checkUpload({ fileType, url, username = "", password = "", delayS = 0 }: AskedUpload): CheckedOrder {
  const isFileType = fileType.length <= FILE_TYPE_CHARACTERS_MAX && UPLOAD_FILE_TYPE.test(fileType);
  const whyType =
    'must be "1 Vendor Configuration File", "2 Vendor Log File", "3 Vendor Configuration File <instance>", "4 Vendor Log File <instance>", or "X <vendor> <name>"';
  const errors = [
    ...fieldError("fileType", isFileType ? undefined : whyType),
    ...fieldError("url", url === undefined ? undefined : urlFault(url)),
    ...fieldError("username", needlessFault(url, username) ?? textFault(username, CREDENTIAL_CHARACTERS_MAX)),
    ...fieldError("password", needlessFault(url, password) ?? textFault(password, CREDENTIAL_CHARACTERS_MAX)),
    ...fieldError("delayS", unsignedFault(delayS)),
  ];
  const target = url === undefined ? {} : { url };
  return errors.length > 0 ? { errors } : { order: { kind: "upload", fileType, ...target, username, password, delayS } };
}

/** The signed URL of our own file server is the authority. */
function needlessFault(url: string | undefined, credential: string): string | undefined {
  return url === undefined && credential !== "" ? "belongs to a url; without one the file comes to our own file server" : undefined;
}

const WINDOWS_MAX = 2;
const MESSAGE_CHARACTERS_MAX = 256;
const INT_MAX = 2_147_483_647;
const MODES: readonly string[] = ["1 At Any Time", "2 Immediately", "3 When Idle", "4 Confirmation Needed"];
const MODE_CHARACTERS_MAX = 64;

export function checkWindows(
  windows: readonly AskedWindow[],
): { readonly windows: readonly TimeWindow[] } | { readonly errors: readonly FieldError[] } {
  const count = countFault("windows", windows.length, WINDOWS_MAX);
  if (count !== undefined) return { errors: count };
  const errors = windows.flatMap((window, at) => windowErrors(window, `windows[${at}]`, windows[at - 1]));
  if (errors.length > 0) return { errors };
  return { windows: windows.map(({ userMessage = "", maxRetries = 0, ...window }) => ({ ...window, userMessage, maxRetries })) };
}

function windowErrors({ startS, endS, mode, userMessage = "", maxRetries = 0 }: AskedWindow, field: string, before?: AskedWindow) {
  const isMode = MODES.includes(mode) || (mode.length <= MODE_CHARACTERS_MAX && /^X [!-~]+ [ -~]+$/.test(mode));
  const overlap = before !== undefined && startS < before.endS ? "begins before the window before it has ended" : undefined;
  const isRetries = Number.isInteger(maxRetries) && Math.abs(maxRetries) <= INT_MAX;
  return [
    ...fieldError(`${field}.startS`, unsignedFault(startS) ?? overlap),
    ...fieldError(`${field}.endS`, unsignedFault(endS) ?? (endS > startS ? undefined : "is not after startS")),
    ...fieldError(`${field}.mode`, isMode ? undefined : `must be one of "${MODES.join('", "')}", or "X <vendor> <name>"`),
    ...fieldError(`${field}.userMessage`, textFault(userMessage, MESSAGE_CHARACTERS_MAX)),
    ...fieldError(`${field}.maxRetries`, isRetries ? undefined : "must be an integer of 32 bits"),
  ];
}
