/**
 * What a voice-signalled gateway can be asked for, and the action that its response carries for it.
 * Spec: US 2012/0089717 A1 [0107] (reboot), [0129-0131], [0140] (upgrade), [0052] (parameters). Layer: tasks, pure.
 */
import type { FieldError } from "../../common/field-error.js";
import { NMS_LIMITS } from "../nms/nms-document.js";
import type { NonVoiceAction, UpgradeFile } from "../nms/non-voice-response.js";
import type { CheckedOrder } from "./check-order.js";
import type { DownloadFile, Task, TaskOrder, WantedValue } from "./task.js";

const NMS_KINDS = ["reboot", "setParameterValues", "download"] as const;

/** CWMP's names of the files that `filetype` can name. TR-069 A.3.2.8. */
const FILE_TYPES: Readonly<Record<string, UpgradeFile["fileType"]>> = {
  "1 Firmware Upgrade Image": "version",
  "3 Vendor Configuration File": "config",
};

/** Why a kind can't be asked of such a gateway; undefined: it can. */
export function nmsKindFault(kind: TaskOrder["kind"]): string | undefined {
  if (NMS_KINDS.some((known) => known === kind)) return undefined;
  return `is not supported by NMS-managed devices; they take ${NMS_KINDS.join(", ")}`;
}

/** The order, if the messages of voice-signalled management can carry it. */
export function checkNmsOrder(order: TaskOrder): CheckedOrder {
  const errors = errorsOf(order);
  return errors.length > 0 ? { errors } : { order };
}

function errorsOf(order: TaskOrder): readonly FieldError[] {
  const kind = nmsKindFault(order.kind);
  if (kind !== undefined) return [{ field: "kind", detail: kind }];
  if (order.kind === "download") return fileErrors(order.file);
  return order.kind === "setParameterValues" ? valueErrors(order) : [];
}

function fileErrors({ fileType, catalogueId, receivedFileId, url, targetFileName }: DownloadFile): readonly FieldError[] {
  const isAgreed = catalogueId === undefined && receivedFileId === undefined && url === undefined;
  return [
    ...(FILE_TYPES[fileType] === undefined
      ? [{ field: "fileType", detail: `must be one of "${Object.keys(FILE_TYPES).join('", "')}" for an NMS-managed device` }]
      : []),
    ...(isAgreed && targetFileName === ""
      ? [{ field: "targetFileName", detail: "is missing: it is all that names a file whose place is agreed in advance" }]
      : []),
  ];
}

function valueErrors({ values, onFault, verify, addressing }: TaskOrder & { readonly kind: "setParameterValues" }): readonly FieldError[] {
  const max = NMS_LIMITS.parametersMax;
  return [
    ...(values.length > max ? [{ field: "values", detail: `has more than ${max} entries, which an NMS response can't carry` }] : []),
    ...(onFault === "set-the-rest" ? [{ field: "onFault", detail: "is not supported by NMS-managed devices" }] : []),
    ...(verify === true ? [{ field: "verify", detail: "is not supported by NMS-managed devices" }] : []),
    ...(addressing === undefined ? [] : [{ field: "values", detail: "aliases and wildcards are not supported by NMS-managed devices" }]),
    ...values.flatMap(({ name, value, sealed }, at) => [
      ...tooLong(`values[${at}].name`, name, NMS_LIMITS.textCharactersMax),
      ...(sealed === true ? [] : tooLong(`values[${at}].value`, value, NMS_LIMITS.valueCharactersMax)),
    ]),
  ];
}

function tooLong(field: string, text: string, max: number): readonly FieldError[] {
  return text.length > max ? [{ field, detail: `has more than ${max} characters, which an NMS response can't carry` }] : [];
}

/** Where the file of a download lies, as the gateway reaches it; null: where it was agreed. */
export interface FilePlace {
  readonly url: string;
  /** Of a file of the catalogue; null: not known. */
  readonly checksum: string | null;
}

/**
 * @param values Of setParameterValues, secrets open.
 * @param isExtended The gateway reads more than the document's own fields.
 */
export function actionOf(
  order: TaskOrder,
  {
    values,
    place,
    isExtended,
  }: { readonly values: readonly WantedValue[]; readonly place: FilePlace | null; readonly isExtended: boolean },
): NonVoiceAction | undefined {
  switch (order.kind) {
    case "reboot":
      return { kind: "reboot" };
    case "setParameterValues":
      return { kind: "parameters", parameters: values.map(({ name, value }) => ({ name, value })) };
    case "download":
      return upgradeOf(order.file, place, isExtended);
    default:
      return undefined;
  }
}

function upgradeOf(file: DownloadFile, place: FilePlace | null, isExtended: boolean): NonVoiceAction | undefined {
  const fileType = FILE_TYPES[file.fileType];
  if (fileType === undefined) return undefined;
  const extended = isExtended && place !== null;
  return {
    ...{ kind: "upgrade", fileType, fileName: file.targetFileName || nameIn(place) },
    downloadMethod: file.downloadMethod ?? (place === null ? "http" : new URL(place.url).protocol.slice(0, -1)),
    downloadPath: extended ? place.url : null,
    fileSize: extended && file.fileSizeBytes > 0 ? file.fileSizeBytes : null,
    checksum: extended ? place.checksum : null,
  };
}

function nameIn(place: FilePlace | null): string {
  const path = place === null ? "" : new URL(place.url).pathname;
  return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1)) || "file";
}

/** What `lastaction/action` of the gateway calls it. */
export function actionName({ order }: Pick<Task, "order">): string {
  if (order.kind === "setParameterValues") return "parameters";
  return order.kind === "download" ? (FILE_TYPES[order.file.fileType] ?? "") : order.kind;
}
