/**
 * What an NMS client posts: the registration message (on its own, regularly) and the non-voice request (after a trigger). Both tell who the
 * gateway is, its basic information, and what became of the last action that it was told to carry out.
 * Spec: US 2012/0089717 A1 [0049], [0056], [0061], [0066], [0070], [0076]. Layer: codec, pure. Golden: test/golden/nms/registration*, request*.
 */
import { MalformedMessage } from "../cwmp/malformed-message.js";
import { child, type Element, el, optionalChild } from "../cwmp/xml.js";
import { NMS_VERSION, readDocument, textOf, writeDocument } from "./nms-document.js";
import { type NmsParameter, readParameters, writeParameter } from "./parameter-element.js";

export interface GatewayMessage {
  /** "registration": "ready to receive messages at any time" [0061]. "request": "what is to be done?" [0066]. */
  readonly kind: "registration" | "request";
  readonly identity: NmsIdentity;
  readonly information: BasicInformation;
  /** null: it was told to do nothing yet, or does not tell. */
  readonly lastAction: LastAction | null;
  /** Values that it tells, among them those that it was told to set. */
  readonly parameters: readonly NmsParameter[];
}

/** Whose message it is; the same identity as in an Inform. */
export interface NmsIdentity {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
}

/** "File name, version information, upgrade server and protocol way" [0049], "IP and version information" [0070]; "" where nothing is told. */
export interface BasicInformation {
  readonly manufacturer: string;
  readonly ip: string;
  readonly softwareVersion: string;
  readonly hardwareVersion: string;
  /** Of the file that it runs. */
  readonly fileName: string;
  readonly upgradeServer: string;
  readonly downloadMethod: string;
}

export const LAST_ACTION_RESULTS = ["pending", "success", "failure"] as const;

export interface LastAction {
  /** As in the response that asked for it; "": that had none. */
  readonly id: string;
  /** "reboot", "version", "config" or "parameters". */
  readonly action: string;
  /** "pending": taken, and not carried out yet. */
  readonly result: (typeof LAST_ACTION_RESULTS)[number];
  /** For people, after a failure. */
  readonly detail: string;
}

export function writeGatewayMessage({ kind, identity, information, lastAction, parameters }: GatewayMessage): string {
  const { oui, productClass, serialNumber } = identity;
  return writeDocument(
    el(
      kind,
      {},
      el("header", {}, ...texts({ version: NMS_VERSION, oui, productclass: productClass, serialnumber: serialNumber })),
      el(
        "body",
        {},
        writeInformation(information),
        lastAction === null ? [] : [writeLastAction(lastAction)],
        parameters.map(writeParameter),
      ),
    ),
  );
}

/** @throws {MalformedMessage} Not well-formed, too large, no message of a gateway, or it does not say whose it is. */
export function readGatewayMessage(bytes: Uint8Array, contentType?: string): GatewayMessage {
  const root = readDocument(bytes, contentType, ["registration", "request"]);
  const body = optionalChild(root, "body");
  return {
    kind: root.localName.toLowerCase() === "registration" ? "registration" : "request",
    identity: readIdentity(child(root, "header")),
    information: readInformation(body),
    lastAction: readLastAction(body),
    parameters: readParameters(body),
  };
}

const PART_CHARACTERS_MAX = 64;
const OUI = /^[0-9A-F]{6}$/;

function readIdentity(header: Element): NmsIdentity {
  const oui = textOf(header, "oui").toUpperCase();
  if (!OUI.test(oui)) throw new MalformedMessage("header/oui", "missing, or not six hexadecimal digits");
  const serialNumber = textOf(header, "serialnumber", PART_CHARACTERS_MAX);
  if (serialNumber === "") throw new MalformedMessage("header/serialnumber", "missing");
  return { oui, productClass: textOf(header, "productclass", PART_CHARACTERS_MAX), serialNumber };
}

function writeInformation(information: BasicInformation): readonly Element[] {
  const { manufacturer, ip, softwareVersion, hardwareVersion, fileName, upgradeServer, downloadMethod } = information;
  return texts({
    ...{ manufacturer, ip, softwareversion: softwareVersion, hardwareversion: hardwareVersion, filename: fileName },
    ...{ upgradeserver: upgradeServer, downloadmethod: downloadMethod },
  }).filter(({ text }) => text !== "");
}

function readInformation(body: Element | undefined): BasicInformation {
  return {
    manufacturer: textOf(body, "manufacturer"),
    ip: textOf(body, "ip"),
    softwareVersion: textOf(body, "softwareversion"),
    hardwareVersion: textOf(body, "hardwareversion"),
    fileName: textOf(body, "filename"),
    upgradeServer: textOf(body, "upgradeserver"),
    downloadMethod: textOf(body, "downloadmethod"),
  };
}

function writeLastAction({ id, action, result, detail }: LastAction): Element {
  return el("lastaction", {}, ...texts({ id, action, result, detail }).filter(({ text }) => text !== ""));
}

function readLastAction(body: Element | undefined): LastAction | null {
  const element = body === undefined ? undefined : optionalChild(body, "lastaction");
  if (element === undefined) return null;
  const told = textOf(element, "result").toLowerCase();
  const result = LAST_ACTION_RESULTS.find((name) => name === told);
  if (result === undefined) throw new MalformedMessage("lastaction/result", `must be one of ${LAST_ACTION_RESULTS.join(", ")}`);
  return { id: textOf(element, "id"), action: textOf(element, "action").toLowerCase(), result, detail: textOf(element, "detail", 1_024) };
}

const texts = (named: Readonly<Record<string, string>>): readonly Element[] =>
  Object.entries(named).map(([name, text]) => el(name, {}, text));
