/**
 * `reveille diagnose`, `upgrade` and `group` as processes of their own against a real ACS with simulated gateways: what they print, lines of
 * JSON, exit codes, and that the work goes on when nobody waits for it any more.
 * Layer: integration.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { compileScripts } from "../support/compile-scripts.js";
import { type BenchGateway, type GatewayBench, openGatewayBench } from "../support/gateway-bench.js";
import { repositoryPath } from "../support/shared-data.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const ENV = { ACS_HTTP_CONNECTION_REQUESTS: "true", ACS_REFUSED_RANGES: "none", ACS_REFRESH_AT_BOOTSTRAP: "false" };
const REBOOT = '{"kind":"reboot"}';

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

describe("operator commands", function () {
  this.timeout(60_000);
  let acs: TestAcs;
  let bench: GatewayBench;
  let folder: TemporaryFolder;
  let reveille: string;
  let gateways: readonly BenchGateway[];
  let ids: readonly string[];
  const first = (): string => ids[0] ?? "";

  before(async () => {
    folder = await temporaryFolder();
    [reveille = ""] = await compileScripts(folder, ["bin/reveille.ts"]);
    acs = await startTestAcs({ realTime: true, env: ENV });
    bench = openGatewayBench();
    gateways = Array.from({ length: 3 }, (_, number) =>
      bench.add({
        ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number },
        connectionRequest: { host: "127.0.0.1", port: 0 },
      }),
    );
    for (const { gateway } of gateways) {
      const { oui, productClass, serialNumber } = gateway.instance;
      await acs.gateway({ oui, productClass, serialNumber });
      await gateway.powerOn();
    }
    await Promise.all(gateways.map(({ event }) => event("session-ended")));
    ids = gateways.map(({ gateway }) => gateway.deviceId);
    const firmware = { name: "f", fileType: "1 Firmware Upgrade Image", version: "4.3.0" };
    await acs.call("POST", `/api/files?${new URLSearchParams(firmware)}`, makeFirmware("4.3.0", 20_000));
  });
  after(async () => {
    await bench.close();
    await acs.close();
    await folder.remove();
  });

  function start(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Running {
    const all = { PATH: process.env["PATH"], REVEILLE_ACS_URL: `http://127.0.0.1:${acs.apiPort}`, REVEILLE_TOKEN: acs.token, ...env };
    const child = spawn(process.execPath, [reveille, ...args], {
      ...{ cwd: repositoryPath("."), env: all, stdio: ["ignore", "pipe", "pipe"] },
    });
    const texts = { out: "", err: "" };
    child.stdout?.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
    const ended = once(child, "close").then(([code]) => code as number | null);
    return { child, out: () => texts.out, err: () => texts.err, ended };
  }
  async function run(...args: readonly string[]) {
    const running = start(args);
    const code = await running.ended;
    return { code, out: running.out(), err: running.err() };
  }
  const documents = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  async function until(fits: () => boolean): Promise<void> {
    while (!fits()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  describe("group", () => {
    it("create: waits for the end, tells what was left out and who failed; exit code 0 when all are done, 1 when not", async () => {
      await writeFile(folder.file("devices.csv"), `device,place\n${ids.join(",x\n")},y\nnobody,z\n`);
      const good = await run("group", "create", "--order", REBOOT, "--devices-file", folder.file("devices.csv"), "--concurrency", "2");
      expect(good.code, good.err).to.equal(0);
      expect(good.out).to.match(/^group \w{26} \(task, reboot\) is done: 3 devices, 3 done\n$/);
      expect(good.err).to.include("not registered, and left out: nobody").and.to.include("3/3 0 running");
      const order = JSON.stringify({ kind: "setParameterValues", values: [{ name: "Nothing.At.All", value: "x", type: "xsd:string" }] });
      await acs.call("PATCH", `/api/devices/${first()}`, { tags: ["pilot"] });
      const bad = await run("group", "create", "--order", order, "--tag", "pilot");
      expect(bad.code, bad.err).to.equal(1);
      expect(bad.out).to.match(new RegExp(`\\n${first()}\\t(?:failed|refused)\\t.*\\t\\w{26}\\n$`));
    });

    it("--json: lines for programs, and no other word", async () => {
      const { code, out, err } = await run("group", "create", "--order", REBOOT, "--tag", "pilot", "--json");
      expect([code, err]).to.deep.equal([0, ""]);
      const all = documents(out);
      expect(all[0]).to.deep.include({ event: "made" });
      expect(all.at(-1)).to.deep.include({ event: "ended", outcome: "done", unsuccessful: [] });
      expect(all.at(-1).group).to.deep.include({ state: "done", members: 1 });
      const shown = documents((await run("group", "show", all[0].group.id, "--members", "--json")).out);
      expect(shown.map(({ state }) => state)).to.deep.equal(["done", "done"]);
      expect(documents((await run("group", "list", "--json", "--limit", "1")).out)[0].groups).to.have.length(1);
    });

    it("made paused, watched, resumed, paused, aborted", async () => {
      const made = await run("group", "create", "--order", REBOOT, "--tag", "pilot", "--paused", "--name", "later");
      const id = /group (\w{26})/.exec(made.err)?.[1] ?? "";
      expect(made.code, made.err).to.equal(0);
      expect((await run("group", "resume", id)).out).to.match(/\(task, later\) is running/);
      expect((await run("group", "watch", id)).code).to.equal(0);
      const other = await acs.call("POST", "/api/groups", { kind: "task", order: { kind: "reboot" }, devices: { ids }, paused: true });
      expect((await run("group", "pause", other.body.id)).out).to.include("is paused");
      expect((await run("group", "abort", other.body.id)).out).to.match(/is abort(?:ing|ed)/);
      const watched = await run("group", "watch", other.body.id);
      expect(watched.code).to.equal(1);
      expect(watched.out).to.include("3 aborted");
      const over = await run("group", "resume", other.body.id);
      expect([over.code, over.err]).to.deep.equal([1, "a group that has ended, or is being aborted, can't be asked to resume\n"]);
    });

    it("--timeout and Ctrl-C stop waiting, say so, and leave the work alone", async () => {
      const order = JSON.stringify({ kind: "getParameterValues", names: ["InternetGatewayDevice.DeviceInfo.UpTime"], expiresInS: 600 });
      const { status } = await acs.call("POST", "/api/devices", { oui: "0A1B2C", productClass: "OFF", serialNumber: "1", password: "x" });
      expect(status).to.equal(201);
      await acs.call("PATCH", "/api/devices/0A1B2C-OFF-1", { tags: ["off"] });
      const timed = await run("group", "create", "--order", order, "--tag", "off", "--timeout", "1");
      expect(timed.code, timed.err).to.equal(3);
      expect(timed.err).to.match(/the time is over: the group goes on\. Wait again: reveille group watch \w{26}/);
      const waiting = start(["group", "create", "--order", order, "--tag", "off", "--json"]);
      await until(() => waiting.out().includes('"made"'));
      waiting.child.kill("SIGINT");
      expect(await waiting.ended).to.equal(130);
      expect(documents(waiting.out()).at(-1)).to.deep.include({ event: "left", outcome: "interrupted" });
      const { groups } = (await acs.call("GET", "/api/groups?state=running")).body;
      expect(groups).to.have.length(2);
      for (const { id } of groups) await acs.call("POST", `/api/groups/${id}/abort`);
    });
  });

  describe("upgrade", () => {
    it("one device: done with both versions; many: as a group", async () => {
      const one = await run("upgrade", first(), "--to", "4.3.0", "--no-verify-sip", "--timeout", "50");
      expect(one.code, one.err).to.equal(0);
      expect(one.out).to.include("3.2.1 before, 4.3.0 now");
      const list = folder.file("others.csv");
      await writeFile(list, ids.join("\n"));
      const many = await run("upgrade", "--devices-file", list, "--to", "4.3.0", "--no-verify-sip", "--json");
      expect(many.code, many.err).to.equal(0);
      expect(documents(many.out).at(-1).group).to.deep.include({ kind: "upgrade", state: "done", members: 3 });
    });

    it("a version that is not in the catalogue, a device that there is not: exit code 1 and the words of the ACS", async () => {
      const version = await run("upgrade", first(), "--to", "9.9");
      expect([version.code, version.out]).to.deep.equal([1, ""]);
      expect(version.err).to.match(/^version is of no firmware in the catalogue/);
      expect(await run("upgrade", "nobody", "--to", "4.3.0")).to.deep.include({ code: 1, err: "there is no such device\n" });
    });
  });

  describe("diagnose", () => {
    it("says what the result means; exit code 0 when it is good, 4 when something is wrong, 1 when nothing was learnt", async () => {
      const { code, out } = await run("diagnose", first(), "--test", "voice-port", "--port", "1", "--timeout", "50");
      expect(code).to.be.oneOf([0, 4]);
      expect(out)
        .to.match(code === 0 ? /^Complete: / : /^Failure: /)
        .and.to.match(code === 0 ? /./ : /\nNext steps:\n {2}/);
      const json = await run("diagnose", first(), "--test", "voice-port", "--port", "1", "--json", "--lang", "zh");
      expect(json.code).to.equal(code);
      const [begun, ended] = [documents(json.out)[0], documents(json.out).at(-1)];
      expect(begun).to.deep.include({ event: "started" });
      expect(ended.diagnosis).to.deep.include({ id: begun.diagnosis, state: "done" });
      expect(ended.diagnosis.verdict.meaning).to.match(/[\u4e00-\u9fff]/);
      const none = await run("diagnose", first(), "--test", "dsl-line", "--timeout", "30");
      expect([none.code, none.out.split(":")[0]]).to.deep.equal([1, "not-supported"]);
    });

    it("of several devices is a group, whose result for each is the verdict", async () => {
      const { code, out } = await run("diagnose", "--tag", "pilot", "--test", "voice-port", "--port", "1", "--json");
      expect(code).to.equal(0);
      expect(documents(out).at(-1).group).to.deep.include({ kind: "diagnosis", state: "done" });
    });

    it("--no-wait starts it and ends", async () => {
      const { code, err } = await run("diagnose", first(), "--line", "1", "--no-wait");
      expect([code, err.replace(/\w{26}/, "ID")]).to.deep.equal([0, "diagnosis ID is under way\n"]);
    });
  });

  describe("what is wrong", () => {
    it("a command line that makes no sense: exit code 2, with the remedy", async () => {
      expect(await run("upgrade", "--to", "4.3.0")).to.deep.include({ code: 2, err: "give one of: a device, --devices-file, --tag\n" });
      expect(await run("upgrade", first())).to.deep.include({ code: 2, err: "give one of --to and --file-id\n" });
      expect(await run("diagnose", first(), "--line", "1", "--rate", "5")).to.deep.include({
        ...{ code: 2, err: "--rate is for many devices: give --devices-file or --tag with it\n" },
      });
      expect((await run("group", "create", "--order", "reboot", "--tag", "x")).err).to.equal("--order is no JSON: reboot\n");
      expect(await run("upgrade", "--devices-file", "/none", "--to", "1")).to.deep.include({
        ...{ code: 2, err: "--devices-file: /none can't be read (ENOENT)\n" },
      });
    });

    it("no token, a wrong token, a wrong address: exit code 2, and never the token itself", async () => {
      const without = start(["group", "list"], { REVEILLE_TOKEN: undefined });
      expect([await without.ended, without.err()]).to.deep.include(2);
      expect(without.err()).to.match(/^REVEILLE_TOKEN is not set: /);
      const wrong = start(["group", "list"], { REVEILLE_TOKEN: "wrong-token" });
      expect(await wrong.ended).to.equal(2);
      expect(wrong.err())
        .to.match(/does not take the token in REVEILLE_TOKEN\n$/)
        .and.not.to.include("wrong-token");
      expect(await run("group", "list", "--acs-url", "ftp://x/")).to.deep.include({
        ...{ code: 2, err: "--acs-url must be like https://acs.example:3000, without user name and query\n" },
      });
    });

    it("an ACS that is not there, or is something else: exit code 1, and which", async () => {
      const closed = await listen(createServer());
      const nobody = urlOf(closed);
      closed.close();
      const gone = await run("group", "list", "--acs-url", nobody);
      expect([gone.code, gone.err]).to.deep.equal([
        ...[1, `the ACS at ${nobody} does not answer (ECONNREFUSED): is it running, and is --acs-url right?\n`],
      ]);
      const server = await listen(createServer((_request, response) => response.writeHead(404).end("<html>\u001b[31m")));
      const other = await run("group", "list", "--acs-url", urlOf(server));
      server.close();
      expect([other.code, other.err]).to.deep.equal([
        ...[1, `${urlOf(server)} answered 404, and not as a Reveille ACS does: is --acs-url right?\n`],
      ]);
    });

    it("help has examples and exit codes on every command", async () => {
      for (const command of [["upgrade"], ["group", "watch"]]) {
        const { code, out } = await run(...command, "--help");
        expect(code).to.equal(0);
        expect(out)
          .to.include("REVEILLE_TOKEN")
          .and.to.include("Exit codes: 0 done")
          .and.to.match(/Examples:\n {2}reveille /);
      }
    });
  });
});

async function listen(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const urls = new WeakMap<Server, string>();
function urlOf(server: Server): string {
  const known = urls.get(server) ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  urls.set(server, known);
  return known;
}
