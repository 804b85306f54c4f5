/**
 * Where on this device a named test is: the object's path by the tree, or what has to be read first, or why there is none.
 * Spec: cwmp.md 8.2, 9.3, 9.5. Layer: diagnostics, pure.
 */
import { codePath, pathOrderKey } from "../devices/parameter-path.js";
import type { DiagnosisFailure, DiagnosisWish } from "./diagnosis.js";
import { namedTest, REGISTRATION_TEST, templatesOf } from "./named-tests.js";
import { type VoiceLine, type VoiceTree, voiceLines } from "./voice-lines.js";

export interface LocatingKnowledge {
  /** "InternetGatewayDevice." or "Device."; null: the device has never called in. */
  readonly root: string | null;
  /** For people: "0A1B2C-VG2000". */
  readonly model: string;
  /** What `subtreeOf` said, as far as the tree has it. */
  readonly tree: VoiceTree;
}

export type Located =
  | { readonly kind: "at"; readonly path: string; readonly unitPath: string | null }
  /** The tree does not know it (yet): what to refresh. "" is the whole tree. */
  | { readonly kind: "look"; readonly path: string; readonly unitPath: string | null }
  | { readonly kind: "none"; readonly code: DiagnosisFailure; readonly field: "line" | "port" | "test"; readonly detail: string };

const REGISTRATION_STATE = /^(.*\.X_[0-9A-Za-z-]+_RegistrationDiagnostics\.)DiagnosticsState$/;

/** Paths below which names are to be looked up for this; [] for nothing. */
export function subtreesOf({ test, path }: DiagnosisWish, root: string | null): readonly string[] {
  const named = namedTest(test);
  if (root === null || named === undefined) return [];
  if (path !== null) return [path];
  if (named.unit !== "device") return [voiceServices(root)];
  return templatesOf(named, root).map((template) => template.slice(0, firstInstance(template)));
}

const voiceServices = (root: string): string => `${root}Services.VoiceService.`;
/** Where "{i}" begins; the length where there is none. */
const firstInstance = (template: string): number => (template.includes("{i}") ? template.indexOf("{i}") : template.length);

/** Never throws. The wish's test is a known one. */
export function locateTest(wish: DiagnosisWish, knowledge: LocatingKnowledge): Located {
  const { root, tree } = knowledge;
  if (root === null) return { kind: "look", path: "", unitPath: null };
  if (wish.path !== null) return present(wish.path, tree) ? at(wish.path) : { kind: "look", path: wish.path, unitPath: null };
  if (wish.test === REGISTRATION_TEST) return locateRegistration(wish, root, knowledge);
  return namedTest(wish.test)?.unit === "port" ? locatePort(wish, root, knowledge) : locateObject(wish, root, knowledge);
}

/** After what was to be looked at was read, it is not there: what to say of it. */
export function notSupported({ test, path }: DiagnosisWish, located: Located & { readonly kind: "look" }, model: string): string {
  const what =
    test === REGISTRATION_TEST && path === null
      ? `no X_<OUI>_RegistrationDiagnostics below ${located.unitPath ?? located.path}`
      : `no ${located.path === "" ? "such object" : located.path}`;
  return `not supported by this model (${model}): the device has ${what}`;
}

const at = (path: string, unitPath: string | null = null): Located => ({ kind: "at", path, unitPath });
const present = (path: string, { names }: VoiceTree): boolean => names.some((name) => name.startsWith(path));

