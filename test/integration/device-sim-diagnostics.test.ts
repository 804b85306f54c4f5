/**
 * The tests of a simulated gateway, ordered as diagnostics of the ACS and read by it, in both data models: real ones on loopback,
 * and those that are made up.
 * Spec: TR-098, TR-181, TR-143, TR-104 (diagnostics objects); cwmp.md 8. Layer: integration.
 */
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { requireCommand } from "../support/services.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const MODELS = ["tr098", "tr181"] as const;
type Model = (typeof MODELS)[number];
const PING = { tr098: "InternetGatewayDevice.IPPingDiagnostics.", tr181: "Device.IP.Diagnostics.IPPing." } as const;
const VOICE_PORT = {
  tr098: "InternetGatewayDevice.Services.VoiceService.1.PhyInterface.1.Tests.",
  tr181: "Device.Services.VoiceService.1.POTS.FXS.1.DiagTests.",
} as const;

type Arguments = Readonly<Record<string, string | number | boolean>>;

describe("the tests of simulated gateways, through the ACS", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  let number = 500;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  afterEach(() => bench.close());
  after(() => acs.close());

  async function registered(model: Model, more: Partial<GatewayOptions> = {}): Promise<BenchGateway> {
    const device = bench.add({
      ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number: number++, model },
      ...more,
    });
    const { oui, productClass, serialNumber } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    return device;
  }
  const order = ({ gateway }: BenchGateway, path: string, values: Arguments = {}): Promise<string> =>
    acs.task(gateway.deviceId, {
      ...{ kind: "diagnostic", path, timeoutS: 120 },
      arguments: Object.entries(values).map(([name, value]) => ({ name, value })),
    });
  async function ended(id: string) {
    await acs.untilTask(id, "done", "failed");
    return (await acs.call("GET", `/api/tasks/${id}`)).body;
  }
  /** Orders a test, switches the gateway on, and waits for the task's end. */
  async function tested(model: Model, path: string, values: Arguments = {}, more: Partial<GatewayOptions> = {}) {
    const device = await registered(model, more);
    const id = await order(device, path, values);
    await device.gateway.powerOn();
    return ended(id);
  }

  for (const model of MODELS) {
    describe(model, () => {
      it("ping: loopback answers, and its times are told", async function () {
        requireCommand(this, "ping");
        const { state, result } = await tested(model, PING[model], { Host: "127.0.0.1", NumberOfRepetitions: 3, DataBlockSize: 100 });
        expect([state, result.state]).to.deep.equal(["done", "Complete"]);
        expect(result.values).to.include({ SuccessCount: "3", FailureCount: "0" });
        expect(Number(result.values.MaximumResponseTime)).to.be.at.least(Number(result.values.MinimumResponseTime));
        if (model === "tr181") expect(result.values).to.include({ IPAddressUsed: "127.0.0.1" });
      });

      it("a voice port is tested, which is made up; two tests at once end each for itself", async function () {
        requireCommand(this, "ping");
        const device = await registered(model);
        const ids = await Promise.all([order(device, VOICE_PORT[model]), order(device, PING[model], { Host: "127.0.0.1" })]);
        await device.gateway.powerOn();
        const [port, ping] = await Promise.all(ids.map(ended));
        expect([port.state, ping.state]).to.deep.equal(["done", "done"]);
        expect(port.result.values).to.deep.include(model === "tr098" ? { PhoneConnectivity: "0" } : { TestResult: "Success" });
      });

      for (const [behaviour, word] of [
        ["diagnostics-complete", "Complete"],
        ["diagnostics-say-completed", "Completed"],
      ] as const) {
        it(`${behaviour}: any test ends as ${word}`, async () => {
          const behaviours = [findBehaviour(behaviour) ?? { name: behaviour, description: "" }];
          const { state, result } = await tested(model, VOICE_PORT[model], {}, { behaviours });
          expect([state, result.state]).to.deep.equal(["done", word]);
        });
      }
    });
  }
});
