/**
 * Sends a file for an Upload: HTTP PUT, with the credentials of the RPC.
 * Spec: TR-069 A.4.1.5, 3.4.3 (credentials), A.5.1 (faults); RFC 9110 9.3.4. Layer: cpe.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../common/clock.js";
import { TransferFailure } from "./download-file.js";
import { authorize, type KnownChallenge, type Login, readChallenge } from "./http-credentials.js";
import { type HttpConnections, openHttpConnections } from "./http-exchange.js";

export interface UploadFileOptions {
  readonly url: string;
  /** Both "": none. */
  readonly login: Login;
  readonly content: Uint8Array;
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly newCnonce: () => string;
  readonly ca?: string;
  /** Aborted when the device loses power. */
  readonly power: AbortSignal;
}

/** Errors of a connection that never came about. */
const NO_CONTACT: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

/** @throws {TransferFailure} 9011, 9012 or 9015. */
export async function uploadFile(options: UploadFileOptions): Promise<void> {
  const http = openHttpConnections(options.clock, options.silenceMs, options.ca === undefined ? {} : { ca: options.ca });
  const cut = (): void => http.close();
  options.power.addEventListener("abort", cut);
  try {
    await putFile(http, options);
  } finally {
    options.power.removeEventListener("abort", cut);
    http.close();
  }
}

/** Answers one challenge. Redirections are not followed: who may read a configuration is the ACS's to say. */
async function putFile(http: HttpConnections, options: UploadFileOptions): Promise<void> {
  const first = await put(http, undefined, options);
  if (first.status !== 401 || options.login.username === "") return judge(first.status);
  const known = readChallenge(first.wwwAuthenticate, true);
  if (known === undefined) throw new TransferFailure(9012, "no challenge that can be answered");
  judge((await put(http, known, options)).status);
}

function judge(status: number): void {
  if (status === 401 || status === 403) throw new TransferFailure(9012, `HTTP ${status}`);
  if (status < 200 || status > 299) throw new TransferFailure(9011, `HTTP ${status}`);
}

async function put(
  http: HttpConnections,
  known: KnownChallenge | undefined,
  { url: text, login, content, newCnonce }: UploadFileOptions,
): Promise<{ readonly status: number; readonly wwwAuthenticate: string }> {
  const url = new URL(text);
  const proof = known && authorize(known, login, { method: "PUT", uri: url.pathname + url.search, cnonce: newCnonce() });
  const headers = { "Content-Type": "application/octet-stream", ...(proof === undefined ? {} : { Authorization: proof.header }) };
  try {
    const response = await http.send({ url, method: "PUT", headers, body: content });
    await drain(response);
    return { status: response.statusCode ?? 0, wwwAuthenticate: response.headers["www-authenticate"] ?? "" };
  } catch (error) {
    const isNoContact = error instanceof Error && "code" in error && NO_CONTACT.has(error.code);
    throw new TransferFailure(isNoContact ? 9015 : 9011, error instanceof Error ? error.message : "HTTP failed", { cause: error });
  }
}

async function drain(response: IncomingMessage): Promise<void> {
  response.resume();
  if (!response.readableEnded) await once(response, "end"); // "error" rejects
}
