/**
 * Validation against XML schemas with libxml2. What a schema imports comes from a given list of files, never from the network.
 * Spec: XML Schema 1.0. Layer: test support.
 */
import { readFileSync } from "node:fs";
import {
  closeBuffer,
  openBuffer,
  readBuffer,
  XmlDocument,
  XmlLibError,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from "libxml2-wasm";

/** Paths of schema files by the URL under which schemas name them. */
export type SchemaFiles = Readonly<Record<string, string>>;

/** A compiled schema. It holds memory that the collector does not see: `close` frees it. */
export interface Schema {
  /** What is wrong with a document; [] if it is valid. */
  problems(xml: string): readonly string[];
  close(): void;
}

/**
 * Compiles a schema with all that it includes and imports.
 * @param url Which of the files is the schema itself; URLs in the files that are relative are resolved against their own.
 * @throws {Error} No valid schema, or it names a file that is not among `files`.
 */
export function compileSchema(url: string, files: SchemaFiles): Schema {
  const missing: string[] = [];
  const read = (asked: string): Buffer | undefined => {
    const path = files[asked];
    if (path === undefined) missing.push(asked);
    return path === undefined ? undefined : readFileSync(path);
  };
  const source = read(url);
  if (source === undefined) throw new Error(`no file is given for ${url}`);
  const provider = {
    match: () => true, // all of them, so that nothing is looked for elsewhere
    open: (asked: string) => {
      const bytes = read(asked);
      return bytes === undefined ? undefined : openBuffer(bytes);
    },
    read: readBuffer,
    close: (descriptor: number) => {
      closeBuffer(descriptor);
      return true;
    },
  };
  xmlRegisterInputProvider(provider);
  const document = XmlDocument.fromBuffer(source, { url });
  try {
    const validator = XsdValidator.fromDoc(document);
    if (missing.length === 0) return { problems: (xml) => problemsOf(validator, xml), close: () => validator.dispose() };
    validator.dispose();
    throw new Error(`${url} names files that are not given: ${missing.join(", ")}`);
  } catch (error) {
    if (error instanceof XmlLibError) throw new Error(`${url}: ${describe(error).join("; ")}`, { cause: error });
    throw error;
  } finally {
    document.dispose();
    xmlCleanupInputProvider();
  }
}

function problemsOf(validator: XsdValidator, xml: string): readonly string[] {
  let document: XmlDocument | undefined;
  try {
    document = XmlDocument.fromString(xml);
    validator.validate(document);
    return [];
  } catch (error) {
    if (error instanceof XmlLibError) return describe(error);
    throw error;
  } finally {
    document?.dispose();
  }
}

function describe(error: XmlLibError): readonly string[] {
  return error.details.length === 0
    ? [error.message]
    : error.details.map(({ message, file, line }) => `${file ?? ""}:${line} ${message.trim()}`);
}
