/**
 * Which file a device is asked to download, judged before the task is stored.
 * Spec: TR-069 A.3.2.8. Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { lexicalFault } from "../devices/lexical.js";
import { UNSIGNED_INT_MAX } from "./check-names.js";
import type { DownloadFile } from "./task.js";

/** A file of the catalogue, or one that the device has uploaded, or somebody else's: then the fields below `url` describe it. */
export interface AskedFile {
  readonly catalogueId?: string | undefined;
  readonly receivedFileId?: string | undefined;
  readonly url?: string | undefined;
  readonly fileType?: string | undefined;
  readonly fileSizeBytes?: number | undefined;
  readonly targetFileName?: string | undefined;
  readonly version?: string | undefined;
  readonly downloadMethod?: string | undefined;
}

/** What a check needs of a catalogue file. */
export interface KnownFile {
  readonly fileType: string;
  /** ProductClass that it is for; "" for all. */
  readonly model: string;
  readonly version: string;
  readonly sizeBytes: number;
}

/** What a check needs of a file that the device has uploaded. */
export interface KnownReceivedFile {
  /** Of the Upload. */
  readonly fileType: string;
  readonly sizeBytes: number;
  readonly contentCoding: string;
}

type CheckedFile = { readonly file: DownloadFile } | { readonly errors: readonly FieldError[] };

/** TR-069 A.3.2.8 Table 33. */
const FILE_TYPES: readonly string[] = [
  "1 Firmware Upgrade Image",
  "2 Web Content",
  "3 Vendor Configuration File",
  "4 Tone File",
  "5 Ringer File",
  "6 Stored Firmware Image",
];
const FILE_TYPE_CHARACTERS_MAX = 64;
/** TR-069 A.3.2.8: URL, TargetFileName: string(256). */
const DOWNLOAD_CHARACTERS_MAX = 256;

/** Why this can't be the FileType of a Download; undefined when it can. */
export function fileTypeFault(fileType: string): string | undefined {
  const vendor = fileType.length <= FILE_TYPE_CHARACTERS_MAX && /^X [!-~]+ [ -~]+$/.test(fileType);
  return vendor || FILE_TYPES.includes(fileType) ? undefined : `must be one of "${FILE_TYPES.join('", "')}", or "X <vendor> <name>"`;
}

/**
 * @param known The file that `asked.catalogueId` names, if the catalogue has it; or the one of this device that `asked.receivedFileId` names.
 * @param productClass Of the device: a file for another model is refused, since the wrong firmware can end a device.
 */
export function checkDownload(asked: AskedFile, known: KnownFiles, productClass: string): CheckedFile {
  const [first, second] = (["catalogueId", "receivedFileId", "url"] as const).filter((field) => asked[field] !== undefined);
  if (first !== undefined && second !== undefined) return oneError(second, `can't be given together with ${first}`);
  const targetErrors = fieldError("targetFileName", targetFileNameFault(asked.targetFileName ?? ""));
  if (asked.catalogueId !== undefined)
    return checkCatalogueFile({ ...asked, catalogueId: asked.catalogueId }, known.file, productClass, targetErrors);
  if (asked.receivedFileId !== undefined)
    return checkReceivedFile({ ...asked, receivedFileId: asked.receivedFileId }, known.received, targetErrors);
  if (asked.url !== undefined) return checkForeignFile({ ...asked, url: asked.url }, targetErrors);
  return oneError("catalogueId", "is missing: give catalogueId, or receivedFileId, or url and fileType");
}

/** The files that the ids of an order name, as far as there are any. */
export interface KnownFiles {
  readonly file?: KnownFile | undefined;
  readonly received?: KnownReceivedFile | undefined;
}

function checkCatalogueFile(
  asked: AskedFile & { readonly catalogueId: string },
  file: KnownFile | undefined,
  productClass: string,
  targetErrors: readonly FieldError[],
): CheckedFile {
  const mismatch = file !== undefined && file.model !== "" && file.model !== productClass;
  const errors = [
    ...fieldError("catalogueId", file === undefined ? "names no file of the catalogue" : undefined),
    ...fieldError("catalogueId", mismatch ? "is a file for another model than this device's product class" : undefined),
    ...(["fileType", "fileSizeBytes", "version"] as const).flatMap((field) =>
      fieldError(field, asked[field] === undefined ? undefined : "is the catalogue's to say, when catalogueId is given"),
    ),
    ...targetErrors,
  ];
  if (file === undefined || errors.length > 0) return { errors };
  return {
    file: {
      fileType: file.fileType,
      catalogueId: asked.catalogueId,
      fileSizeBytes: file.sizeBytes,
      targetFileName: asked.targetFileName ?? "",
      ...(file.version === "" ? {} : { version: file.version }),
    },
  };
}

const RESTORED_FILE_TYPE = "3 Vendor Configuration File";
/** TR-069 A.4.1.5: the types of an Upload that are configurations, or may be. */
const CONFIGURATION = /^(?:[13] Vendor Configuration File|X )/;

