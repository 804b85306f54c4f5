/**
 * Starts the writer thread from TypeScript. Threads do not inherit tsx's loader, and a loader for each costs half a CPU-second, which tests
 * pay hundreds of times: so the thread's two programs are bundled by the esbuild that tsx brings, and kept until a file of theirs changes.
 * Not part of the build, where writer.js is started itself.
 * Layer: common (worker entry; started by database.ts).
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { threadId, workerData } from "node:worker_threads";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Below node_modules, so that bundles find their packages. */
const CACHE = join(ROOT, "node_modules", ".cache", "reveille-writer");

if (process.env["NODE_V8_COVERAGE"] === undefined) {
  workerData.operationsUrl = bundled(workerData.operationsUrl);
  await import(bundled(new URL("./writer.ts", import.meta.url).href));
} else {
  // Coverage wants the sources themselves.
  const { register } = await import("tsx/esm/api");
  register();
  await import("./writer.ts");
}

/** URL of the module as JavaScript, with all that it imports but packages. */
function bundled(url) {
  const key = createHash("sha256").update(url).digest("hex").slice(0, 16);
  const inputsFile = join(CACHE, `${key}.json`);
  const known = readKnown(inputsFile);
  const file = known ?? bundle(fileURLToPath(url), key, inputsFile);
  return pathToFileURL(file).href;
}

/** The kept bundle, if none of its files has changed. */
function readKnown(inputsFile) {
  try {
    const { file, stamps } = JSON.parse(readFileSync(inputsFile, "utf8"));
    return Object.entries(stamps).every(([path, stamp]) => stampOf(path) === stamp) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // not there yet, or of another time
  }
}

function bundle(entry, key, inputsFile) {
  const { buildSync } = createRequire(createRequire(import.meta.url).resolve("tsx/package.json"))("esbuild");
  const options = { bundle: true, format: "esm", platform: "node", target: "node20", packages: "external", sourcemap: "inline" };
  const { outputFiles, metafile } = buildSync({ ...options, entryPoints: [entry], absWorkingDir: ROOT, metafile: true, write: false });
  const text = outputFiles[0].text;
  // A name for each content: a thread that still reads the older one keeps it.
  const file = join(CACHE, `${key}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.mjs`);
  const stamps = Object.fromEntries(Object.keys(metafile.inputs).map((path) => [resolve(ROOT, path), stampOf(resolve(ROOT, path))]));
  mkdirSync(CACHE, { recursive: true });
  putInPlace(file, text);
  putInPlace(inputsFile, JSON.stringify({ file, stamps }));
  return file;
}

function stampOf(path) {
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs} ${size}`;
}

/** Whole or not at all: other threads and processes do the same at the same time. */
function putInPlace(file, text) {
  const temporary = `${file}.${process.pid}.${threadId}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
