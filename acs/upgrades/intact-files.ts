/**
 * Whether the bytes of a catalogue file are still those that were added. They are hashed once for each state of the file on disk, as its
 * inode, size and times tell it: a thousand devices that ask cost a thousand looks at the inode.
 * Layer: upgrades.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { CatalogueFile } from "../stores/file-store.js";

export type FileCondition = "intact" | "altered" | "missing";

export class IntactFiles {
  readonly #pathOf: (id: string) => string;
  readonly #known = new Map<string, { readonly stamp: string; readonly condition: Promise<FileCondition> }>();

  constructor(pathOf: (id: string) => string) {
    this.#pathOf = pathOf;
  }

  /** @throws what the disk throws, but that the file is not there. */
  async of({ id, sizeBytes, sha256 }: Pick<CatalogueFile, "id" | "sizeBytes" | "sha256">): Promise<FileCondition> {
    const path = this.#pathOf(id);
    const found = await stat(path, { bigint: true }).catch(missing);
    if (found === undefined) return "missing";
    if (found.size !== BigInt(sizeBytes)) return "altered";
    const stamp = [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
    const known = this.#known.get(id);
    if (known?.stamp === stamp) return known.condition;
    const condition = hashOf(path).then((hash) => (hash === sha256 ? "intact" : "altered"));
    this.#known.set(id, { stamp, condition });
    condition.catch(() => this.#known.delete(id));
    return condition;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
