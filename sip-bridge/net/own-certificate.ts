/**
 * The certificate that we show to servers which ask for one when we connect over TLS: read from files, and again when they change.
 * Spec: RFC 3261 26.3.2.2; RFC 5923 8.1 (mutual authentication); RFC 9325 7 (renewal without a restart). Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { followTlsFiles, readTlsFiles, type TlsFiles } from "../../common/tls-files.js";
import type { TlsClient } from "./dial.js";

export interface OwnCertificateOptions {
  readonly files: Pick<TlsFiles, "certFile" | "keyFile">;
  readonly clock: Clock;
  readonly onReload: () => void;
  /** Once per trouble; what was read before is shown still. */
  readonly onTrouble: (why: string) => void;
}

export interface OwnCertificate {
  /** Connections that are opened from now on show what it holds then. */
  readonly certificate: NonNullable<TlsClient["certificate"]>;
  close(): Promise<void>;
}

const LOOK_MS = 10_000;

/** @throws {TlsFilesUnusable} */
export async function openOwnCertificate({ files, clock, onReload, onTrouble }: OwnCertificateOptions): Promise<OwnCertificate> {
  let current = await readTlsFiles(files);
  const stop = followTlsFiles({
    ...{ files, material: current, clock, everyMs: LOOK_MS, onTrouble },
    onReload: (material) => {
      current = material;
      onReload();
    },
  });
  return {
    certificate: {
      get cert() {
        return current.cert;
      },
      get key() {
        return current.key;
      },
    },
    close: stop,
  };
}
