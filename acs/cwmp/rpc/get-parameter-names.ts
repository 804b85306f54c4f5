/**
 * GetParameterNames: discover which objects and parameters a device has, and which can be written.
 * Spec: TR-069 A.3.2.3; field quirks 14, 19. Layer: codec, pure. Golden: test/golden/cwmp/get-parameter-names*.
 */
import { arrayOf } from "../parameter-value.js";
import { readBoolean, writeBoolean } from "../values.js";
import { child, children, childText, type Element, el, optionalText } from "../xml.js";

export interface GetParameterNames {
  readonly kind: "GetParameterNames";
  /** A full path, or a partial path ending in "."; "" is the root. */
  readonly path: string;
  /** true: only direct children. false: the object itself and everything below. */
  readonly nextLevel: boolean;
}

export interface GetParameterNamesResponse {
  readonly kind: "GetParameterNamesResponse";
  readonly parameters: readonly ParameterInfo[];
}

export interface ParameterInfo {
  /** Ends in "." for an object, though some devices leave the dot out (field quirk 22). */
  readonly name: string;
  /** A parameter can be set; a table can grow; an instance can be deleted. */
  readonly writable: boolean;
}

export function readGetParameterNames(body: Element): GetParameterNames {
  return { kind: "GetParameterNames", path: childText(body, "ParameterPath"), nextLevel: readBoolean(childText(body, "NextLevel")) };
}

export function writeGetParameterNames({ path, nextLevel }: GetParameterNames): Element {
  return el("cwmp:GetParameterNames", {}, el("ParameterPath", {}, path), el("NextLevel", {}, writeBoolean(nextLevel)));
}

export function readGetParameterNamesResponse(body: Element): GetParameterNamesResponse {
  const parameters = children(child(body, "ParameterList"), "ParameterInfoStruct").map((item) => ({
    name: childText(item, "Name"),
    writable: readBoolean(optionalText(item, "Writable")),
  }));
  return { kind: "GetParameterNamesResponse", parameters };
}

export function writeGetParameterNamesResponse({ parameters }: GetParameterNamesResponse): Element {
  const items = parameters.map(({ name, writable }) =>
    el("ParameterInfoStruct", {}, el("Name", {}, name), el("Writable", {}, writeBoolean(writable))),
  );
  return el("cwmp:GetParameterNamesResponse", {}, el("ParameterList", arrayOf("cwmp:ParameterInfoStruct", parameters.length), items));
}
