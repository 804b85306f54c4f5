/**
 * A registrar that answers as a test wants, over real UDP, and sends NOTIFY to whom it registered.
 * Layer: test support.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../common/clock.js";
import { digestHa1, parseCredentials, provesPassword } from "../../common/digest.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openUdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import { answerChallenge } from "../../sip-bridge/sip/answer-challenge.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import { readContacts, readSeconds } from "../../sip-bridge/sip/header-values.js";
import { header, headerValue, type SipRequest, type SipResponse } from "../../sip-bridge/sip/message.js";

export interface RegistrarOptions {
  /** Asks for digest with this password. */
  readonly password?: string;
  readonly algorithm?: "MD5" | "SHA-256";
  /** Shorter intervals get 423. */
  readonly expiresMinS?: number;
  /** What is granted, whatever was asked. */
  readonly expiresGrantedS?: number;
  /** Statuses for the first REGISTERs, before the rest is done; "silence": no answer. */
  readonly first?: readonly (number | "silence")[];
  /** Default "127.0.0.1". */
  readonly address?: string;
}

export interface ScriptedRegistrar {
  readonly port: number;
  /** All REGISTERs, answered or not. */
  readonly registers: readonly SipRequest[];
  /** Resolves with the nth REGISTER. */
  register(nth: number): Promise<SipRequest>;
  /** Sends NOTIFY to a contact and resolves with its final answer; undefined: none within `waitMs`. */
  notify(contactUri: string, event: string, more?: NotifyOptions): Promise<SipResponse | undefined>;
  close(): Promise<void>;
}

export interface NotifyOptions {
  readonly waitMs?: number;
  readonly method?: string;
  readonly toTag?: string;
  /** Answers a digest challenge with these. */
  readonly login?: { readonly username: string; readonly password: string };
}

const REALM = "voice.example";
/** Quick retransmissions, so that a lost answer costs no time. */
const TIMERS = { t1Ms: 50, t2Ms: 200, t4Ms: 200 };

export async function openScriptedRegistrar(options: RegistrarOptions = {}): Promise<ScriptedRegistrar> {
  const registers: SipRequest[] = [];
  const waiting: { readonly nth: number; readonly resolve: (request: SipRequest) => void }[] = [];
  const first = [...(options.first ?? [])];
  const endpoint = await openUdpEndpoint({
    address: options.address ?? "127.0.0.1",
    port: 0,
    clock: systemClock,
    randomBytes,
    timers: TIMERS,
    onRequest: (incoming) => {
      registers.push(incoming.request);
      answerRegister(incoming, options, first.shift());
      for (const waiter of waiting) if (waiter.nth === registers.length) waiter.resolve(incoming.request);
    },
    onHandlerError: (error) => {
      throw error;
    },
  });

  function send(request: SipRequest, port: number, waitMs: number): Promise<SipResponse | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), waitMs);
      endpoint.layer.request(request, endpoint.transport.flowTo("127.0.0.1", port), (event) => {
        if (event.kind !== "final") return;
        clearTimeout(timer);
        resolve(event.response);
      });
    });
  }

  return {
    port: endpoint.transport.localPort,
    registers,
    register: (nth) => {
      const past = registers[nth - 1];
      return past === undefined ? new Promise((resolve) => waiting.push({ nth, resolve })) : Promise.resolve(past);
    },
    notify: async (contactUri, event, { waitMs = 2_000, method = "NOTIFY", toTag, login } = {}) => {
      const request = buildRequest({
        method,
        uri: contactUri,
        from: { uri: `sip:acs@${REALM}`, params: [{ name: "tag", value: randomBytes(8).toString("hex") }] },
        to: { uri: contactUri, params: toTag === undefined ? [] : [{ name: "tag", value: toTag }] },
        callId: randomBytes(8).toString("hex"),
        cseq: 1,
        headers: [
          ...(event === "" ? [] : [header("Event", event)]),
          header("Subscription-State", "terminated"),
          header("Contact", "<sip:acs@127.0.0.1>"),
        ],
      });
      const port = Number(/:(\d+)$/.exec(contactUri)?.[1]);
      const answer = await send(request, port, waitMs);
      if (answer?.status !== 401 || login === undefined) return answer;
      const { username, password } = login;
      const again = answerChallenge(request, answer, {
        username,
        ha1: (hash, realm) => digestHa1(hash, username, realm, password),
        cnonce: "c",
        nc: 1,
      });
      return again === undefined ? answer : send(again, port, waitMs);
    },
    close: () => endpoint.close(),
  };
}

function answerRegister(incoming: IncomingRequest, options: RegistrarOptions, forced: number | "silence" | undefined): void {
  const answer = forced === undefined ? judge(incoming.request, options) : { status: forced, headers: [] };
  if (answer.status !== "silence") incoming.answer(answer.status, { headers: answer.headers });
}

function judge(request: SipRequest, { password, algorithm = "MD5", expiresMinS = 0, expiresGrantedS }: RegistrarOptions) {
  const expires = readSeconds(request, "expires") ?? 3_600;
  if (expires > 0 && expires < expiresMinS) return { status: 423, headers: [header("Min-Expires", expiresMinS)] };
  if (password !== undefined && !proves(request, password, algorithm)) {
    const challenge = `Digest realm="${REALM}", nonce="${randomBytes(8).toString("hex")}", qop="auth", algorithm=${algorithm}`;
    return { status: 401, headers: [header("WWW-Authenticate", challenge)] };
  }
  const contacts = readContacts(request);
  const uri = contacts === "*" ? "" : (contacts[0]?.uri ?? "");
  return { status: 200, headers: expires === 0 ? [] : [header("Contact", `<${uri}>;expires=${expiresGrantedS ?? expires}`)] };
}

function proves(request: SipRequest, password: string, algorithm: "MD5" | "SHA-256"): boolean {
  const credentials = parseCredentials(headerValue(request, "authorization") ?? "");
  if (credentials === undefined) return false;
  return provesPassword(credentials, { [algorithm]: digestHa1(algorithm, credentials.username, REALM, password) }, { method: "REGISTER" });
}
