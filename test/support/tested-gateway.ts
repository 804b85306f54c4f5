/**
 * Simulated gateways whose tests an ACS orders and reads, and an echo server that is a gateway, too.
 * Layer: test support.
 */
import type { GatewayOptions, ModelName } from "../../device-sim/gateway/options.js";
import { type BenchGateway, openGatewayBench } from "./gateway-bench.js";
import { DEVICE_PASSWORD, type RestAnswer, startTestAcs } from "./test-acs.js";

type Arguments = Readonly<Record<string, string | number | boolean>>;

type OrderedTest = readonly [path: string, values?: Arguments];

export interface TestBench {
  /** Registered at the ACS, and still without power. */
  registered(model: ModelName, more?: Partial<GatewayOptions>): Promise<BenchGateway>;
  /** Whether gateways of the model have this parameter. */
  has(model: ModelName, name: string): boolean;
  /** Id of the task. */
  order(device: BenchGateway, path: string, values?: Arguments): Promise<string>;
  /** The task as REST shows it, when it has ended. */
  ended(id: string): Promise<RestAnswer["body"]>;
  /** Orders a test, switches the gateway on, and waits for the task's end. */
  tested(model: ModelName, path: string, values?: Arguments, more?: Partial<GatewayOptions>): Promise<RestAnswer["body"]>;
  /** The same with several tests of one gateway: of different objects at once, of the same one after the other. */
  testedAll(model: ModelName, tests: readonly OrderedTest[], more?: Partial<GatewayOptions>): Promise<readonly RestAnswer["body"][]>;
  /** A gateway with UDPEchoConfig enabled; its port. @param source The only address that it answers. */
  echoServer(source: string, more?: { readonly isPlus: boolean }): Promise<number>;
  powerOff(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_NUMBER = 500;

export async function openTestBench(): Promise<TestBench> {
  const bench = openGatewayBench();
  const acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  let number = FIRST_NUMBER;
  const optionsOf = (model: ModelName): Pick<GatewayOptions, "acsUrl"> & Partial<GatewayOptions> => ({
    ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number: number++, model },
  });

  const registered: TestBench["registered"] = async (model, more = {}) => {
    const device = bench.add({ ...optionsOf(model), ...more });
    const { oui, productClass, serialNumber } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    return device;
  };
  const order: TestBench["order"] = ({ gateway }, path, values = {}) =>
    acs.task(gateway.deviceId, {
      ...{ kind: "diagnostic", path, timeoutS: 120 },
      arguments: Object.entries(values).map(([name, value]) => ({ name, value })),
    });
  const ended: TestBench["ended"] = async (id) => {
    await acs.untilTask(id, "done", "failed");
    return (await acs.call("GET", `/api/tasks/${id}`)).body;
  };

  const testedAll: TestBench["testedAll"] = async (model, tests, more) => {
    const device = await registered(model, more);
    const ids: string[] = [];
    for (const [path, values] of tests) ids.push(await order(device, path, values));
    await device.gateway.powerOn();
    return Promise.all(ids.map(ended));
  };

  return {
    ...{ registered, order, ended, testedAll },
    has: (model, name) => {
      const { gateway } = bench.add(optionsOf(model));
      return gateway.read(name) !== undefined;
    },
    tested: async (model, path, values, more) => (await testedAll(model, [[path, values ?? {}]], more))[0],
    echoServer: async (source, { isPlus } = { isPlus: false }) => {
      const { gateway, event } = bench.add(optionsOf("tr098"));
      const echo = "InternetGatewayDevice.UDPEchoConfig.";
      await gateway.powerOn();
      gateway.changeLocally(`${echo}SourceIPAddress`, source);
      gateway.changeLocally(`${echo}UDPPort`, "0");
      gateway.changeLocally(`${echo}EchoPlusEnabled`, String(isPlus));
      gateway.changeLocally(`${echo}Enable`, "true");
      return (await event("echo-server")).port;
    },
    powerOff: () => bench.close(),
    close: async () => {
      await bench.close();
      await acs.close();
    },
  };
}
