/**
 * A file of the catalogue as REST shows it.
 * Layer: northbound.
 */
import type { CatalogueFile } from "../../stores/file-store.js";
import { showTime } from "./fields.js";

export function showFile({ addedAtMs, id, name, fileType, model, version, appliesTo, sizeBytes, sha256, releaseNote }: CatalogueFile) {
  return { id, name, fileType, model, version, appliesTo, sizeBytes, sha256, releaseNote, addedAt: showTime(addedAtMs) };
}
