/**
 * A trace for people: an arrow and the message for each, in order.
 * Layer: trace, pure.
 */
import { hostField } from "../sip/uri.js";
import type { Traced } from "./traced.js";

/** @param title What is traced. @returns Lines, ending with a line break; text of the wire is read as UTF-8. */
export function showLadder(title: string, messages: readonly Traced[]): string {
  const head = `${title}\n${messages.length} messages, as the bridge saw them; credentials are masked\n`;
  return `${head}\n${messages.map(showMessage).join("\n")}`;
}

function showMessage({ atMs, direction, flow, text, repetition }: Traced): string {
  const { transport, localPort, remoteAddress, remotePort } = flow;
  const peer = `${hostField(remoteAddress)}:${remotePort}`;
  const arrow = direction === "in" ? `${peer} ──► bridge:${localPort}` : `bridge:${localPort} ──► ${peer}`;
  const [startLine = "", ...lines] = Buffer.from(text, "latin1").toString("utf8").trimEnd().split("\r\n");
  const time = new Date(atMs).toISOString();
  if (repetition > 0) return `${time}  ${arrow}  ${transport}  ${startLine}  (repetition ${repetition})\n`;
  const body = [startLine, ...lines].map((line) => `    ${printable(line)}\n`).join("");
  return `${time}  ${arrow}  ${transport}\n${body}`;
}

/** Terminals obey control characters. */
const printable = (line: string): string => line.replace(/[\x00-\x1f\x7f-\x9f]/g, "·");
