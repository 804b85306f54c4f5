/**
 * What the relay keeps in mind of one device's session, and what it learns from the messages that pass: who the device is, whether the ACS
 * took it in, which login the ACS gave it. A login counts once the device has said that it took it.
 * Spec: TR-069 3.7.1, A.3.2.1, 3.2.2. Layer: connection-requests, pure.
 */
import type { SeenDevice, SeenMessage, SeenValue } from "./read-message.js";
import { tellsOfLine } from "./voice-line.js";

export interface PassingSession {
  /** OUI-ProductClass-SerialNumber of the last Inform; "": none yet. */
  readonly device: string;
  /** The ACS has answered that Inform. */
  readonly isTakenIn: boolean;
  /** What the ACS asked the device to take, until the device answers. */
  readonly offered: OfferedLogin | undefined;
}

export interface OfferedLogin {
  readonly messageId: string;
  /** TR-069 lets an ACS set one without the other. */
  readonly username?: string;
  readonly password?: string;
}

export const NO_SESSION: PassingSession = { device: "", isTakenIn: false, offered: undefined };

const SETTING = /^(?:InternetGatewayDevice|Device)\.ManagementServer\.ConnectionRequest(URL|Username|Password)$/;

const settingOf = (name: string): string | undefined => SETTING.exec(name)?.[1];
/** Parameters that the relay looks at. */
export const isOfInterest = (name: string): boolean => SETTING.test(name) || tellsOfLine(name);
export const urlsOf = (message: SeenMessage): readonly SeenValue[] =>
  message.kind === "SetParameterValues" ? [] : message.values.filter(({ name }) => settingOf(name) === "URL");

/** The same as an ACS of ours names it: each part percent-encoded, so that no two devices share a name (TR-069 3.4.4). */
export function deviceName({ oui, productClass, serialNumber }: SeenDevice): string {
  return (productClass === "" ? [oui, serialNumber] : [oui, productClass, serialNumber]).map(encodePart).join("-");
}

const encodePart = (part: string): string =>
  encodeURIComponent(part.toWellFormed()).replace(/[-!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** What the device has said. @param message undefined: nothing, or what we don't understand. */
export function deviceSaid(
  session: PassingSession,
  message: SeenMessage | undefined,
): { readonly session: PassingSession; readonly taken?: OfferedLogin } {
  if (message?.kind === "Inform") {
    const device = message.device === undefined ? "" : deviceName(message.device);
    return { session: { device, isTakenIn: false, offered: undefined } };
  }
  const { offered } = session;
  const settled = offered === undefined ? session : { ...session, offered: undefined };
  const isTaken = message?.kind === "SetParameterValuesResponse" && offered !== undefined && isAnswer(message.id, offered.messageId);
  return isTaken ? { session: settled, taken: offered } : { session: settled };
}

/** Some devices leave the id out. */
const isAnswer = (id: string, asked: string): boolean => id === asked || id === "" || asked === "";

/** What the ACS has answered. */
export function acsSaid(session: PassingSession, message: SeenMessage): PassingSession {
  if (message.kind === "InformResponse") return { ...session, isTakenIn: session.device !== "" };
  if (message.kind !== "SetParameterValues" || !session.isTakenIn) return session;
  const username = lastValue(message, "Username");
  const password = lastValue(message, "Password");
  if (username === undefined && password === undefined) return session;
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  return { ...session, offered: { messageId: message.id, ...login } };
}

/** The last one, as the device would. */
const lastValue = (message: SeenMessage, setting: string): string | undefined =>
  message.values.findLast(({ name }) => settingOf(name) === setting)?.text;

/** ConnectionRequestUsername as the device tells it; undefined: it does not. */
export const toldUsername = (message: SeenMessage): string | undefined =>
  message.kind === "GetParameterValuesResponse" || message.kind === "Inform" ? lastValue(message, "Username") : undefined;

/** What the device told of its voice lines. */
export const toldLines = (message: SeenMessage): readonly SeenValue[] =>
  message.kind === "GetParameterValuesResponse" ? message.values.filter(({ name }) => tellsOfLine(name)) : [];
