/**
 * What the CWMP relay does with the messages that pass: learns logins and lines, and gives the ACS our ConnectionRequestURL in place of
 * the device's, as soon as a request to it could be served. Until then the device's own is left alone, and an event says why.
 * Spec: TR-069 3.2.2, A.3.2.1, A.3.2.2, A.3.3.1. Layer: sip-bridge (shell of connection-requests/).
 */
import type { Clock } from "../common/clock.js";
import { messageText } from "./connection-requests/message-text.js";
import {
  acsSaid,
  deviceSaid,
  isOfInterest,
  NO_SESSION,
  type OfferedLogin,
  type PassingSession,
  toldLines,
  toldUsername,
  urlsOf,
} from "./connection-requests/passing.js";
import { readMessage, type SeenMessage } from "./connection-requests/read-message.js";
import { replaceValues } from "./connection-requests/replace-values.js";
import { type ConnectionRequestTarget, connectionRequestUrl, targetKeyOf } from "./connection-requests/target.js";
import { voiceLineOf } from "./connection-requests/voice-line.js";
import type { GatewayEvent } from "./http/gateway-event.js";
import { createRecent } from "./recent.js";
import type { Domains } from "./registrar/address-of-record.js";
import type { TargetBook, TargetSettings } from "./target-book.js";

/** Devices whose halves of logins and voice lines are kept in mind between sessions. */
const REMEMBERED = { entriesMax: 20_000, ageMsMax: 86_400_000 };
const LINE_VALUES_MAX = 64;
const LINE_CHARACTERS_MAX = 256;
/** A device that was not seen for so long is not in the way of another that has its line now. */
const REPLACED_AFTER_MS = 86_400_000;

export interface RelayServiceOptions {
  readonly book: TargetBook;
  readonly publicUrl: string;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly tell: (event: GatewayEvent) => void;
  readonly onError: (error: unknown) => void;
}

/** One device's session, as long as it can be told which it is. */
export interface RelaySession {
  passing: PassingSession;
  /** What the device announced and what became of it: believed, told and stored once the ACS has taken the device in. */
  noted?: { readonly url: string; readonly why: string } | undefined;
}

export interface RelayService {
  /** @returns What is to be sent to the ACS in its place; undefined: the same octets. Never rejects. */
  fromDevice(session: RelaySession, octets: Buffer, contentType: string | undefined): Promise<Buffer | undefined>;
  fromAcs(session: RelaySession, octets: Buffer, contentType: string | undefined): void;
  counters(): Readonly<Record<string, number>>;
}

export const newRelaySession = (): RelaySession => ({ passing: NO_SESSION });

