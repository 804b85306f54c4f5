/**
 * The firmware image of the simulated gateways: one line `REVEILLE-FIRMWARE <version>`, then any bytes.
 * Layer: device, pure.
 */

const FIRST_LINE = /^REVEILLE-FIRMWARE ([\x21-\x7e]{1,64})\n/;
/** "REVEILLE-FIRMWARE ", the longest version that SoftwareVersion can hold, and the end of the line. */
const FIRST_LINE_BYTES_MAX = 84;

/** The version of an image; `undefined` if the bytes are no image. @param start The first bytes of the file, or all of it. */
export function firmwareVersion(start: Uint8Array): string | undefined {
  return FIRST_LINE.exec(Buffer.from(start.subarray(0, FIRST_LINE_BYTES_MAX)).toString("latin1"))?.[1];
}

/** An image for tests and demonstrations. @param bytes Size of the whole file, at least that of its first line. */
export function makeFirmware(version: string, bytes: number): Uint8Array {
  const image = Buffer.alloc(bytes, "firmware ");
  image.write(`REVEILLE-FIRMWARE ${version}\n`, "latin1");
  return image;
}
