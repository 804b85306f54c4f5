/**
 * Diagnoses of simulated gateways of both data models, which the ACS knows nothing of at first: the object is looked for, the test runs,
 * the verdict is told.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md; cwmp.md 8.2, 10. Layer: integration.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { type DnsServer, openDnsServer } from "../support/dns-server.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { openScriptedFileServer, type ScriptedFileServer } from "../support/scripted-file-server.js";
import { openScriptedRegistrar, type RegistrarOptions } from "../support/scripted-registrar.js";
import { requireCommand } from "../support/services.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

describe("diagnoses of simulated gateways", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  let files: ScriptedFileServer;
  let dns: DnsServer;
  let number = 700;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
    [files, dns] = await Promise.all([openScriptedFileServer(), openDnsServer()]);
  });
  afterEach(() => bench.close());
  after(() => Promise.all([acs.close(), files.close(), dns.close()]));

  /** Registered, and seen once, so that its root is known. */
  async function running(model: "tr098" | "tr181", more: Partial<GatewayOptions> = {}): Promise<BenchGateway> {
    const device = bench.add({
      ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number: number++, model },
      ...more,
    });
    const { oui, productClass, serialNumber } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    await device.gateway.powerOn();
    await device.event("session-ended");
    return device;
  }
  /** Started, led to its end by as many calls of the device as it needs, and shown. */
  async function diagnosed({ gateway }: BenchGateway, asked: unknown) {
    const url = `/api/devices/${gateway.deviceId}/diagnoses`;
    const { status, body } = await acs.call("POST", url, asked);
    expect(status, JSON.stringify(body)).to.equal(202);
    const ended = acs.untilEvent("its end", ({ kind, data }) => kind === "diagnosis-ended" && data["diagnosisId"] === body.id);
    const stop = acs.stores.events.onStored((events) => {
      if (events.some(({ kind, deviceId }) => kind === "task-created" && deviceId === gateway.deviceId)) gateway.triggerPeriodic();
    });
    gateway.triggerPeriodic();
    await ended.finally(stop);
    return (await acs.call("GET", `${url}/${body.id}`)).body;
  }

  /** Line 1 tested against a registrar that does this. */
  async function registration(model: "tr098" | "tr181", options: RegistrarOptions, args: Readonly<Record<string, number>> = {}) {
    const registrar = await openScriptedRegistrar(options);
    try {
      const sip = { registrar: "127.0.0.1", registrarPort: registrar.port, domain: "voice.example", password: "s3cret" };
      const device = await running(model, { sip, behaviours: [findBehaviour("sip-module-broken") ?? { name: "", description: "" }] });
      const diagnosis = await diagnosed(device, { test: "sip-registration", line: 1, arguments: args });
      return { ...diagnosis, server: `127.0.0.1:${registrar.port}` };
    } finally {
      await registrar.close();
    }
  }

  for (const model of ["tr098", "tr181"] as const) {
    describe(model, () => {
      it("a registrar that forbids: 403, with the server's address in the sentence", async () => {
        const { state, verdict, result, server } = await registration(model, { first: [403] });
        expect([state, verdict.code, verdict.good]).to.deep.equal(["done", 403, false]);
        expect(verdict.meaning.en).to.equal(`${server} forbids this registration (403, Forbidden).`);
        expect(result).to.include({
          faultCode: 403,
          lastResponseCode: 403,
          registrarAddressUsed: server,
          attempts: 1,
          registeredSince: null,
        });
        expect(Date.parse(result.lastAttemptAt)).to.be.a("number").and.not.NaN;
      });

      it("a registrar that is silent on a host that answers ping: 3", async function () {
        requireCommand(this, "ping");
        const silence = Array.from({ length: 100 }, () => "silence" as const);
        const times = { attemptTimeoutMs: 100, timeoutMs: 20_000 };
        const { state, verdict } = await registration(model, { first: silence }, times);
        expect([state, verdict.code]).to.deep.equal(["done", 3]);
        expect(verdict.meaning.en).to.match(/answers ping, and not REGISTER/);
      });

      it("a registrar that wants the password: 200, a good verdict; with a wrong one 401 and the realm", async () => {
        const good = await registration(model, { password: "s3cret" });
        expect([good.verdict.code, good.verdict.good]).to.deep.equal([200, true]);
        const { verdict } = await registration(model, { password: "another" });
        expect([verdict.code, verdict.good]).to.deep.equal([401, false]);
        expect(verdict.meaning.zh).to.include("realm：voice.example");
      });

      it("an interval that is too short three times: 423", async () => {
        const { verdict } = await registration(model, { first: [423, 423, 423] });
        expect(verdict.code).to.equal(423);
      });

      it("a line that there is not: refused with those that there are", async () => {
        const device = await running(model);
        const { state, failure } = await diagnosed(device, { test: "sip-registration", line: 4 });
        expect([state, failure.code]).to.deep.equal(["failed", "no-such-unit"]);
        expect(failure.detail).to.match(/it has these lines: 1 \(/);
      });

      it("ping of loopback: a good verdict with times in milliseconds", async function () {
        requireCommand(this, "ping");
        const device = await running(model);
        const { state, verdict, result } = await diagnosed(device, { test: "ping", arguments: { host: "127.0.0.1", repetitions: 3 } });
        expect([state, verdict.code, verdict.good]).to.deep.equal(["done", "Complete", true]);
        expect(result).to.include({ successCount: 3, failureCount: 0 });
        expect(result.maximumResponseTimeMs).to.be.a("number");
      });

      it("traceroute: the hops with their times", async function () {
        requireCommand(this, "traceroute");
        const { verdict, result } = await diagnosed(await running(model), {
          test: "traceroute",
          arguments: { host: "127.0.0.1", tries: 2, maxHops: 3 },
        });
        expect(verdict.good).to.equal(true);
        expect(result.hops).to.have.length(1);
        expect(result.hops[0]).to.include({ row: 1, address: "127.0.0.1" });
        expect(result.hops[0].roundTripTimesMs).to.have.length(2);
      });

      it("nslookup: the addresses; a name that there is not is told as such", async () => {
        dns.answer("gw.example", [{ type: "A", address: "192.0.2.7" }]);
        const device = await running(model);
        const lookup = (host: string) => diagnosed(device, { test: "nslookup", arguments: { host, dnsServer: dns.server } });
        const found = await lookup("gw.example");
        expect([found.verdict.code, found.result.successCount]).to.deep.equal(["Complete", 1]);
        expect(found.result.rows[0]).to.deep.include({ hostNameReturned: "gw.example", addresses: ["192.0.2.7"], dnsServer: "127.0.0.1" });
        const { verdict } = await lookup("nobody.example");
        expect([verdict.code, verdict.good]).to.deep.equal(["Error_HostNameNotResolved", false]);
      });

      it("download and upload: throughput and times; a file that is not there", async () => {
        files.files.set("/some", { kind: "file", bytes: new Uint8Array(300_000) });
        const device = await running(model);
        const down = await diagnosed(device, { test: "download", arguments: { url: `${files.url}/some` } });
        expect(down.verdict.good).to.equal(true);
        expect(down.result.testBytesReceived).to.be.within(300_000, 301_024);
        expect(down.result.throughputBitsPerS).to.be.greaterThan(0);
        const up = await diagnosed(device, { test: "upload", arguments: { url: `${files.url}/up-${number}`, sizeBytes: 200_000 } });
        expect([up.verdict.good, up.result.throughputBitsPerS > 0]).to.deep.equal([true, true]);
        const { verdict } = await diagnosed(device, { test: "download", arguments: { url: `${files.url}/nothing` } });
        expect([verdict.code, verdict.good]).to.deep.equal(["Error_TransferFailed", false]);
      });

      it("self test: its words", async () => {
        const { verdict, result } = await diagnosed(await running(model), { test: "self-test" });
        expect(verdict.code).to.equal("Complete");
        expect(result.text).to.match(/^synthetic: /);
      });

      it("a voice port by its number", async () => {
        const diagnosis = await diagnosed(await running(model), { test: "voice-port", port: 1 });
        expect(diagnosis.state).to.equal("done");
        expect(diagnosis.portPath).to.match(/(?:PhyInterface|FXS)\.1\.$/);
      });

      it("a port that the device does not have ends with those that it has", async () => {
        const { state, failure } = await diagnosed(await running(model), { test: "voice-port", port: 9 });
        expect([state, failure.code]).to.deep.equal(["failed", "no-such-unit"]);
        expect(failure.detail).to.match(/it has these: 1 \(/);
      });
    });
  }

  describe("tr181 only", () => {
    it("UDP echo and server selection: times in microseconds, each packet", async () => {
      const echo = createSocket("udp4").bind(0, "127.0.0.1");
      echo.on("message", (packet, { port, address }) => echo.send(packet, port, address));
      await once(echo, "listening");
      const { port } = echo.address();
      try {
        const device = await running("tr181");
        const args = { host: "127.0.0.1", port, repetitions: 3, intervalMs: 1, eachPacket: true };
        const { verdict, result } = await diagnosed(device, { test: "udp-echo", arguments: args });
        expect([verdict.code, result.successCount]).to.deep.equal(["Complete", 3]);
        expect(result.averageResponseTimeUs).to.be.a("number");
        expect(result.packets.map((packet: { answered: boolean }) => packet.answered)).to.deep.equal([true, true, true]);
        const hosts = [`127.0.0.1:${port}`];
        const selection = await diagnosed(device, { test: "server-selection", arguments: { hosts, protocol: "UDP Echo" } });
        expect([selection.verdict.good, selection.result.fastestHost]).to.deep.equal([true, hosts[0]]);
      } finally {
        echo.close();
      }
    });

    it("Wi-Fi neighbours: networks as rows, with dBm", async () => {
      const { verdict, result } = await diagnosed(await running("tr181"), { test: "wifi-neighbours" });
      expect(verdict.code).to.equal("Complete");
      expect(result.rows[0].signalStrengthDbm).to.be.lessThan(0);
    });
  });
});
