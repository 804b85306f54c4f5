/**
 * The 49 messages of RFC 4475, as the npm package `sip` ships them. One of them is cut off there, and is given its end back.
 * Layer: test support.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryPath } from "./shared-data.js";

export const TORTURE_FOLDER = repositoryPath("node_modules/sip/test/messages");

/** By section of the RFC. */
export const TORTURE_MESSAGES = {
  "3.1.1": [
    ...["wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "dblreq", "semiuri", "transports", "mpart01", "unreason"],
    "noreason",
  ],
  "3.1.2": [
    ...["badinv01", "clerr", "ncl", "scalar02", "scalarlg", "quotbal", "ltgtruri", "lwsruri", "lwsstart", "trws", "escruri", "baddate"],
    ...["regbadct", "badaspec", "baddn", "badvers", "mismatch01", "mismatch02", "bigcode"],
  ],
  "3.2": ["badbranch"],
  "3.3": [
    ...["insuf", "unkscm", "novelsc", "unksm2", "bext01", "invut", "regaut01", "multi01", "mcl01", "bcast", "zeromf", "cparam01"],
    ...["cparam02", "regescrt", "sdp01"],
  ],
  "3.4": ["inv2543"],
} as const;

export function tortureMessage(name: string): Buffer {
  const bytes = readFileSync(join(TORTURE_FOLDER, `${name}.dat`));
  return name === "baddn" ? Buffer.concat([bytes, Buffer.from("\r\n")]) : bytes;
}
