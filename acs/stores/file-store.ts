/**
 * The firmware catalogue: what files there are, and which version each model should run. The bytes lie in a directory (upgrades/).
 * Adapters: sqlite/. Contract: test/contracts/file-store.contract.ts.
 * Layer: stores (interface).
 */
import type { NewEvent } from "../events/event.js";

export interface CatalogueFile {
  readonly id: string;
  /** Name shown and offered to the device as the last segment of the URL. */
  readonly name: string;
  /** CWMP file type, e.g. "1 Firmware Upgrade Image" (TR-069 A.3.2.8). */
  readonly fileType: string;
  /** ProductClass that the file is for; "" for every model. */
  readonly model: string;
  /** Version that the device reports when it runs this file; "" when the file has none. */
  readonly version: string;
  readonly sizeBytes: number;
  /** SHA-256 of the bytes, 64 hex digits. */
  readonly sha256: string;
  readonly addedAtMs: number;
  /** Versions of the device that it is for, "*" in them for any characters (upgrades/applies-to.ts); []: any. */
  readonly appliesTo: readonly string[];
  /** For people; "" when there is none. */
  readonly releaseNote: string;
}

export interface FileStore {
  /** "exists": a file of the same type, model and version is there already. */
  add(file: CatalogueFile, events: readonly NewEvent[]): Promise<"added" | "exists">;
  get(id: string): Promise<CatalogueFile | undefined>;
  /** By name, then id. */
  list(): Promise<readonly CatalogueFile[]>;
  remove(id: string, events: readonly NewEvent[]): Promise<"removed" | "unknown">;
  /** The version wanted for a model; null takes the wish back. */
  setWantedVersion(model: string, version: string | null): Promise<void>;
  wantedVersion(model: string): Promise<string | undefined>;
  wantedVersions(): Promise<readonly { readonly model: string; readonly version: string }[]>;
}
