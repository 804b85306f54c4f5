/**
 * A message with other values in some of its elements: what is not replaced stays as it is, octet for octet.
 * Layer: connection-requests, pure.
 */
import type { MessageText } from "./message-text.js";
import type { Place } from "./read-message.js";

/**
 * @param octets Those that `message` was made of.
 * @param places In the order of the document, without overlap.
 * @param ascii Printable ASCII without `<` and `&`: it is written as it is.
 */
export function replaceValues(octets: Buffer, message: MessageText, places: readonly Place[], ascii: string): Buffer {
  const pieces: Buffer[] = [];
  let kept = 0;
  for (const place of places) {
    pieces.push(octets.subarray(kept, place.start * message.octetsPerCharacter));
    pieces.push(message.encode(place.in === "content" ? ascii : `>${ascii}</${place.name}>`));
    kept = place.end * message.octetsPerCharacter;
  }
  return Buffer.concat([...pieces, octets.subarray(kept)]);
}
