/**
 * Certificate, key and client authorities of a TLS server (or of a client that shows its own), from PEM files that may be replaced while it runs.
 * TLS 1.2 and 1.3 only. A replacement that can't be used changes nothing: the server goes on with what it has.
 * Spec: RFC 9325 3.1 (versions), 7 (renewal is the operator's; a restart must not be). Layer: common.
 */
import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from "node:tls";
import type { Clock } from "./clock.js";

export interface TlsFiles {
  /** The certificate first, then those between it and the root. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Who may have issued client certificates; absent: clients are not asked for one. */
  readonly clientCaFile?: string;
}

/** What the files hold can't serve. The message names the file and the trouble, never the content. */
export class TlsFilesUnusable extends Error {
  override readonly name = "TlsFilesUnusable";
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
}

const FILE_BYTES_MAX = 1_048_576;

/** @throws {TlsFilesUnusable} */
export async function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key] = [await readSmall(certFile), await readSmall(keyFile)];
  const ca = clientCaFile === undefined ? undefined : await readSmall(clientCaFile);
  const material = { cert, key, ca };
  attempt(certFile, () => new X509Certificate(cert));
  if (ca !== undefined && clientCaFile !== undefined) attempt(clientCaFile, () => new X509Certificate(ca)); // else OpenSSL ignores rubbish
  attempt(`${certFile} with ${keyFile}`, () => createSecureContext(contextOf(material)));
  return material;
}

async function readSmall(file: string): Promise<Buffer> {
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX) throw new TlsFilesUnusable(`${file}: more than ${FILE_BYTES_MAX} bytes`);
    return await readFile(file);
  } catch (error) {
    throw error instanceof TlsFilesUnusable ? error : unusable(file, error);
  }
}

function attempt(what: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw unusable(what, error);
  }
}

function unusable(what: string, error: unknown): TlsFilesUnusable {
  const { code, message } = error as NodeJS.ErrnoException;
  return new TlsFilesUnusable(`${what}: ${code ?? message}`);
}

function contextOf({ cert, key, ca }: TlsMaterial): SecureContextOptions {
  return { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2" };
}

/** For https.createServer. A client without a certificate, or with one of another authority, is let in: who it is must be judged later. */
export function tlsServerOptions(material: TlsMaterial, handshakeTimeoutMs: number): TlsOptions {
  const asks = material.ca !== undefined;
  return { ...contextOf(material), requestCert: asks, rejectUnauthorized: false, handshakeTimeout: handshakeTimeoutMs };
}

export interface TlsFollowOptions {
  readonly files: TlsFiles;
  /** What was read last. */
  readonly material: TlsMaterial;
  /** Gets what is new. Absent: whoever hears of it uses it. */
  readonly server?: Pick<Server, "setSecureContext">;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly onReload: (material: TlsMaterial) => void;
  /** Once per trouble, not each time it is seen. */
  readonly onTrouble: (why: string) => void;
}

/**
 * Looks at the files again and again; new connections get what is new, open ones go on.
 * It reads rather than watches: renewal tools swap links and whole folders, and what is watched then is the old file.
 * @returns stops it.
 */
export function followTlsFiles({ files, material, server, clock, everyMs, onReload, onTrouble }: TlsFollowOptions): () => Promise<void> {
  let current = material;
  let trouble = "";
  let stopped = false;
  let running = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      const found = await readTlsFiles(files);
      trouble = "";
      if (stopped || isSame(found, current)) return;
      server?.setSecureContext(contextOf(found));
      current = found;
      onReload(found);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== trouble) onTrouble(why);
      trouble = why;
    }
  };
  let cancel: () => void = () => undefined;
  const wait = (): void => {
    cancel = clock.after(everyMs, () => {
      running = look();
      void running.then(() => {
        if (!stopped) wait();
      });
    });
  };
  wait();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  const isEqual = (x: Buffer | undefined, y: Buffer | undefined): boolean => (x === undefined || y === undefined ? x === y : x.equals(y));
  return isEqual(a.cert, b.cert) && isEqual(a.key, b.key) && isEqual(a.ca, b.ca);
}
