/**
 * A program whose second migration fails half way.
 * Layer: test support (loaded by the writer thread).
 */
import { migrations as first } from "./notes-operations.js";

export { applicationId } from "./notes-operations.js";
export const migrations = [...first, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)"];
export const operations = {};
