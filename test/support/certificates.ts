/**
 * Certificates made by openssl for one test: an authority, and what it issues. Call requireCommand(this, "openssl") first.
 * Layer: test support.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { promisify } from "node:util";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.js";

const run = promisify(execFile);

export interface Certified {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Authority extends Certified {
  /** @param days Negative: its time is over. @param host Name or address; default: TLS_HOST. */
  issue(commonName: string, days?: number, host?: string): Promise<Certified>;
  remove(): Promise<void>;
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
/** The host that they are for: tests connect to 127.0.0.1 and name it. */
export const TLS_HOST = "acs.example";

export async function makeAuthority(): Promise<Authority> {
  const folder = await temporaryFolder();
  const root = await selfSigned(folder);
  let issued = 0;
  return {
    ...root,
    remove: () => folder.remove(),
    issue: async (commonName, days = 30, host = TLS_HOST) => {
      const name = `issued-${++issued}`;
      const [certFile, keyFile, requestFile, extensions] = ["crt", "key", "csr", "ext"].map((end) => folder.file(`${name}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      await writeFile(extensions, `subjectAltName=${isIP(host) === 0 ? "DNS" : "IP"}:${host}\n`);
      await run("openssl", ["req", ...CURVE, "-subj", `/CN=${commonName}`, "-keyout", keyFile, "-out", requestFile]);
      const signer = ["-CA", root.certFile, "-CAkey", root.keyFile, "-CAcreateserial", "-extfile", extensions];
      await run("openssl", ["x509", "-req", "-in", requestFile, ...signer, "-days", String(days), "-out", certFile]);
      return read(certFile, keyFile);
    },
  };
}

async function selfSigned(folder: TemporaryFolder): Promise<Certified> {
  const [certFile, keyFile] = [folder.file("root.crt"), folder.file("root.key")];
  await run("openssl", ["req", "-x509", ...CURVE, "-subj", "/CN=Authority of tests", "-days", "30", "-keyout", keyFile, "-out", certFile]);
  return read(certFile, keyFile);
}

async function read(certFile: string, keyFile: string): Promise<Certified> {
  return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
}
