/**
 * The non-voice response: what the NMS server answers a registration message or a non-voice request with. Its body says what the gateway is
 * to do; success without an action means: nothing.
 * Spec: US 2012/0089717 A1 [0099-0110] (reboot), [0121-0134] (upgrade), [0140] (download path), [0052] (parameters). Layer: codec, pure.
 * Golden: test/golden/nms/response*.
 */
import { MalformedMessage } from "../cwmp/malformed-message.js";
import { child, type Element, el, optionalChild } from "../cwmp/xml.js";
import { NMS_VERSION, readDocument, textOf, writeDocument } from "./nms-document.js";
import { type NmsParameter, readParameters, writeParameter } from "./parameter-element.js";

export interface NonVoiceResponse {
  /** "The header may also carry the gateway's serial number" [0104]; null: it does not. */
  readonly serialNumber: string | null;
  /** "success": the message was received [0106]. Anything else is an error, as text. */
  readonly status: string;
  /** By which the gateway tells what became of the action; null: the gateway's format has none, or there is no action. */
  readonly actionId: string | null;
  readonly action: NonVoiceAction | null;
}

export type NonVoiceAction =
  /** Embodiment 1, function configuration [0107]. */
  | { readonly kind: "reboot" }
  /** Embodiment 2, upgrade of configuration and version file [0129-0131]. */
  | ({ readonly kind: "upgrade" } & UpgradeFile)
  | { readonly kind: "parameters"; readonly parameters: readonly NmsParameter[] };

export const FILE_TYPES = ["version", "config"] as const;

export interface UpgradeFile {
  readonly fileType: (typeof FILE_TYPES)[number];
  readonly fileName: string;
  /** The protocol by which it is fetched: "http", "https", "tftp" … */
  readonly downloadMethod: string;
  /** Where it lies; null: agreed in advance [0140]. */
  readonly downloadPath: string | null;
  /** Octets; null: not told. */
  readonly fileSize: number | null;
  /** SHA-256 in hexadecimal digits; null: not told. */
  readonly checksum: string | null;
}

export const SUCCESS = "success";

export function writeNonVoiceResponse({ serialNumber, status, actionId, action }: NonVoiceResponse): string {
  return writeDocument(
    el(
      "response",
      {},
      el("header", {}, el("version", {}, NMS_VERSION), optional("serialnumber", serialNumber)),
      el("body", {}, el("status", {}, status), action === null ? [] : writeAction(action), optional("actionid", actionId)),
    ),
  );
}

function writeAction(action: NonVoiceAction): readonly Element[] {
  switch (action.kind) {
    case "reboot":
      return [el("reboot", {}, "yes")];
    case "upgrade":
      return [
        el("filetype", {}, action.fileType),
        el("filename", {}, action.fileName),
        el("downloadmethod", {}, action.downloadMethod),
        ...optional("downloadpath", action.downloadPath),
        ...optional("filesize", action.fileSize === null ? null : String(action.fileSize)),
        ...optional("checksum", action.checksum),
      ];
    case "parameters":
      return action.parameters.map(writeParameter);
  }
}

function optional(name: string, text: string | null): readonly Element[] {
  return text === null ? [] : [el(name, {}, text)];
}

const PATH_CHARACTERS_MAX = 1_024;
const CHECKSUM = /^[0-9a-f]{64}$/;

/** @throws {MalformedMessage} Not well-formed, no response, or an action that can't be carried out. */
export function readNonVoiceResponse(bytes: Uint8Array, contentType?: string): NonVoiceResponse {
  const root = readDocument(bytes, contentType, ["response"]);
  const body = child(root, "body");
  const status = textOf(body, "status");
  if (status === "") throw new MalformedMessage("body/status", "missing");
  return {
    serialNumber: textOrNull(optionalChild(root, "header"), "serialnumber"),
    status,
    actionId: textOrNull(body, "actionid"),
    action: status.toLowerCase() === SUCCESS ? readAction(body) : null,
  };
}

/** "reboot" wins over a file, a file over parameters: a message of ours has one action only. */
function readAction(body: Element): NonVoiceAction | null {
  if (/^(yes|1|true)$/i.test(textOf(body, "reboot"))) return { kind: "reboot" };
  if (textOf(body, "filetype") !== "") return readUpgrade(body);
  const parameters = readParameters(body);
  return parameters.length === 0 ? null : { kind: "parameters", parameters };
}

function readUpgrade(body: Element): NonVoiceAction {
  const fileType = FILE_TYPES.find((name) => name === textOf(body, "filetype").toLowerCase());
  if (fileType === undefined) throw new MalformedMessage("body/filetype", `must be one of ${FILE_TYPES.join(", ")}`);
  const fileName = textOf(body, "filename");
  if (fileName === "") throw new MalformedMessage("body/filename", "missing");
  const size = textOrNull(body, "filesize");
  if (size !== null && !/^\d{1,10}$/.test(size)) throw new MalformedMessage("body/filesize", "must be a number of octets");
  const checksum = textOrNull(body, "checksum")?.toLowerCase() ?? null;
  if (checksum !== null && !CHECKSUM.test(checksum)) throw new MalformedMessage("body/checksum", "must be 64 hexadecimal digits (SHA-256)");
  return {
    ...{ kind: "upgrade", fileType, fileName, checksum },
    downloadMethod: textOf(body, "downloadmethod").toLowerCase(),
    downloadPath: textOrNull(body, "downloadpath", PATH_CHARACTERS_MAX),
    fileSize: size === null ? null : Number(size),
  };
}

function textOrNull(parent: Element | undefined, name: string, charactersMax?: number): string | null {
  return textOf(parent, name, charactersMax) || null;
}
