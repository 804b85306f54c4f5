/**
 * A file server that also takes files, and can fail in each of the ways a transfer can fail.
 * Layer: test support.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { digestHa1, parseCredentials, provesPassword } from "../../common/digest.js";

export type FileAnswer =
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  /** Says how long the file is and closes the connection in the middle. */
  | { readonly kind: "cut"; readonly bytes: Uint8Array }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Sends the head and half of the file, and never the rest. */
  | { readonly kind: "stall"; readonly bytes: Uint8Array };

export interface ScriptedFileServer {
  readonly url: string;
  /** What each path is answered. */
  readonly files: Map<string, FileAnswer>;
  /** What was put at each path; a path without an answer in `files` takes it. */
  readonly uploads: ReadonlyMap<string, Buffer>;
  /** Requests in order: "GET /path", with the scheme of their credentials. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param login Asks for these credentials, by the scheme given. @param host Local address. */
export async function openScriptedFileServer(
  login?: { readonly scheme: "Basic" | "Digest"; readonly username: string; readonly password: string },
  host = "127.0.0.1",
): Promise<ScriptedFileServer> {
  const files = new Map<string, FileAnswer>();
  const requests: string[] = [];

  const uploads = new Map<string, Buffer>();

  function isAllowed({ headers, method = "" }: IncomingMessage): boolean {
    if (login === undefined) return true;
    const { scheme, username, password } = login;
    const authorization = headers.authorization ?? "";
    if (scheme === "Basic") return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const credentials = parseCredentials(authorization);
    if (credentials === undefined || credentials.nonce !== "file-nonce" || credentials.username !== username) return false;
    return provesPassword(credentials, { MD5: digestHa1("MD5", username, "files", password) }, { method });
  }

  function take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      uploads.set(request.url ?? "", Buffer.concat(chunks));
      answer(files.get(request.url ?? "") ?? { kind: "status", status: 201 }, response);
    });
  }

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization?.split(" ")[0] ?? ""}`.trim());
    if (isAllowed(request) && request.method === "PUT") take(request, response);
    else if (isAllowed(request)) answer(files.get(request.url ?? "") ?? { kind: "status", status: 404 }, response);
    else response.writeHead(401, { "WWW-Authenticate": `${login?.scheme} realm="files", nonce="file-nonce", qop="auth"` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    files,
    uploads,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(what: FileAnswer, response: ServerResponse): void {
  if (what.kind === "status") {
    response.writeHead(what.status, { ...what.headers }).end("no file");
    return;
  }
  const { kind, bytes } = what;
  response.writeHead(200, { "Content-Length": String(bytes.length), ...("headers" in what ? what.headers : {}) });
  if (kind === "file") response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => kind === "cut" && response.socket?.destroy());
}
