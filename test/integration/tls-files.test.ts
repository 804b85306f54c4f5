/**
 * Certificates that are renewed while a server runs: what a new connection gets, and what happens to files that are no good.
 * Layer: integration test.
 */
import { once } from "node:events";
import { copyFile, truncate, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { followTlsFiles, readTlsFiles, TlsFilesUnusable, tlsServerOptions } from "../../common/tls-files.js";
import { type Authority, type Certified, makeAuthority, TLS_HOST } from "../support/certificates.js";
import { fakeClock } from "../support/fake-clock.js";
import { requireCommand } from "../support/services.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

const EVERY_MS = 10_000;

describe("TLS files", () => {
  let authority: Authority;
  let folder: TemporaryFolder;
  let [first, second]: readonly Certified[] = [];
  let server: Server;
  let stop: () => Promise<void>;
  const clock = fakeClock();
  const heard: string[] = [];
  let tell: () => void = () => undefined;
  const files = () => ({ certFile: folder.file("acs.crt"), keyFile: folder.file("acs.key"), clientCaFile: folder.file("ca.crt") });

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    folder = await temporaryFolder();
    [first, second] = [await authority.issue("first"), await authority.issue("second")];
    await put(first);
    await copyFile(authority.certFile, files().clientCaFile);
    const material = await readTlsFiles(files());
    const hear = (what: string): void => {
      heard.push(what);
      tell();
    };
    server = createServer(tlsServerOptions(material, 5_000), (socket) => socket.on("error", () => undefined));
    stop = followTlsFiles({
      ...{ files: files(), material, server, clock, everyMs: EVERY_MS },
      onReload: () => hear("reload"),
      onTrouble: hear,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(async () => {
    await stop?.();
    server?.close();
    await authority?.remove();
    await folder?.remove();
  });

  async function put(certified: Certified | undefined): Promise<void> {
    if (certified === undefined) throw new Error("not made");
    await copyFile(certified.certFile, files().certFile);
    await copyFile(certified.keyFile, files().keyFile);
  }

  async function open(more: ConnectionOptions = {}): Promise<TLSSocket> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1", ca: authority.cert, servername: TLS_HOST, ...more });
    await once(socket, "secureConnect");
    return socket;
  }

  async function served(): Promise<string> {
    const socket = await open();
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return String(name);
  }

  /** The look that the clock began is over: the next one is set. */
  async function looked(): Promise<void> {
    while (clock.pending() === 0) await new Promise(setImmediate);
  }

  /** One look at the files. @returns what came of it. */
  async function look(): Promise<string | undefined> {
    const before = heard.length;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await clock.advance(EVERY_MS);
    await told;
    await looked();
    return heard[before];
  }

  it("that are replaced serve new connections, while open ones go on", async () => {
    const old = await open();
    expect(await served()).to.equal("first");
    await put(second);
    expect(await look()).to.equal("reload");
    expect(await served()).to.equal("second");
    expect(old.destroyed).to.equal(false);
    old.destroy();
  });

  it("that can't be used change nothing, and are told of once", async () => {
    await put(second);
    await copyFile(authority.keyFile, files().keyFile);
    expect(await look()).to.match(/acs\.crt with .*acs\.key: /);
    expect(await served()).to.equal("second");
    await clock.advance(EVERY_MS);
    await looked();
    await truncate(files().certFile);
    expect(await look(), "the same trouble was not told again").to.match(/acs\.crt: /);
    expect(heard.filter((what) => what.includes(" with "))).to.have.length(1);
    expect(await served()).to.equal("second");
    await put(first);
    expect(await look()).to.equal("reload");
    expect(await served()).to.equal("first");
  });

  it("are refused at the start: absent, no certificate, no authority, the key of another", async () => {
    const refusal = async (more: Partial<ReturnType<typeof files>>): Promise<string> => {
      const error: unknown = await readTlsFiles({ ...files(), ...more }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(TlsFilesUnusable);
      return (error as Error).message;
    };
    await put(first);
    await writeFile(folder.file("rubbish"), "no PEM");
    expect(await refusal({ certFile: folder.file("absent") })).to.equal(`${folder.file("absent")}: ENOENT`);
    expect(await refusal({ certFile: folder.file("rubbish") })).to.include("rubbish: ");
    expect(await refusal({ clientCaFile: folder.file("rubbish") })).to.include("rubbish: ");
    expect(await refusal({ keyFile: second?.keyFile ?? "" })).to.include(" with ");
  });

  it("serve no TLS before 1.2", async () => {
    const refused = open({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await refused.catch((error: NodeJS.ErrnoException) => error.code)).to.equal("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    const modest = await open({ maxVersion: "TLSv1.2" });
    expect(modest.getProtocol()).to.equal("TLSv1.2");
    modest.destroy();
  });
});
