/**
 * Reads a program's configuration from environment variables: once, completely, and without ever printing a value.
 * Layer: common.
 */
import { inspect } from "node:util";
import { z } from "zod";

/** What is wrong with the environment: every problem at once, by the variable's name, never by its value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(`configuration:\n${problems.map(({ variable, problem }) => `  ${variable}: ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

export interface ConfigProblem {
  readonly variable: string;
  /** A sentence without the value: "expected a whole number from 0 to 65535". */
  readonly problem: string;
}

/** A value that shows itself only when asked: logs, JSON and errors print "[secret]". */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

const SECRET_CHARACTERS_MAX = 1_024;

/** A setting that is never printed. @param charactersMin What is shorter is refused as too easy to guess. */
export function secret(charactersMin = 16) {
  return z
    .string()
    .min(charactersMin)
    .max(SECRET_CHARACTERS_MAX)
    .transform((value) => new Secret(value));
}

/** A switch: true, false, 1, 0, yes, no, on, off. */
export function flag() {
  return z.stringbool({ truthy: ["true", "1", "yes", "on"], falsy: ["false", "0", "no", "off"] });
}

/** Values separated by commas, each trimmed; empty ones are left out. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );
}

/**
 * A variable that is set but empty counts as not set: that is how compose files and shells "unset", and "" must not become port 0.
 * @throws {ConfigError} with every problem of every variable.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: Readonly<Record<string, string | undefined>>): z.output<S> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => ({ variable: issue.path.join(".") || "(all)", problem: problemOf(issue) })));
}

/** Zod's messages hold what was expected; the few that would repeat what was given are said in our words. */
function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined && issue.message.endsWith("received undefined")
        ? "is required"
        : `expected ${typeOf(issue.expected)}`;
    case "too_small":
      return `expected ${sizeOf(issue.origin, "at least", issue.minimum)}`;
    case "too_big":
      return `expected ${sizeOf(issue.origin, "at most", issue.maximum)}`;
    case "invalid_value":
      return `expected one of: ${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return issue.format === "regex" ? formatProblem(issue.message) : `is not a valid ${issue.format}`;
    case "unrecognized_keys":
      return "is not known";
    case "custom":
      return issue.message;
    default:
      return "is not valid";
  }
}

const typeOf = (type: string): string => (type === "int" ? "a whole number" : `a ${type}`);

const sizeOf = (origin: string, bound: string, limit: number | bigint): string =>
  origin === "string" ? `${bound} ${limit} characters` : origin === "array" ? `${bound} ${limit} values` : `${bound} ${limit}`;

/** One line per variable for `--help`: its name, what it means, its default or "required". */
export function describeConfig(schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([variable, type]) => [variable, helpOf(type as z.ZodType)] as const);
  const width = Math.max(...rows.map(([variable]) => variable.length));
  return rows.map(([variable, help]) => `  ${variable.padEnd(width)}  ${help}`).join("\n");
}

function helpOf(type: z.ZodType): string {
  const absent = type.safeParse(undefined);
  const isUnset = absent.success && (absent.data === undefined || (Array.isArray(absent.data) && absent.data.length === 0));
  const fallback = !absent.success ? "required" : isUnset ? "" : `default ${showDefault(absent.data)}`;
  return [type.description ?? "", fallback === "" ? "" : `(${fallback})`].filter((part) => part !== "").join(" ");
}

/** A message of our own in the schema; zod's names the pattern, which nobody reads. */
const formatProblem = (message: string): string =>
  message.startsWith("Invalid string") ? "has characters or a form that is not allowed" : message;

const showDefault = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));
