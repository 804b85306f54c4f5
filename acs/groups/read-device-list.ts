/**
 * Device ids out of a CSV text: of the column headed "device" or "id", else of the first one.
 * Spec: RFC 4180; semicolons and tabs between fields are taken, too. Layer: groups, pure.
 */
import type { FieldError } from "../../common/field-error.js";
import { GROUP_LIMITS } from "./group.js";

export const DEVICE_LIST_LIMITS = {
  /** Also of those that are empty: the list is read in one go, while nobody else is served. */
  linesMax: 2 * GROUP_LIMITS.membersMax,
  fieldsPerLineMax: 1_000,
  /** More than any device id has. */
  fieldCharactersMax: 1_000,
} as const;
const { linesMax, fieldsPerLineMax, fieldCharactersMax } = DEVICE_LIST_LIMITS;
const HEADINGS = ["device", "id", "deviceid", "device id"];

export type DeviceList = { readonly ids: readonly string[] } | { readonly errors: readonly FieldError[] };

/** Empty lines and empty fields are left out; order and repetitions are kept. @param field Of the request, for what is wrong. */
export function readDeviceList(csv: string, field: string): DeviceList {
  const text = csv.startsWith("\ufeff") ? csv.slice(1) : csv;
  const separator = separatorOf(text);
  const ids: string[] = [];
  let column = 0;
  let isFirst = true;
  for (const { line, fields } of records(text, separator)) {
    if (fields === undefined)
      return wrong(
        field,
        `has on line ${line} a quote that is not closed or not at a border of its field, a field that is too long, or too many of them`,
      );
    if (line > linesMax) return wrong(field, `has more than ${linesMax} lines`);
    const heading = isFirst ? fields.findIndex((name) => HEADINGS.includes(name.trim().toLowerCase())) : -1;
    isFirst &&= fields.every((name) => name.trim() === "");
    if (heading >= 0) {
      column = heading;
      continue;
    }
    const id = fields[column]?.trim() ?? "";
    if (id !== "") ids.push(id);
    if (ids.length > GROUP_LIMITS.membersMax) return wrong(field, `names more than ${GROUP_LIMITS.membersMax} devices`);
  }
  return { ids };
}

const wrong = (field: string, detail: string): DeviceList => ({ errors: [{ field, detail }] });

/** The one that the first line which is not empty has; "," when it has none. */
function separatorOf(text: string): string {
  const first = /^[\r\n]*([^\r\n]*)/.exec(text)?.[1] ?? "";
  return [",", ";", "\t"].find((mark) => first.includes(mark)) ?? ",";
}

interface CsvRecord {
  /** Counted from 1. */
  readonly line: number;
  /** undefined: the text can't be read from here on. */
  readonly fields: readonly string[] | undefined;
}

function* records(text: string, separator: string): Generator<CsvRecord> {
  let line = 1;
  let fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at, separator);
    const mark = field === undefined ? undefined : text[field.end];
    const isLast = mark === undefined || mark === "\r" || mark === "\n";
    if (field === undefined || !(isLast || mark === separator)) return yield { line, fields: undefined };
    fields.push(field.value);
    if (fields.length > fieldsPerLineMax) return yield { line, fields: undefined };
    at = field.end + (mark === "\r" && text[field.end + 1] === "\n" ? 2 : 1);
    if (!isLast) continue;
    yield { line, fields };
    line += 1 + fields.reduce((lines, value) => lines + value.split("\n").length - 1, 0);
    fields = [];
  }
}

interface Field {
  readonly value: string;
  /** Where the mark after it stands, or the text ends. */
  readonly end: number;
}

function plainField(text: string, from: number, separator: string): Field | undefined {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\r" && text[end] !== "\n") end++;
  return end - from > fieldCharactersMax ? undefined : { value: text.slice(from, end), end };
}

/** A quote inside is written twice (RFC 4180 2.7). */
function quotedField(text: string, from: number): Field | undefined {
  for (let at = from + 1; at - from <= fieldCharactersMax; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return undefined;
    if (text[at + 1] !== '"') return { value: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
  return undefined;
}
