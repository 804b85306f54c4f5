/**
 * `reveille device-sim` as a process of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command, CommanderError } from "commander";
import { readGatewayMessage } from "../../acs/nms/gateway-message.js";
import { addDeviceSimCommand } from "../../device-sim/cli.js";
import { startDeviceSim } from "../../device-sim/main.js";
import { openScriptedAcs, type ScriptedAcs } from "../support/scripted-acs.js";
import { repositoryPath } from "../support/shared-data.js";

describe("reveille device-sim", () => {
  let acs: ScriptedAcs;
  let folder: string;
  beforeEach(async () => {
    acs = await openScriptedAcs();
    folder = mkdtempSync(join(tmpdir(), "device-sim-cli-"));
  });
  afterEach(async () => {
    await acs.close();
    rmSync(folder, { recursive: true });
  });

  it("starts gateways that call in, logs their effects, keeps their memories, and stops on SIGTERM with exit code 0", async () => {
    const effects = join(folder, "effects.jsonl");
    const child = run(
      "--acs-url",
      acs.url,
      "--acs-password",
      "p",
      "--count",
      "3",
      "--seed",
      "7",
      "--effects-log",
      effects,
      "--memory",
      folder,
    );
    const told: string[] = [];
    child.stdout?.on("data", (chunk: Buffer) => told.push(chunk.toString()));
    await acs.post(() => acs.informs().length === 3);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).to.equal(0);
    expect(told.join("")).to.include('"seed":7');
    const serials = acs.informs().map(({ deviceId }) => deviceId.serialNumber);
    expect(serials.toSorted()).to.deep.equal(["VG2K0007000000", "VG2K0007000001", "VG2K0007000002"]);
    const logged = readFileSync(effects, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { effect: string });
    expect(logged.map(({ effect }) => effect)).to.deep.equal(["boot", "boot", "boot"]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".json"))).to.have.length(3);
  });

  it("--nms: registers with an NMS server, and speaks no CWMP", async () => {
    const server = createServer();
    const heard = new Promise<string>((resolve) => {
      server.on("request", (request, response) => {
        request.setEncoding("utf8").on("data", resolve);
        request.on("end", () => response.end(readFileSync(repositoryPath("test/golden/nms/response-nothing.xml"))));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const child = run("--nms", "--acs-url", `http://127.0.0.1:${port}/nms`, "--acs-password", "p", "--seed", "7");
    expect(readGatewayMessage(Buffer.from(await heard, "utf8"))).to.deep.include({
      kind: "registration",
      identity: { oui: "0A1B2C", productClass: "VG2000", serialNumber: "VG2K0007000000" },
    });
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).to.equal(0);
    server.close();
  });

  for (const [what, args] of [
    ["no ACS", ["--acs-password", "p"]],
    ["a count that is no number", ["--acs-url", "http://a/", "--acs-password", "p", "--count", "many"]],
    ["a URL that is none", ["--acs-url", "nowhere", "--acs-password", "p"]],
    ["a connection-request URL that is none", ["--acs-url", "http://a/", "--acs-password", "p", "--connection-request-url", "a"]],
    ["a certificate without its key", ["--acs-url", "https://a/", "--acs-password", "p", "--cert", "device.crt"]],
    ["NMS without the URL of its server", ["--nms", "--dhcp-server", "192.0.2.1:67", "--acs-password", "p"]],
    ["a place of agreed files that is no URL", ["--nms", "--nms-files", "here", "--acs-url", "http://a/", "--acs-password", "p"]],
    ["a DHCP server without a port", ["--dhcp-server", "192.0.2.1", "--acs-password", "p"]],
    ["a model that does not exist", ["--acs-url", "http://a/", "--acs-password", "p", "--model", "tr369"]],
    ["a behaviour that does not exist", ["--acs-url", "http://a/", "--acs-password", "p", "--behaviour", "flies"]],
  ] as const) {
    it(`${what} is wrong usage`, async () => {
      const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
      addDeviceSimCommand(program);
      for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
      const failure = await program.parseAsync(["device-sim", ...args], { from: "user" }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(CommanderError);
    });
  }

  it("a hundred gateways live in one process", async () => {
    const sim = await startDeviceSim({ acsUrl: acs.url, acsPassword: "p", count: 100, seed: 1 });
    await acs.post(() => acs.said().filter((word) => word === "empty").length === 100);
    await sim.stop();
    expect(new Set(acs.informs().map(({ deviceId }) => deviceId.serialNumber)).size).to.equal(100);
  });

  it("a behaviour that does not exist starts nothing", async () => {
    const failure = await startDeviceSim({ acsUrl: acs.url, acsPassword: "p", count: 1, seed: 1, behaviours: ["flies"] }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(RangeError);
  });
});

function run(...args: readonly string[]): ChildProcess {
  const program = repositoryPath("bin/reveille.ts");
  return spawn(process.execPath, ["--import", "tsx", program, "device-sim", ...args], {
    cwd: repositoryPath("."),
    stdio: ["ignore", "pipe", "inherit"],
  });
}
