/**
 * A file of the catalogue as REST shows it.
 * Layer: northbound.
 */
import type { CatalogueFile } from "../../stores/file-store.js";
import { showTime } from "./fields.js";

export function showFile({ id, name, fileType, model, version, sizeBytes, sha256, addedAtMs }: CatalogueFile) {
  return { id, name, fileType, model, version, sizeBytes, sha256, addedAt: showTime(addedAtMs) };
}
