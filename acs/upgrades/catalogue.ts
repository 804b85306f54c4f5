/**
 * The firmware catalogue as a service: rows in the file store, bytes in a directory under the file's id.
 * Bytes before row, row before unlink: whatever we crash between, there is no row without its bytes; bytes without a row are
 * removed at the next start.
 * Spec: TR-069 A.3.2.8 (file types, URL). Layer: upgrades.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/clock.js";
import { type FieldError, fieldError } from "../../common/field-error.js";
import { newId } from "../../common/ids.js";
import type { CatalogueFile, FileStore } from "../stores/file-store.js";
import { fileTypeFault } from "../tasks/check-download.js";
import { appliesToFault } from "./applies-to.js";
import { measured, OWN_FILE, syncDirectory, writeSynced } from "./durable-file.js";
import { type FileCondition, IntactFiles } from "./intact-files.js";
import { fileNameCharactersMax } from "./signed-url.js";

export const CATALOGUE_LIMITS = {
  fileBytesMax: 512 * 1_048_576,
  nameCharactersMax: 128,
  /** TR-069 A.3.3.1: ProductClass: string(64). */
  modelCharactersMax: 64,
  /** TR-181 DeviceInfo.SoftwareVersion: string(64). */
  versionCharactersMax: 64,
  /** It comes in a query. */
  releaseNoteCharactersMax: 1_000,
} as const;

export interface CatalogueOptions {
  /** Made if it is not there. Nothing else may write into it. */
  readonly directory: string;
  readonly files: FileStore;
  /** Where devices reach the file server: names whose links would not fit a Download are refused. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** What is said of a file that is added; its size and checksum are measured. */
export interface FileDescription {
  readonly name: string;
  readonly fileType: string;
  /** "" for every model. */
  readonly model: string;
  /** "" when it has none. */
  readonly version: string;
  /** Versions of the device that it is for; []: any. */
  readonly appliesTo: readonly string[];
  readonly releaseNote: string;
  /** 64 hex digits that the bytes must have, from whoever made them; "": not known. */
  readonly expectedSha256: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @throws when the directory can't be read and written. */
export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  await mkdir(options.directory, { recursive: true });
  const rows = await options.files.list();
  const present = new Set(await readdir(options.directory));
  const ids = new Set(rows.map(({ id }) => id));
  const orphans = [...present].filter((name) => OWN_FILE.test(name) && !ids.has(name));
  await Promise.all(orphans.map((name) => rm(join(options.directory, name), { force: true })));
  return new Catalogue(
    options,
    rows.filter(({ id }) => !present.has(id)),
  );
}

export class Catalogue {
  /** Rows whose bytes were not there when the catalogue was opened: somebody else removed them. */
  readonly lost: readonly CatalogueFile[];
  readonly #directory: string;
  readonly #files: FileStore;
  readonly #publicUrl: string;
  readonly #clock: Clock;
  readonly #intact = new IntactFiles((id) => this.path(id));

  constructor({ directory, files, publicUrl, clock }: CatalogueOptions, lost: readonly CatalogueFile[]) {
    this.#directory = directory;
    this.#files = files;
    this.#publicUrl = publicUrl;
    this.#clock = clock;
    this.lost = lost;
  }

