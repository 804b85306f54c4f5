/**
 * Reads a stream of server-sent events.
 * Spec: WHATWG HTML 9.2.5, 9.2.6. Layer: command line.
 */

export interface ServerSentEvent {
  /** "" when the server gives none. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Characters of one event; what is longer is not of an ACS. */
const EVENT_CHARACTERS_MAX = 1_048_576;

/** @throws {RangeError} An event without end. */
export async function* readServerSentEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r\n\r\n|\n\n|\r\r/);
    rest = blocks.pop() ?? "";
    if (rest.length > EVENT_CHARACTERS_MAX) throw new RangeError("an event is longer than any that an ACS sends");
    for (const block of blocks) {
      const event = readEvent(block);
      if (event !== undefined) yield event;
    }
  }
}

/** undefined: comments only. */
function readEvent(block: string): ServerSentEvent | undefined {
  let id = "";
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "id") id = value;
    else if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return data.length === 0 ? undefined : { id, event, data: data.join("\n") };
}
