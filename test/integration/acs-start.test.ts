/**
 * Starts of the ACS that must not go on: another process on the data, another key; and the token that is told once.
 * Layer: integration test.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect } from "chai";
import { type AcsConfig, loadAcsConfig } from "../../acs/config.js";
import { type Acs, makeAdminToken, startAcs } from "../../acs/main.js";
import { ConfigError } from "../../common/config.js";
import { silentLog } from "../../common/log.js";
import { DatabaseNotOpened } from "../../common/sqlite/connection.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

describe("a start of the ACS", function () {
  this.timeout(20_000); // each start opens a writer thread
  let folder: TemporaryFolder;
  let running: Acs | undefined;
  let made: string[];

  const config = (more: Readonly<Record<string, string>> = {}): AcsConfig =>
    loadAcsConfig({
      ...{ ACS_DATA_DIR: folder.file("acs"), ACS_CWMP_HOST: "127.0.0.1", ACS_FILES_HOST: "127.0.0.1" },
      ...{ ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0", ACS_API_PORT: "0" },
      ...more,
    });
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Acs> => {
    running = await startAcs(config(more), { log: silentLog, onTokenMade: (token) => made.push(token) });
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.close();
    running = undefined;
  };
  const failure = (more: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    startAcs(config(more), { log: silentLog, onTokenMade: (token) => made.push(token) }).then(
      (acs) => acs.close().then(() => expect.fail("it started")),
      (error: unknown) => error,
    );
  const answers = async ({ apiPort }: Acs, token: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${apiPort}/api/devices`, { headers: { Authorization: `Bearer ${token}` } })).status;

  beforeEach(async () => {
    folder = await temporaryFolder();
    made = [];
  });
  afterEach(async () => {
    await stop();
    await folder.remove();
  });

  it("tells the administrator's token once, also when a port is taken after it was made", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    expect(await failure({ ACS_CWMP_PORT: `${port}` })).to.have.property("code", "EADDRINUSE");
    await new Promise((resolve) => taken.close(resolve));
    expect(made).to.have.length(1);
    expect(await answers(await start(), made[0] ?? "")).to.equal(200);
    expect(made).to.have.length(1);
  });

  it("is refused while another works on the data, and so is a new token", async () => {
    const acs = await start();
    expect(await failure())
      .to.be.instanceOf(DatabaseNotOpened)
      .with.property("message")
      .that.includes("acs.lock is locked");
    const error = await makeAdminToken(config()).catch((why: unknown) => why);
    expect(error).to.be.instanceOf(DatabaseNotOpened);
    expect(await answers(acs, made[0] ?? "")).to.equal(200);
  });

  it("with a new token, the old one is void", async () => {
    await start();
    await stop();
    const token = await makeAdminToken(config());
    const acs = await start();
    expect([await answers(acs, token), await answers(acs, made[0] ?? "")]).to.deep.equal([200, 401]);
    expect(made).to.have.length(1);
  });

  it("is refused when the key of the store's secrets is gone, and no other is put in its place", async () => {
    await start();
    await stop();
    const key = await readFile(folder.file("acs/secrets-key"), "utf8");
    await rm(folder.file("acs/secrets-key"));
    expect(await failure())
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.includes("secrets-key is gone");
    expect(await readdir(folder.file("acs"))).to.not.include("secrets-key");
    await writeFile(folder.file("acs/secrets-key"), key);
    await start();
  });

  it("is refused with another key, and with a damaged one", async () => {
    await start();
    await stop();
    const other = "a1".repeat(32);
    expect(await failure({ ACS_SECRETS_KEY: other }))
      .to.have.property("message")
      .that.includes("another key than ACS_SECRETS_KEY");
    for (const [text, why] of [
      [other, "another key than secrets-key"],
      ["", "holds no key"],
      ["half a ke", "holds no key"],
    ] as const) {
      await writeFile(folder.file("acs/secrets-key"), text);
      expect(await failure(), why)
        .to.be.instanceOf(ConfigError)
        .with.property("message")
        .that.includes(why);
    }
  });

  it("takes the key that the file held by the environment too", async () => {
    await start();
    await stop();
    const key = await readFile(folder.file("acs/secrets-key"), "utf8");
    await rm(folder.file("acs/secrets-key"));
    await start({ ACS_SECRETS_KEY: key });
  });
});
