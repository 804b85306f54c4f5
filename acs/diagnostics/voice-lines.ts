/**
 * The voice lines of a device by its tree, and which object of each registers with the SIP server.
 * Spec: TR-104 issue 1 (VoiceProfile.{i}.Line.{i}) and issue 2 (CallControl.Line.{i} with its Provider, SIP.Client.{i}); cwmp.md 9.1,
 * 9.3, 9.4. Layer: diagnostics, pure.
 */
import { pathOrderKey } from "../devices/parameter-path.js";

export interface VoiceLine {
  /** Path of the line, with the dot at its end. */
  readonly path: string;
  /** Counted among the enabled lines, from 1, in path order; null: it is disabled, and is named by its path. */
  readonly number: number | null;
  /** The object whose registration the line depends on; null: the line has no SIP client. */
  readonly registers: string | null;
}

export interface VoiceTree {
  /** Names of the parameters below `<root>Services.VoiceService.`; in any order. */
  readonly names: readonly string[];
  /** Value by full name; undefined: not told. */
  readonly value: (name: string) => string | undefined;
}

const SERVICE = String.raw`^(?:InternetGatewayDevice|Device)\.Services\.VoiceService\.\d+\.`;
const ISSUE_1_LINE = new RegExp(String.raw`${SERVICE}VoiceProfile\.\d+\.Line\.\d+\.`);
const ISSUE_2_LINE = new RegExp(String.raw`${SERVICE}CallControl\.Line\.\d+\.`);
const ISSUE_2_CLIENT = new RegExp(String.raw`${SERVICE}SIP\.Client\.\d+\.`);

/** Parameters whose values decide which lines there are. */
export function namesAboutLines(names: readonly string[]): readonly string[] {
  const rows = linePaths(names);
  const wanted = new Set(rows.flatMap((row) => [`${row}Enable`, `${row}Provider`, `${profileOf(row)}Enable`]));
  return names.filter((name) => wanted.has(name));
}

/** In path order. A gateway of issue 2 without call control has a line for each SIP client. */
export function voiceLines({ names, value }: VoiceTree): readonly VoiceLine[] {
  let count = 0;
  const clients = pathsOf(names, ISSUE_2_CLIENT);
  return linePaths(names).map((path) => {
    const number = isEnabled(path, value) ? ++count : null;
    return { path, number, registers: ISSUE_2_LINE.test(path) ? clientOf(path, clients, value) : path };
  });
}

/** The first in path order that are looked at: a device may tell any number. */
const LINES_MAX = 256;

function linePaths(names: readonly string[]): readonly string[] {
  const lines = [...pathsOf(names, ISSUE_1_LINE), ...pathsOf(names, ISSUE_2_LINE)];
  return (lines.length > 0 ? lines : pathsOf(names, ISSUE_2_CLIENT)).slice(0, LINES_MAX);
}

function pathsOf(names: readonly string[], pattern: RegExp): readonly string[] {
  const paths = new Set(names.flatMap((name) => pattern.exec(name)?.[0] ?? []));
  return [...paths].sort((a, b) => (pathOrderKey(a) < pathOrderKey(b) ? -1 : 1));
}

const profileOf = (line: string): string => line.replace(/Line\.\d+\.$/, "");
/** "Disabled" in issue 1, a boolean in issue 2. Quiescent lines are registered; what is not told is taken for enabled. */
const isOff = (text: string | undefined): boolean => ["disabled", "false", "0"].includes(text?.trim().toLowerCase() ?? "");

function isEnabled(line: string, value: VoiceTree["value"]): boolean {
  const isOfProfile = ISSUE_1_LINE.test(line);
  return !isOff(value(`${line}Enable`)) && !(isOfProfile && isOff(value(`${profileOf(line)}Enable`)));
}

/** Provider is a path, with or without the dot; one that is empty or not told is read as "the client of the same number". */
function clientOf(line: string, clients: readonly string[], value: VoiceTree["value"]): string | null {
  const told = value(`${line}Provider`)?.trim() ?? "";
  const provider = told.endsWith(".") ? told : `${told}.`;
  if (told !== "") return clients.find((client) => client === provider) ?? null;
  const same = line.replace(/CallControl\.Line\.(\d+)\.$/, "SIP.Client.$1.");
  return clients.find((client) => client === same) ?? null;
}
