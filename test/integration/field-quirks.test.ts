/**
 * The ACS gets on with each misbehaviour that the simulator knows: the session ends well, and the whole tree is read.
 * Spec: digest 12 (field quirks). Layer: integration test.
 */
import { expect } from "chai";
import { BEHAVIOUR_NAMES, findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

/** Those that are meant to keep a session or a task from going well, and those of the phone. */
const BEYOND_TOLERANCE = /^(drops-|wrong-password$|spv-fault$|forgets-names$|never-answers-notify$|answers-481$)/;

describe("field quirks: the ACS and each misbehaviour of a device", function () {
  this.timeout(15_000);
  const bench = openGatewayBench();
  let acs: TestAcs;
  let number = 0;
  before(async () => {
    acs = await startTestAcs({ realTime: true });
  });
  afterEach(() => bench.close());
  after(() => acs.close());

  for (const name of BEHAVIOUR_NAMES.filter((one) => !BEYOND_TOLERANCE.test(one))) {
    it(name, async () => {
      const behaviours = [findBehaviour(name) ?? { name, description: "" }];
      const device = bench.add({ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number: number++, behaviours });
      const { oui, productClass, serialNumber } = device.gateway.instance;
      await acs.gateway({ oui, productClass, serialNumber });
      await device.gateway.powerOn();
      expect(await device.event("session-ended")).to.include({ outcome: "done" });
      await acs.untilEvent("the tree is read", ({ kind, deviceId, data }) => {
        return kind === "task-changed" && deviceId === device.gateway.deviceId && data["kind"] === "refresh" && data["to"] === "done";
      });
      const path = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber";
      const { entries } = (await acs.call("GET", `/api/devices/${device.gateway.deviceId}/tree?path=${path}`)).body;
      expect(entries[0]?.value).to.equal(device.gateway.read(path));
    });
  }
});
