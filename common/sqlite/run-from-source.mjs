/**
 * Starts the writer thread from TypeScript: threads do not inherit tsx's loader. Not part of the build, where writer.js is started itself.
 * Layer: common (worker entry; started by database.ts).
 */
import { register } from "tsx/esm/api";

register();
await import("./writer.ts");
