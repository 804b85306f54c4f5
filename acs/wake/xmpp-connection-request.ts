/**
 * Connection requests over XMPP: the ACS keeps one stream to its XMPP server and asks devices by IQ.
 * The request carries the credentials in clear, so the stream is TLS unless the operator says otherwise.
 * Spec: TR-069 Annex K, urn:broadband-forum-org:cwmp:xmppConnReq-1-0; RFC 6120; field quirk 50. Layer: wake.
 */
import { randomUUID } from "node:crypto";
import { client, type Transport, type XmlElement, type XmppClient, xml } from "@xmpp/client";
import type { Clock } from "../../common/clock.js";
import type { Secret } from "../../common/config.js";
import type { Login } from "./http-connection-request.js";
import type { RungResult } from "./ladder.js";

export const XMPP_CONNECTION_REQUEST_LIMITS = {
  /** For a device's answer. */
  answerTimeoutMs: 10_000,
  /** For one step of opening the stream, and for all of them with the login. */
  openTimeoutMs: 10_000,
  loginTimeoutMs: 30_000,
  /** An idle stream is asked so often whether the server is still there. */
  pingEveryMs: 60_000,
  backOffMsMin: 1_000,
  backOffMsMax: 60_000,
  /** IQs under way; beyond it a device is tried again later. */
  requestsMax: 1_000,
} as const;

export interface XmppConnectionRequestOptions {
  /** "xmpps://host:port" is TLS from the first byte; "xmpp://host:port" is STARTTLS. */
  readonly service: string;
  readonly domain: string;
  readonly username: string;
  readonly password: Secret;
  /** For devices whose ConnReqAllowedJabberIDs name a full Jabber ID. Absent: the server chooses, so that several ACS don't displace each other. */
  readonly resource?: string;
  /** Whether the stream may stay without TLS. */
  readonly allowsPlaintext: boolean;
  /** Certificates (PEM) to trust for xmpps; absent: the system's, as for STARTTLS (NODE_EXTRA_CA_CERTS adds to them). */
  readonly ca?: string;
  /** Domains of Jabber IDs that are asked besides our own: a device must not make our server call at strangers. */
  readonly otherDomains: readonly string[];
  readonly clock: Clock;
  /** 0 ≤ random < 1: spreads reconnections. */
  readonly random: () => number;
  /** The stream came or went, for the log. Never holds a secret. */
  readonly onState: (state: "online" | "offline", detail: string) => void;
  readonly limits?: Partial<Record<keyof typeof XMPP_CONNECTION_REQUEST_LIMITS, number>>;
}

export interface XmppConnectionRequester {
  /** Never rejects. */
  send(jabberId: string, login: Login): Promise<RungResult>;
  isOnline(): boolean;
  close(): Promise<void>;
}

const NAMESPACE = "urn:broadband-forum-org:cwmp:xmppConnReq-1-0";

