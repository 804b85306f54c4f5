/**
 * What the CWMP endpoint sends: a session's answer, or a refusal.
 * Spec: TR-069 3.4.1, 3.7.2.4; rows 16, 30-34 of cwmp.md 1.11. Layer: http.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { writeAcsEnvelope } from "../cwmp/envelope.js";
import type { SessionAnswer } from "../session/session-services.js";
import { linger } from "./linger.js";
import type { Recording } from "./transcripts.js";

/** All header fields in one call: those set before it are merged the slow way. */
export function sendAnswer(response: ServerResponse, answer: SessionAnswer, recording: Recording, newCookie: string | undefined): void {
  const fields = newCookie === undefined ? {} : { "Set-Cookie": newCookie };
  switch (answer.kind) {
    case "envelope": {
      // The writer escapes all but ASCII, so a character is an octet; a text leaves in one write with its header.
      const text = writeAcsEnvelope(answer.envelope, { declaration: answer.declaration });
      recording.told(200, { "Content-Type": 'text/xml; charset="utf-8"', ...fields }, text);
      response.writeHead(200, { "Content-Type": 'text/xml; charset="utf-8"', "Content-Length": text.length, ...fields });
      response.end(text, "latin1");
      return;
    }
    case "empty":
      recording.told(204, fields, "");
      response.writeHead(204, fields).end();
      return;
    case "refused":
      recording.told(400, fields, answer.why);
      send400(response, answer.why, fields);
  }
}

export function send400(response: ServerResponse, why: string, fields: Readonly<Record<string, string>> = {}): void {
  const text = `${why.replace(/[^\x20-\x7e]/g, "?")}\n`;
  response
    .writeHead(400, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(text), Connection: "close", ...fields })
    .end(text);
}

/** Answers without reading the rest of the body, so the connection can't go on. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | string[]> = {},
): void {
  response.writeHead(status, { "Content-Length": "0", ...headers, Connection: "close" }).end();
  response.once("finish", () => linger(request));
}
