/**
 * The arguments of a named test as somebody gives them: by friendly names, with units, or by the names of the data model.
 * Spec: cwmp.md 8.2, 9.5. Layer: diagnostics, pure.
 */
import type { FieldError } from "../../common/field-error.js";
import { lexicalFault } from "../devices/lexical.js";
import { isSecretName } from "../devices/secret-names.js";
import { DIAGNOSIS_LIMITS } from "./diagnosis.js";
import { type ArgumentShape, type NamedArgument, namedTest, TR181_ROOT } from "./named-tests.js";

/** What JSON may hold for an argument. */
export type AskedArgument = string | number | boolean | readonly string[];

export type ReadArguments = { readonly arguments: Readonly<Record<string, string>> } | { readonly errors: readonly FieldError[] };

/** A parameter of the data model begins with a capital letter, a friendly name with a small one. */
const RAW_NAME = /^[A-Z][0-9A-Za-z_.-]{0,127}$/;
const RAW_CHARACTERS_MAX = 4_096;

/** @param root Of the device; null: not known, so that what one root lacks can't be told yet. Errors name "arguments.<name>". */
export function readArguments(test: string, asked: Readonly<Record<string, AskedArgument>>, root: string | null): ReadArguments {
  const known: Readonly<Record<string, NamedArgument>> = namedTest(test)?.arguments ?? {};
  const names = Object.keys(asked);
  if (names.length > DIAGNOSIS_LIMITS.argumentsMax)
    return { errors: [{ field: "arguments", detail: `has more than ${DIAGNOSIS_LIMITS.argumentsMax} entries` }] };
  const texts = names.map((name) => [name, textOf(asked[name] ?? "")] as const);
  const errors = [
    ...texts.flatMap(([name, value]) => errorOf(name, faultOf(name, value, known, root))),
    ...twice(names, known),
    ...Object.entries(known)
      .filter(([name, { parameter, isNeeded }]) => isNeeded && !names.includes(name) && !names.includes(parameter))
      .map(([name]) => ({ field: `arguments.${name}`, detail: "is missing" })),
  ];
  return errors.length > 0 ? { errors } : { arguments: Object.fromEntries(texts) };
}

/** As the object wants them: names within it. */
export function argumentsWithin(test: string, given: Readonly<Record<string, string>>): readonly { name: string; value: string }[] {
  const known: Readonly<Record<string, NamedArgument>> = namedTest(test)?.arguments ?? {};
  return Object.entries(given).map(([name, value]) => ({ name: known[name]?.parameter ?? name, value }));
}

/** The friendly name of a parameter within the object; undefined: it has none, or is no argument. */
export function friendlyName(test: string, parameter: string): string | undefined {
  return Object.entries(namedTest(test)?.arguments ?? {}).find(([, named]) => named.parameter === parameter)?.[0];
}

function textOf(value: AskedArgument): string {
  return typeof value === "object" ? value.join(",") : String(value);
}

const errorOf = (name: string, detail: string | undefined): readonly FieldError[] =>
  detail === undefined ? [] : [{ field: `arguments.${name.slice(0, 64)}`, detail }];

function faultOf(name: string, value: string, known: Readonly<Record<string, NamedArgument>>, root: string | null): string | undefined {
  const argument = Object.hasOwn(known, name) ? known[name] : undefined;
  if (argument === undefined) return rawFault(name, value, Object.keys(known));
  if (argument.isOfTr181 === true && root !== null && root !== TR181_ROOT) return "is not known to TR-098; this device has that data model";
  return shapeFault(value, argument.shape);
}

function rawFault(name: string, value: string, known: readonly string[]): string | undefined {
  if (!RAW_NAME.test(name)) {
    const may = known.length === 0 ? "this test has none" : `must be one of ${known.join(", ")}`;
    return `is not known: ${may}, or a parameter of the object by its own name`;
  }
  if (isSecretName(name)) return "is a secret: it is given with a task of kind diagnostic, which seals it";
  if (hasUser(URL.parse(value))) return NO_USER;
  return value.length > RAW_CHARACTERS_MAX ? `has more than ${RAW_CHARACTERS_MAX} characters` : lexicalFault("xsd:string", value);
}

function shapeFault(value: string, shape: ArgumentShape): string | undefined {
  switch (shape.kind) {
    case "integer": {
      const isWithin = /^\d{1,10}$/.test(value) && Number(value) >= shape.least && Number(value) <= shape.most;
      return isWithin ? undefined : `must be an integer from ${shape.least} to ${shape.most}`;
    }
    case "boolean":
      return /^(?:true|false|0|1)$/.test(value) ? undefined : "must be true or false";
    case "choice":
      return shape.of.includes(value) ? undefined : `must be one of ${shape.of.join(", ")}`;
    case "url":
      return urlFault(value, shape.schemes);
    case "text":
    case "list":
      if (value.trim() === "") return "is empty";
      return value.length > shape.charactersMax ? `has more than ${shape.charactersMax} characters` : lexicalFault("xsd:string", value);
  }
}

const URL_CHARACTERS_MAX = 256;

/** TR-143: no user name, no password in it. */
function urlFault(value: string, schemes: readonly string[]): string | undefined {
  const url = URL.parse(value);
  if (value.length > URL_CHARACTERS_MAX) return `has more than ${URL_CHARACTERS_MAX} characters`;
  if (url === null || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === "")
    return `must be a URL of ${schemes.join(", ")} with a host, like http://192.0.2.1/file`;
  return hasUser(url) ? NO_USER : undefined;
}

const NO_USER = "must not hold a user name or a password";
const hasUser = (url: URL | null): boolean => url !== null && (url.username !== "" || url.password !== "");

/** A friendly name and the parameter that it stands for. */
function twice(names: readonly string[], known: Readonly<Record<string, NamedArgument>>): readonly FieldError[] {
  return names.flatMap((name) => {
    const parameter = Object.hasOwn(known, name) ? known[name]?.parameter : undefined;
    const isTwice = parameter !== undefined && names.includes(parameter);
    return isTwice ? [{ field: `arguments.${name}`, detail: `is the same as ${parameter}, which is given too` }] : [];
  });
}