export function createRelayService({ book, publicUrl, domains, clock, tell, onError }: RelayServiceOptions): RelayService {
  const counters = { messages: 0, notUnderstood: 0, urlsReplaced: 0, urlsLeft: 0, loginsLearnt: 0, targetsLearnt: 0, devicesLeftOut: 0 };
  const logins = createRecent<Omit<OfferedLogin, "messageId">>(REMEMBERED);
  const lines = createRecent<ReadonlyMap<string, string>>(REMEMBERED);
  const told = createRecent<string>(REMEMBERED);
  const seen = createRecent<true>({ ...REMEMBERED, ageMsMax: REPLACED_AFTER_MS });
  const leftOut = createRecent<true>(REMEMBERED);
  const openedAtMs = clock.now();

  const changed = (
    kind: "login-learnt" | "login-unknown" | "target-learnt" | "url-replaced" | "url-left",
    device: string,
    detail: string,
  ): void => tell({ kind, atMs: clock.now(), device, detail });

  async function fromDevice(session: RelaySession, octets: Buffer, contentType: string | undefined): Promise<Buffer | undefined> {
    const text = messageText(octets, contentType);
    const message = text === undefined ? undefined : readMessage(text, isOfInterest);
    const { session: passing, taken } = deviceSaid(session.passing, message);
    session.passing = passing;
    if (octets.length > 0) counters[message === undefined ? "notUnderstood" : "messages"]++;
    if (passing.device === "") return undefined;
    try {
      await settle(session);
      if (text === undefined || message === undefined) return undefined;
      if (taken !== undefined) await learnLogin(passing.device, taken);
      if (passing.isTakenIn) await learnLine(passing.device, message);
      const url = await ourUrl(session, message);
      if (url === undefined) return undefined;
      const places = urlsOf(message).map(({ place }) => place);
      return replaceValues(octets, text, places, url);
    } catch (error) {
      onError(error); // the session goes on as it would without us
      return undefined;
    }
  }

  /** TR-069 lets the ACS set one half at a time; the hash needs both. */
  async function learnLogin(device: string, { username, password }: OfferedLogin): Promise<void> {
    const nowMs = clock.now();
    const login = {
      ...logins.get(device, nowMs),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    logins.set(device, login, nowMs);
    const name = login.username ?? (await book.store.ofDevice(device))?.username;
    if (name === undefined || name === "" || login.password === undefined) {
      changed(
        "login-unknown",
        device,
        `the ACS has set its ${username === undefined ? "password" : "user name"} alone, the other half is not known`,
      );
      return;
    }
    if (!(await keep({ device, username: name, password: login.password }))) return;
    counters.loginsLearnt++;
    changed("login-learnt", device, `user name ${name}`);
  }

  /** false: as many devices are known as may be, and this one is none of them. */
  async function keep(settings: TargetSettings): Promise<boolean> {
    if ((await book.set(settings, "relay")) !== "full") return true;
    counters.devicesLeftOut++;
    leftOut.set(settings.device, true, clock.now());
    return false;
  }

  async function learnLine(device: string, message: SeenMessage): Promise<void> {
    const nowMs = clock.now();
    const username = toldUsername(message);
    if (username !== undefined && username !== "") logins.set(device, { ...logins.get(device, nowMs), username }, nowMs);
    const values = toldLines(message).filter(({ text }) => text.length <= LINE_CHARACTERS_MAX);
    if (values.length === 0) return;
    const known = new Map(lines.get(device, nowMs));
    for (const { name, text } of values) if (known.has(name) || known.size < LINE_VALUES_MAX) known.set(name, text);
    lines.set(device, known, nowMs);
    const addressOfRecord = voiceLineOf(known, domains);
    if (addressOfRecord !== undefined) await learnTarget(device, addressOfRecord);
  }

  async function learnTarget(device: string, addressOfRecord: string): Promise<void> {
    const target = { by: "address-of-record", addressOfRecord } as const;
    const key = targetKeyOf(target, domains);
    const row = await book.store.ofDevice(device);
    const isSettled = row !== undefined && row.target !== null && (row.targetBy === "operator" || targetKeyOf(row.target, domains) === key);
    if (isSettled) return;
    const others = (await book.store.withTarget(key, 2)).filter((other) => other.device !== device);
    if (others.some(isInTheWay)) {
      changed("url-left", device, `its line ${addressOfRecord} is also that of ${others[0]?.device}`);
      return;
    }
    for (const other of others) await book.set({ device: other.device, target: null }, "relay");
    if (!(await keep({ device, target }))) return;
    counters.targetsLearnt++;
    changed("target-learnt", device, addressOfRecord);
  }

  /** A line moves to the device that took another's place, but not to whoever claims it. */
  function isInTheWay({ device, targetBy }: ConnectionRequestTarget): boolean {
    const nowMs = clock.now();
    return targetBy === "operator" || nowMs - openedAtMs < REPLACED_AFTER_MS || seen.get(device, nowMs) !== undefined;
  }

  /** undefined: the message has no URL, or it is to be left alone. Reads only: whoever calls may call himself anything. */
  async function ourUrl(session: RelaySession, message: SeenMessage): Promise<string | undefined> {
    const [url] = urlsOf(message);
    if (url === undefined) return undefined;
    const row = await book.store.ofDevice(session.passing.device);
    const ours = row === undefined ? undefined : connectionRequestUrl(publicUrl, row.id);
    const isLeftOut = row === undefined && leftOut.get(session.passing.device, clock.now()) !== undefined;
    const why = isLeftOut ? "too many devices are known already (RELAY_DEVICES_MAX)" : whyLeft(row);
    counters[why === "" ? "urlsReplaced" : "urlsLeft"]++;
    session.noted = { url: url.text === ours ? "" : url.text, why };
    await settle(session);
    const isOurs = urlsOf(message).every(({ text }) => text === ours); // some devices can be told to announce it themselves
    return why === "" && !isOurs ? ours : undefined;
  }

  async function settle(session: RelaySession): Promise<void> {
    const { passing, noted } = session;
    if (!passing.isTakenIn || noted === undefined) return;
    session.noted = undefined;
    const { device } = passing;
    seen.set(device, true, clock.now());
    tellOnce(device, noted.why);
    const row = await book.store.ofDevice(device);
    if (row !== undefined && noted.url !== "" && noted.url !== row.originalUrl) await book.set({ device, originalUrl: noted.url }, "relay");
  }

  function tellOnce(device: string, why: string): void {
    if (told.get(device, clock.now()) === why) return;
    told.set(device, why, clock.now());
    if (why === "") changed("url-replaced", device, "the ACS gets the gateway's URL");
    else changed("url-left", device, why);
  }

  return {
    fromDevice,
    fromAcs(session, octets, contentType) {
      const text = messageText(octets, contentType);
      const message = text === undefined ? undefined : readMessage(text, isOfInterest);
      if (message !== undefined) session.passing = acsSaid(session.passing, message);
    },
    counters: () => ({ ...counters }),
  };
}

/** "": it is replaced. */
function whyLeft(row: ConnectionRequestTarget | undefined): string {
  if (row === undefined || (row.target === null && row.sealedHa1s === "")) return "neither its line nor its login is known";
  if (row.target === null) return "its line is not known";
  return row.sealedHa1s === "" ? "its login is not known" : "";
}