/** Connects at once, and again whenever the stream is lost. */
export function openXmppConnectionRequester(options: XmppConnectionRequestOptions): XmppConnectionRequester {
  const limits = { ...XMPP_CONNECTION_REQUEST_LIMITS, ...options.limits };
  let online: XmppClient | undefined;
  /** The stream that is up or being opened. A new one for each attempt: the library's own reconnection can be left half open. */
  let current: XmppClient | undefined;
  let failures = 0;
  let requests = 0;
  let isClosed = false;
  /** Of what comes next: the login's limit, a ping, another attempt. */
  let cancelTimer: () => void = () => undefined;

  function connect(): void {
    const stream = openStream(options, limits.openTimeoutMs);
    current = stream;
    cancelTimer = options.clock.after(limits.loginTimeoutMs, () => lost(stream, "the login takes too long"));
    stream.on("error", (error: unknown) => lost(stream, describe(error)));
    stream.on("disconnect", () => lost(stream, "the stream ended"));
    stream.start().then(
      () => {
        if (current !== stream) return;
        cancelTimer();
        online = stream;
        failures = 0;
        options.onState("online", options.service);
        pingLater(stream);
      },
      (error: unknown) => lost(stream, describe(error)),
    );
  }

  /** A server that vanished without a word (power, a NAT that forgot) is noticed before somebody needs it. */
  function pingLater(stream: XmppClient): void {
    cancelTimer = options.clock.after(limits.pingEveryMs, () => {
      void askIq(stream, options.domain, xml("ping", { xmlns: "urn:xmpp:ping" }), options.clock, limits.answerTimeoutMs).then((answer) => {
        // An error is an answer, too.
        if (typeof answer === "string") lost(stream, `the server does not answer (${answer})`);
        else if (online === stream) pingLater(stream);
      });
    });
  }

  function lost(stream: XmppClient, why: string): void {
    if (current !== stream) return;
    current = undefined;
    online = undefined;
    cancelTimer();
    cut(stream);
    if (isClosed) return;
    options.onState("offline", why);
    const backOffMs = Math.min(limits.backOffMsMin * 2 ** Math.min(failures++, 20), limits.backOffMsMax);
    cancelTimer = options.clock.after(backOffMs * (0.5 + options.random() / 2), connect);
  }

  async function send(jabberId: string, login: Login): Promise<RungResult> {
    if (!isAllowed(jabberId, options)) return { outcome: "refused", detail: "the Jabber ID is of a domain that is not allowed" };
    if (online === undefined) return { outcome: "unreachable", detail: "the ACS is not connected to its XMPP server" };
    if (requests >= limits.requestsMax) return { outcome: "busy", detail: "too many XMPP requests are under way" };
    requests++;
    try {
      return resultOf(await askIq(online, jabberId, connectionRequest(login), options.clock, limits.answerTimeoutMs));
    } finally {
      requests--;
    }
  }

  connect();
  return {
    send,
    isOnline: () => online !== undefined,
    close: async () => {
      isClosed = true;
      cancelTimer();
      const stream = current;
      current = undefined;
      const wasOnline = online !== undefined;
      online = undefined;
      if (stream === undefined) return;
      if (wasOnline) await stream.stop().catch(() => undefined);
      cut(stream);
    },
  };
}

function openStream(options: XmppConnectionRequestOptions, timeout: number): XmppClient {
  const { service, domain, username, password, resource, allowsPlaintext, ca } = options;
  const stream = client({
    ...{ service, domain, timeout },
    ...(resource === undefined ? {} : { resource }),
    credentials: async (authenticate, mechanisms, _fast, entity) => {
      // STARTTLS can be taken out of the server's offer by whoever sits between: here is the last moment before a secret is sent.
      if (!entity.isSecure() && !allowsPlaintext) throw new Error("no TLS: the server offers none, and ACS_XMPP_ALLOW_PLAINTEXT is off");
      const mechanism = mechanisms.find((name) => name.startsWith("SCRAM")) ?? mechanisms.find((name) => name === "PLAIN");
      if (mechanism === undefined) throw new Error(`none of the server's ways to log in is known: ${mechanisms.join(", ")}`);
      await authenticate({ username, password: password.reveal() }, mechanism);
    },
  });
  stream.reconnect.stop();
  stream.setMaxListeners(0); // one for each IQ under way: requestsMax
  judgeByDomain(stream.transports, { servername: domain, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) });
  return stream;
}

/**
 * RFC 6120 13.7.2.1: the certificate must be the domain's, on whatever host the service runs. The library hands the parameters of its
 * transport to tls.connect: these join them. (For STARTTLS it judges by the domain itself.)
 */
function judgeByDomain(transports: Transport[], options: object): void {
  for (const [i, transport] of transports.entries()) {
    const prototype = Object.create(transport.prototype) as Transport["prototype"];
    prototype.socketParameters = (service) => {
      const parameters = transport.prototype.socketParameters(service);
      return parameters === undefined || !service.startsWith("xmpps:") ? parameters : { ...parameters, ...options };
    };
    transports[i] = { prototype };
  }
}

