/**
 * The REST interface of the ACS as a command sees it: requests with the token, refusals as sentences, the event stream.
 * Spec: docs/rest-api.md; RFC 9457 (problems). Layer: command line.
 */
import type { Secret } from "../common/config.js";
import { CommandFailed, EXIT } from "./exit-codes.js";
import { plain } from "./plain-text.js";
import { readServerSentEvents, type ServerSentEvent } from "./server-sent-events.js";

export interface AcsAddress {
  /** Without "/" at its end. */
  readonly url: string;
  readonly token: Secret;
}

/** The ACS is not there, or the connection broke: it may be there again later. */
export class AcsUnreachable extends CommandFailed {}

const ANSWER_TIMEOUT_MS = 60_000;
const ERRORS_SHOWN = 10;

export interface AcsRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: string;
  /** Default: JSON. */
  readonly type?: string;
  /** Aborted: nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

export interface EventWish {
  readonly signal: AbortSignal;
  readonly lastEventId: string | undefined;
  /** The stream is open: what happens from now on will be told. */
  readonly onOpen: () => void;
}

export class AcsClient {
  readonly #address: AcsAddress;

  constructor(address: AcsAddress) {
    this.#address = address;
  }

  get url(): string {
    return this.#address.url;
  }

  /** @throws {CommandFailed} A refusal, in the words of the ACS. @throws {AcsUnreachable} */
  async ask<T>(path: string, request: AcsRequest = {}): Promise<T> {
    const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const response = await this.#fetch(path, request, signal);
    try {
      return (await response.json()) as T;
    } catch {
      throw new AcsUnreachable(`${this.url} broke off its answer, or is no Reveille ACS`);
    }
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.ask<T>(path, { method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** Events from now on, or after `lastEventId`, until the connection ends. @throws as `ask`. */
  async *events(query: string, { signal, lastEventId, onOpen }: EventWish): AsyncGenerator<ServerSentEvent, void> {
    const since = lastEventId === undefined ? "" : `&lastEventId=${encodeURIComponent(lastEventId)}`;
    const response = await this.#fetch(`/api/events/stream?${query}${since}`, {}, signal);
    if (response.body === null) throw new AcsUnreachable(`${this.url} sends no events`);
    onOpen();
    yield* readServerSentEvents(response.body);
  }

  async #fetch(path: string, { method = "GET", body, type = "application/json" }: AcsRequest, signal: AbortSignal): Promise<Response> {
    const headers = {
      Authorization: `Bearer ${this.#address.token.reveal()}`,
      ...(body === undefined ? {} : { "Content-Type": type }),
    };
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, { method, headers, signal, redirect: "error", ...(body === undefined ? {} : { body }) });
    } catch (error) {
      throw new AcsUnreachable(`the ACS at ${this.url} does not answer (${causeOf(error)}): is it running, and is --acs-url right?`);
    }
    if (!response.ok) throw await refusalOf(response, this.url);
    return response;
  }
}

async function refusalOf(response: Response, url: string): Promise<CommandFailed> {
  const text = await response.text().catch(() => "");
  if (response.status === 401) return new CommandFailed(`the ACS at ${url} does not take the token in REVEILLE_TOKEN`, EXIT.usage);
  const problem = problemOf(text);
  const detail = problem ?? `${url} answered ${response.status}, and not as a Reveille ACS does: is --acs-url right?`;
  return response.status === 503 ? new AcsUnreachable(detail) : new CommandFailed(detail);
}

/** undefined: it is none. */
function problemOf(text: string): string | undefined {
  try {
    const { detail, errors } = JSON.parse(text) as { detail?: unknown; errors?: readonly { field?: unknown; detail?: unknown }[] };
    if (typeof detail !== "string") return undefined;
    if (!Array.isArray(errors) || errors.length < 2) return plain(detail);
    return errors
      .slice(0, ERRORS_SHOWN)
      .map((one) => plain(`${one.field} ${one.detail}`))
      .join("\n");
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code !== "") return code;
  return cause instanceof Error ? plain(cause.message) : "no answer";
}