function locateRegistration({ unit }: DiagnosisWish, root: string, { tree, model }: LocatingKnowledge): Located {
  const lines = voiceLines(tree);
  if (lines.length === 0) return { kind: "look", path: voiceServices(root), unitPath: null };
  const line = lines.find(({ path, number }) => (unit?.includes(".") === true ? path === unit : String(number) === unit));
  if (line === undefined) return noSuchLine(unit ?? "", lines);
  if (line.registers === null) {
    const detail = `${line.path} has no SIP client: not supported by this model (${model}), or its Provider names another kind of line`;
    return { kind: "none", code: "not-supported", field: "line", detail };
  }
  const places = [line.registers, line.path];
  const found = tree.names.flatMap((name) => {
    const object = REGISTRATION_STATE.exec(name)?.[1];
    return object !== undefined && places.some((place) => object.startsWith(place)) ? [object] : [];
  });
  const [path] = found.sort((a, b) => (pathOrderKey(a) < pathOrderKey(b) ? -1 : 1));
  return path === undefined ? { kind: "look", path: line.registers, unitPath: line.path } : at(path, line.path);
}

/** Lines and ports told in an error. */
const TOLD_MAX = 16;
const IF_NEW = ". What was added since is known after a refresh";

function noSuchLine(unit: string, lines: readonly VoiceLine[]): Located {
  const enabled = lines.filter(({ number }) => number !== null).map(({ path, number }) => `${number} (${path})`);
  const disabled = lines.filter(({ number }) => number === null).map(({ path }) => path);
  const has = [
    enabled.length === 0 ? "no line that is enabled" : `these lines: ${enabled.slice(0, TOLD_MAX).join(", ")}`,
    ...(disabled.length === 0 ? [] : [`disabled, to be named by path: ${disabled.slice(0, TOLD_MAX).join(", ")}`]),
  ];
  const detail = `"${unit}" is no line of this device; it has ${has.join("; ")}`;
  return { kind: "none", code: "no-such-unit", field: "line", detail: `${detail}${IF_NEW}` };
}

function locatePort(wish: DiagnosisWish, root: string, { tree }: LocatingKnowledge): Located {
  const templates = templatesOf(namedTest(wish.test) ?? { unit: "port", templates: { tr098: [], tr181: [] }, arguments: {} }, root);
  const ports = objectsOf(tree.names, templates).map((path) => ({ path, unitPath: path.replace(/[^.]+\.$/, "") }));
  if (ports.length === 0) return { kind: "look", path: voiceServices(root), unitPath: null };
  const { unit } = wish;
  const numberOf = (unitPath: string): string => /\.(\d+)\.$/.exec(unitPath)?.[1] ?? "";
  const port = ports.find(({ unitPath }) => (unit?.includes(".") === true ? unitPath === unit : numberOf(unitPath) === unit));
  if (port !== undefined) return at(port.path, port.unitPath);
  const known = ports.slice(0, TOLD_MAX).map(({ unitPath }) => `${numberOf(unitPath)} (${unitPath})`);
  const detail = `"${unit}" is no port of this device for ${wish.test}; it has these: ${known.join(", ")}`;
  return { kind: "none", code: "no-such-unit", field: "port", detail: `${detail}${IF_NEW}` };
}

function locateObject(wish: DiagnosisWish, root: string, { tree, model }: LocatingKnowledge): Located {
  const named = namedTest(wish.test);
  const [template, ...others] = named === undefined ? [] : templatesOf(named, root);
  if (template === undefined) {
    const detail = `${wish.test} is not supported by this model (${model}): its data model, ${root} has no such test`;
    return { kind: "none", code: "not-supported", field: "test", detail };
  }
  const [found] = objectsOf(tree.names, [template, ...others]);
  return found === undefined ? { kind: "look", path: template.slice(0, firstInstance(template)), unitPath: null } : at(found);
}

/** Objects of these templates among the names, in path order. */
function objectsOf(names: readonly string[], templates: readonly string[]): readonly string[] {
  const objects = new Set(names.map((name) => name.slice(0, name.lastIndexOf(".") + 1)).filter((path) => isOf(path, templates)));
  return [...objects].sort((a, b) => (pathOrderKey(a) < pathOrderKey(b) ? -1 : 1));
}

const isOf = (path: string, templates: readonly string[]): boolean => templates.includes(codePath(path).template);
