/**
 * RequestDownload: a device would like to be sent a Download.
 * Spec: TR-069 A.4.2.2. Layer: codec, pure. Golden: test/golden/cwmp/request-download*.
 */
import { arrayOf } from "../parameter-value.js";
import { children, childText, type Element, el, optionalChild, optionalText } from "../xml.js";

export interface RequestDownload {
  readonly kind: "RequestDownload";
  /** As in Download. */
  readonly fileType: string;
  /** What narrows the choice: Version for "1 Firmware Upgrade Image", Version and Language for "2 Web Content" ... */
  readonly fileTypeArgs: readonly FileTypeArg[];
}

export interface FileTypeArg {
  readonly name: string;
  readonly value: string;
}

export interface RequestDownloadResponse {
  readonly kind: "RequestDownloadResponse";
}

export function readRequestDownload(body: Element): RequestDownload {
  const list = optionalChild(body, "FileTypeArg");
  return {
    kind: "RequestDownload",
    fileType: childText(body, "FileType"),
    fileTypeArgs: list === undefined ? [] : children(list, "ArgStruct").map(readFileTypeArg),
  };
}

function readFileTypeArg(item: Element): FileTypeArg {
  return { name: optionalText(item, "Name"), value: optionalText(item, "Value") };
}

export function writeRequestDownload({ fileType, fileTypeArgs }: RequestDownload): Element {
  const items = fileTypeArgs.map(({ name, value }) => el("ArgStruct", {}, el("Name", {}, name), el("Value", {}, value)));
  return el("cwmp:RequestDownload", {}, el("FileType", {}, fileType), el("FileTypeArg", arrayOf("cwmp:ArgStruct", items.length), items));
}

export function readRequestDownloadResponse(): RequestDownloadResponse {
  return { kind: "RequestDownloadResponse" };
}

export function writeRequestDownloadResponse(): Element {
  return el("cwmp:RequestDownloadResponse", {});
}