/** What is left of a stream that serves no more. */
function cut(stream: XmppClient): void {
  // The library emits errors of sockets that it has given up.
  stream.on("error", () => undefined);
  stream.socket?.destroy?.();
  stream.socket?.socket?.destroy();
}

/**
 * Asks by IQ (RFC 6120 8.2.3); never rejects. Not by the library's iqCaller: an error that arrives before its write is confirmed is
 * rejected where nobody listens yet, which ends the process.
 * @returns The answering stanza, result or error; or why there is none.
 */
function askIq(stream: XmppClient, to: string, request: XmlElement, clock: Clock, timeoutMs: number): Promise<XmlElement | string> {
  const id = randomUUID(); // nobody can answer for another without knowing it
  return new Promise((resolve) => {
    const settle = (answer: XmlElement | string): void => {
      cancel();
      stream.off("stanza", hear);
      stream.off("disconnect", onEnd);
      resolve(answer);
    };
    const hear = (stanza: XmlElement): void => {
      const { type } = stanza.attrs;
      if (stanza.name === "iq" && stanza.attrs["id"] === id && (type === "result" || type === "error")) settle(stanza);
    };
    const onEnd = (): void => settle("the stream ended");
    const cancel = clock.after(timeoutMs, () => settle("timed out"));
    stream.on("stanza", hear);
    stream.on("disconnect", onEnd);
    stream.send(xml("iq", { type: "get", to, id }, request)).catch((error: unknown) => settle(describe(error)));
  });
}

const connectionRequest = ({ username, password }: Login): XmlElement =>
  xml("connectionRequest", { xmlns: NAMESPACE }, xml("username", {}, username), xml("password", {}, password));

function isAllowed(jabberId: string, { domain, otherDomains }: XmppConnectionRequestOptions): boolean {
  const host = jabberId
    .slice(jabberId.indexOf("@") + 1)
    .split("/")[0]
    ?.toLowerCase();
  return [domain, ...otherDomains].some((allowed) => allowed.toLowerCase() === host);
}

/** "Bad credentials: not-authorized; sender not allowed or busy: service-unavailable". A server says the same of a device that is away. */
function resultOf(answer: XmlElement | string): RungResult {
  if (typeof answer === "string") return { outcome: "unanswered", detail: `no answer to the IQ (${answer})` };
  if (answer.attrs["type"] === "result") return { outcome: "accepted", detail: "answered with a result" };
  const condition = conditionOf(answer);
  if (condition.startsWith("not-aut")) return { outcome: "wrong-credentials", detail: "not-authorized: the device has other credentials" };
  if (condition === "service-unavailable")
    return { outcome: "unreachable", detail: "service-unavailable: offline, busy, or refuses this ACS" };
  if (condition === "resource-constraint") return { outcome: "busy", detail: condition };
  if (OFFLINE_CONDITIONS.has(condition)) return { outcome: "unreachable", detail: condition };
  return { outcome: "refused", detail: condition };
}

const OFFLINE_CONDITIONS: ReadonlySet<string> = new Set([
  "item-not-found",
  "recipient-unavailable",
  "remote-server-not-found",
  "remote-server-timeout",
]);

const CONDITION_CHARACTERS_MAX = 64;

/** RFC 6120 8.3.2: the first element inside the error. */
function conditionOf(stanza: XmlElement): string {
  const [condition] = (stanza.getChild("error")?.children ?? []).filter((one) => typeof one !== "string");
  return condition?.name.slice(0, CONDITION_CHARACTERS_MAX) ?? "an error without condition";
}

/** OpenSSL's own message begins with numbers; its reason is a sentence. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "reason" in error && typeof error.reason === "string" ? error.reason : error.message || error.name;
}