/** A device gets back what it once sent, and only what it can be restored from. */
function checkReceivedFile(
  asked: AskedFile & { readonly receivedFileId: string },
  file: KnownReceivedFile | undefined,
  targetErrors: readonly FieldError[],
): CheckedFile {
  const { receivedFileId, fileType = RESTORED_FILE_TYPE, targetFileName = "" } = asked;
  const isLog = file !== undefined && !CONFIGURATION.test(file.fileType);
  const isOther = fileType !== RESTORED_FILE_TYPE && !(fileType.startsWith("X ") && fileTypeFault(fileType) === undefined);
  const errors = [
    ...fieldError("receivedFileId", file === undefined ? "names no file that this device has uploaded" : undefined),
    ...fieldError("receivedFileId", isLog ? "is no configuration" : undefined),
    ...fieldError("fileType", isOther ? `must be "${RESTORED_FILE_TYPE}", or "X <vendor> <name>"` : undefined),
    ...(["fileSizeBytes", "version"] as const).flatMap((field) =>
      fieldError(field, asked[field] === undefined ? undefined : "can't be given together with receivedFileId"),
    ),
    ...targetErrors,
  ];
  if (file === undefined || errors.length > 0) return { errors };
  // What came in a content coding goes back without it, so its size is not known.
  return { file: { fileType, receivedFileId, fileSizeBytes: file.contentCoding === "" ? file.sizeBytes : 0, targetFileName } };
}

function checkForeignFile(asked: AskedFile & { readonly url: string }, targetErrors: readonly FieldError[]): CheckedFile {
  const { url, fileType, fileSizeBytes = 0, targetFileName = "", version } = asked;
  const sizeLegal = Number.isInteger(fileSizeBytes) && fileSizeBytes >= 0 && fileSizeBytes <= UNSIGNED_INT_MAX;
  const errors = [
    ...fieldError("url", urlFault(url)),
    ...fieldError("fileType", fileType === undefined ? "is missing: it must be given with url" : fileTypeFault(fileType)),
    ...fieldError("fileSizeBytes", sizeLegal ? undefined : `must be an integer from 0 (unknown) to ${UNSIGNED_INT_MAX}`),
    ...targetErrors,
  ];
  if (fileType === undefined || errors.length > 0) return { errors };
  return { file: { fileType, url, fileSizeBytes, targetFileName, ...(version === undefined ? {} : { version }) } };
}

/** TR-069 A.3.2.8: "This URL MUST NOT include the userinfo component". */
export function urlFault(url: string): string | undefined {
  if (url.length > DOWNLOAD_CHARACTERS_MAX) return `has more than ${DOWNLOAD_CHARACTERS_MAX} characters`;
  if (!/^[!-~]+$/.test(url) || !URL.canParse(url)) return "must be an absolute URL of printable ASCII characters";
  const { protocol, username, password } = new URL(url);
  if (username !== "" || password !== "") return "must not carry a user name or password";
  return /^(?:https?|s?ftp|tftp):$/.test(protocol) ? undefined : "must be an http, https, ftp, sftp or tftp URL";
}

function targetFileNameFault(name: string): string | undefined {
  if (name.length > DOWNLOAD_CHARACTERS_MAX) return `has more than ${DOWNLOAD_CHARACTERS_MAX} characters`;
  return lexicalFault("xsd:string", name);
}

const AGREED_METHODS: readonly string[] = ["http", "https", "ftp", "sftp", "tftp"];

/** A file whose place a voice-signalled gateway knows: its name is all that is told (US 2012/0089717 A1 [0140]). */
export function checkAgreedFile(asked: AskedFile): CheckedFile {
  const { fileType, targetFileName = "", downloadMethod = "http", version } = asked;
  const errors = [
    ...fieldError("fileType", fileType === undefined ? "is missing: it must be given with targetFileName" : fileTypeFault(fileType)),
    ...fieldError("targetFileName", targetFileName === "" ? "is missing" : targetFileNameFault(targetFileName)),
    ...fieldError("downloadMethod", AGREED_METHODS.includes(downloadMethod) ? undefined : `must be one of ${AGREED_METHODS.join(", ")}`),
    ...fieldError("fileSizeBytes", asked.fileSizeBytes === undefined ? undefined : "is not told without a URL"),
  ];
  if (fileType === undefined || errors.length > 0) return { errors };
  return { file: { fileType, fileSizeBytes: 0, targetFileName, downloadMethod, ...(version === undefined ? {} : { version }) } };
}

/** The place is agreed in advance, since none is given. */
export function isAgreedFile({ catalogueId, receivedFileId, url }: AskedFile): boolean {
  return catalogueId === undefined && receivedFileId === undefined && url === undefined;
}

function oneError(field: string, detail: string): CheckedFile {
  return { errors: [{ field, detail }] };
}
