/**
 * The certificate that the bridge shows as a TLS client, while its files change.
 * Layer: integration test.
 */
import { copyFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { TlsFilesUnusable } from "../../common/tls-files.js";
import { type OwnCertificate, openOwnCertificate } from "../../sip-bridge/net/own-certificate.js";
import { type Authority, type Certified, makeAuthority } from "../support/certificates.js";
import { fakeClock } from "../support/fake-clock.js";
import { requireCommand } from "../support/services.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

const EVERY_MS = 10_000;

describe("the bridge's certificate as a TLS client", () => {
  let authority: Authority;
  let folder: TemporaryFolder;
  let own: OwnCertificate;
  const clock = fakeClock();
  let hear: (news: string) => void = () => undefined;
  const files = () => ({ certFile: folder.file("own.crt"), keyFile: folder.file("own.key") });

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    folder = await temporaryFolder();
    await put(await authority.issue("first"));
    own = await openOwnCertificate({ files: files(), clock, onReload: () => hear("new"), onTrouble: (why) => hear(why) });
  });
  after(async () => {
    await own?.close();
    await authority?.remove();
    await folder?.remove();
  });

  async function put({ certFile, keyFile }: Certified): Promise<void> {
    await copyFile(certFile, files().certFile);
    await copyFile(keyFile, files().keyFile);
  }

  async function news(): Promise<string> {
    const heard = new Promise<string>((resolve) => {
      hear = resolve;
    });
    await clock.advance(EVERY_MS);
    return heard;
  }

  it("is read again when it changes", async () => {
    const second = await authority.issue("second");
    await put(second);
    expect(await news()).to.equal("new");
    expect(own.certificate.cert.toString()).to.equal(second.cert.toString());
    expect(own.certificate.key.toString()).to.equal(second.key.toString());
  });

  it("goes on as it was when what is new is no good, and says so", async () => {
    const before = own.certificate.cert.toString();
    await writeFile(files().certFile, "rubbish");
    expect(await news()).to.include("own.crt");
    expect(own.certificate.cert.toString()).to.equal(before);
  });

  it("a start with files that are no good fails", async () => {
    const failure = await openOwnCertificate({
      ...{ files: files(), clock, onReload: () => undefined, onTrouble: () => undefined },
    }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TlsFilesUnusable);
  });
});
