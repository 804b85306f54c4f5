/**
 * Takes the secrets out of what is kept of a conversation: header fields that prove who one is, password elements, values of secret
 * parameters, signatures of links. It scans and never parses, for what is kept is often what can't be parsed; in doubt it takes more.
 * Spec: DESIGN 12; TR-069 A.2.3.1 (ParameterValueStruct), A.3.2.8 (Password, URL of Download). Layer: http, pure.
 */
import { isSecretName } from "../devices/secret-names.js";

const REDACTED = "[redacted]";
const SECRET_FIELDS: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** One line of a header, without its end. */
export function redactField(name: string, value: string): string {
  return `${name}: ${SECRET_FIELDS.has(name.toLowerCase()) ? REDACTED : value}`;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The same text, whose secrets are replaced. Linear in its length; a text that is cut or malformed loses the rest of its last secret. */
export function redactMessage(text: string): string {
  return cutOut(text, secretRanges(text));
}

/** Shorter texts are part of too many others. */
const ECHO_CHARACTERS_MIN = 4;
const ECHO_CHARACTERS_MAX = 256;
/** Of one conversation. */
const ECHOES_MAX = 64;

/** The secrets of these messages: what a device may repeat in a fault, where no name tells. */
export function secretsIn(texts: readonly string[]): ReadonlySet<string> {
  const secrets = new Set<string>();
  for (const text of texts) {
    for (const { start, end } of secretRanges(text)) {
      if (secrets.size >= ECHOES_MAX) return secrets;
      if (end - start >= ECHO_CHARACTERS_MIN && end - start <= ECHO_CHARACTERS_MAX) secrets.add(text.slice(start, end));
    }
  }
  return secrets;
}

export function withoutEchoes(text: string, secrets: ReadonlySet<string>): string {
  return [...secrets].reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}

function secretRanges(text: string): readonly Range[] {
  const secrets: Range[] = [];
  /** Contents of Value since the struct began, and whether a Name in it is secret; undefined: no Name yet. */
  let values: Range[] = [];
  let isSecret: boolean | undefined;
  const endStruct = (): void => {
    if (isSecret !== false) secrets.push(...values);
    values = [];
    isSecret = undefined;
  };
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const tag = readTag(text, at);
    at = tag.end;
    if (tag.local === "parametervaluestruct" || tag.local === "parameter") endStruct(); // the latter is of NMS messages
    if (tag.isEnd || tag.local === "") continue;
    const kind = kindOf(tag.local);
    if (kind === undefined) continue;
    const content = kind === "name" ? nameContentOf(text, tag) : contentOf(text, tag);
    if (kind === "name") isSecret = isSecret === true || isSecretName(nameIn(text, content));
    else if (kind === "value") values.push(content);
    else if (kind === "secret") secrets.push(content);
    else secrets.push(...secretsOfUrl(text, content));
    at = Math.max(content.end, at);
  }
  endStruct();
  return secrets;
}

function kindOf(local: string): "name" | "value" | "secret" | "url" | undefined {
  if (local === "name" || local === "value") return local;
  if (isSecretName(local)) return "secret";
  return local.endsWith("url") || local === "downloadpath" ? "url" : undefined;
}

interface Tag {
  /** Lower case, without prefix. "": a comment, a declaration, no tag at all. */
  readonly local: string;
  readonly name: string;
  readonly isEnd: boolean;
  /** After its ">". */
  readonly end: number;
  readonly isEmpty: boolean;
}

const NAME_CHARACTERS_MAX = 128;
const NAME = /^[A-Za-z_][\w.:-]*/;

function readTag(text: string, start: number): Tag {
  const isEnd = text[start + 1] === "/";
  const from = start + (isEnd ? 2 : 1);
  const name = NAME.exec(text.slice(from, from + NAME_CHARACTERS_MAX))?.[0] ?? "";
  if (name === "") return { local: "", name, isEnd, end: start + 1, isEmpty: false };
  const end = endOfTag(text, from + name.length);
  return { local: name.slice(name.lastIndexOf(":") + 1).toLowerCase(), name, isEnd, end, isEmpty: text.endsWith("/>", end) };
}

/** Quotes are not heeded: one that is never closed would hide all that follows. */
function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === ">") return at + 1;
    if (text[at] === "<") return at;
  }
  return text.length;
}

/** Up to the end tag of the same name, whatever is between; to the end of the text if there is none. */
function contentOf(text: string, { name, end, isEmpty }: Tag): Range {
  if (isEmpty) return { start: end, end };
  let from = end;
  for (;;) {
    const close = text.indexOf(`</${name}`, from);
    if (close < 0) return { start: end, end: text.length };
    const data = text.slice(from, close).lastIndexOf("<![CDATA[");
    const dataEnd = data < 0 ? close : text.indexOf("]]>", from + data);
    if (dataEnd < 0) return { start: end, end: text.length };
    if (dataEnd <= close) return { start: end, end: close };
    from = dataEnd + 3;
  }
}

/** To the next tag: a Name that is never closed must not swallow its Value. */
function nameContentOf(text: string, tag: Tag): Range {
  if (text.startsWith("<![CDATA[", tag.end)) return contentOf(text, tag);
  const next = text.indexOf("<", tag.end);
  return { start: tag.end, end: next < 0 ? text.length : next };
}

function nameIn(text: string, { start, end }: Range): string {
  return text
    .slice(start, Math.min(end, start + 1_024))
    .replace(/<!\[CDATA\[|\]\]>/g, "")
    .replace(/&#(x?)([0-9A-Fa-f]{1,6});/g, (_, hex: string, digits: string) => characterOf(Number.parseInt(digits, hex === "" ? 10 : 16)))
    .trim();
}

function characterOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** User and password before the host, and the query: signatures of our own links stand there. */
function secretsOfUrl(text: string, { start, end }: Range): readonly Range[] {
  const url = text.slice(start, end);
  const authority = url.indexOf("//") + 2;
  const at = authority < 2 ? -1 : url.indexOf("@", authority);
  const slash = url.indexOf("/", authority);
  const query = url.indexOf("?");
  const user = at >= 0 && (slash < 0 || at < slash) ? [{ start: start + authority, end: start + at }] : [];
  return query < 0 ? user : [...user, { start: start + query + 1, end }];
}

function cutOut(text: string, secrets: readonly Range[]): string {
  let shown = "";
  let from = 0;
  for (const { start, end } of [...secrets].sort((a, b) => a.start - b.start)) {
    if (end <= from || start === end) continue;
    shown += `${text.slice(from, Math.max(start, from))}${REDACTED}`;
    from = end;
  }
  return shown + text.slice(from);
}
