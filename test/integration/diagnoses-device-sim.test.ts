/**
 * Diagnoses of simulated gateways of both data models, which the ACS knows nothing of at first: the object is looked for, the test runs,
 * the verdict is told.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md; cwmp.md 8.2, 10. Layer: integration.
 */
import { expect } from "chai";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
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

  for (const model of ["tr098", "tr181"] as const) {
    describe(model, () => {
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
