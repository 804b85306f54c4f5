/**
 * Diagnoses of simulated gateways of both data models, which the ACS knows nothing of at first: the object is looked for, the test runs,
 * the verdict is told.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md; cwmp.md 8.2, 10. Layer: integration.
 */
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { openScriptedRegistrar, type RegistrarOptions } from "../support/scripted-registrar.js";
import { requireCommand } from "../support/services.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

describe("diagnoses of simulated gateways", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  let number = 700;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  afterEach(() => bench.close());
  after(() => acs.close());

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
});