  /** Everything that is wrong with a description; [] when a file may be added under it. */
  check({ name, fileType, model, version, appliesTo, releaseNote, expectedSha256 }: FileDescription): readonly FieldError[] {
    const isHash = expectedSha256 === "" || SHA256.test(expectedSha256);
    return [
      ...fieldError("name", this.#nameFault(name)),
      ...fieldError("fileType", fileTypeFault(fileType)),
      ...fieldError("model", textFault(model, CATALOGUE_LIMITS.modelCharactersMax)),
      ...fieldError("version", textFault(version, CATALOGUE_LIMITS.versionCharactersMax)),
      ...fieldError("appliesTo", appliesToFault(appliesTo)),
      ...fieldError("releaseNote", noteFault(releaseNote)),
      ...fieldError("sha256", isHash ? undefined : "must be 64 lower-case hex digits"),
    ];
  }

  /**
   * @param description One that `check` has passed.
   * @param bytes Read to its end unless it is refused. Whatever it throws is thrown on, and nothing is kept.
   * @returns "exists": a file of this type, model and version is there. "too-large": over CATALOGUE_LIMITS.fileBytesMax.
   * "empty": there was no byte. "other-bytes": they have another SHA-256 than the one expected.
   */
  async add(
    { expectedSha256, ...description }: FileDescription,
    bytes: AsyncIterable<Buffer>,
  ): Promise<CatalogueFile | "exists" | "too-large" | "empty" | "other-bytes"> {
    if ((await this.#files.list()).some((file) => sameSlot(file, description))) return "exists";
    const id = newId(this.#clock.now());
    const part = `${this.path(id)}.part`;
    try {
      const written = await writeMeasured(part, bytes);
      if (typeof written === "string") return written;
      if (expectedSha256 !== "" && written.sha256 !== expectedSha256) return "other-bytes";
      await rename(part, this.path(id));
      await syncDirectory(this.#directory);
      return await this.#addRow({ id, ...description, ...written, addedAtMs: this.#clock.now() });
    } finally {
      await rm(part, { force: true });
    }
  }

  /** If the store fails, the bytes stay: the row may be on disk. The next start knows. */
  async #addRow(file: CatalogueFile): Promise<CatalogueFile | "exists"> {
    const { id, name, fileType, model, version, sizeBytes, sha256, appliesTo } = file;
    const data = { fileId: id, name, fileType, model, version, sizeBytes, sha256, appliesTo };
    const added = await this.#files.add(file, [{ atMs: file.addedAtMs, kind: "file-added", deviceId: null, data }]);
    if (added === "added") return file;
    await rm(this.path(id), { force: true });
    return "exists";
  }

  get(id: string): Promise<CatalogueFile | undefined> {
    return this.#files.get(id);
  }

  list(): Promise<readonly CatalogueFile[]> {
    return this.#files.list();
  }

  /** Downloads under way are finished. */
  async remove(id: string): Promise<"removed" | "unknown"> {
    const event = { atMs: this.#clock.now(), kind: "file-removed", deviceId: null, data: { fileId: id } } as const;
    const removed = await this.#files.remove(id, [event]);
    if (removed === "removed") await rm(this.path(id), { force: true });
    this.#intact.forget(id);
    return removed;
  }

  /** Whether its bytes are still those that were added. */
  async condition(id: string): Promise<FileCondition> {
    const file = await this.#files.get(id);
    return file === undefined ? "missing" : this.#intact.of(file);
  }

  setWantedVersion(model: string, version: string | null): Promise<void> {
    return this.#files.setWantedVersion(model, version);
  }

  wantedVersion(model: string): Promise<string | undefined> {
    return this.#files.wantedVersion(model);
  }

  wantedVersions(): Promise<readonly { readonly model: string; readonly version: string }[]> {
    return this.#files.wantedVersions();
  }

  /** Where the bytes of a file lie. @param id Of a row: never text from outside. */
  path(id: string): string {
    return join(this.#directory, id);
  }

  #nameFault(name: string): string | undefined {
    const max = Math.min(CATALOGUE_LIMITS.nameCharactersMax, fileNameCharactersMax(this.#publicUrl, newId(0)));
    if (name.length > max) return `has more than ${max} characters: its links would be too long for a device (TR-069: 256)`;
    return FILE_NAME.test(name) ? undefined : "must be letters, digits, dots, dashes and underscores, and begin with a letter or digit";
  }
}

function sameSlot(file: CatalogueFile, { fileType, model, version }: Pick<FileDescription, "fileType" | "model" | "version">): boolean {
  return file.fileType === fileType && file.model === model && file.version === version;
}

function textFault(text: string, max: number): string | undefined {
  if (text.length > max) return `has more than ${max} characters`;
  return text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text) ? undefined : "holds a control character";
}

/** Of several lines. */
function noteFault(text: string): string | undefined {
  const { releaseNoteCharactersMax: max } = CATALOGUE_LIMITS;
  if (text.length > max) return `has more than ${max} characters`;
  return text.isWellFormed() && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text.replaceAll("\r\n", "\n"))
    ? undefined
    : "holds a control character";
}

class TooLarge extends Error {}

async function writeMeasured(
  path: string,
  bytes: AsyncIterable<Buffer>,
): Promise<{ readonly sizeBytes: number; readonly sha256: string } | "too-large" | "empty"> {
  const measure = measured(bytes, (sizeBytes) => {
    if (sizeBytes > CATALOGUE_LIMITS.fileBytesMax) throw new TooLarge();
  });
  try {
    await writeSynced(path, measure.bytes);
  } catch (error) {
    if (error instanceof TooLarge) return "too-large";
    throw error;
  }
  const written = measure.end();
  return written.sizeBytes === 0 ? "empty" : written;
}
