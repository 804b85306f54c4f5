/** Laws of every message: what is written is read back as the same value. Layer: test. */
import { expect } from "chai";
import { readAcsEnvelope, readDeviceEnvelope, writeAcsEnvelope, writeDeviceEnvelope } from "../../../../acs/cwmp/envelope.js";
import { readDeviceMessage } from "../../../../acs/cwmp/messages.js";
import { el } from "../../../../acs/cwmp/xml.js";
import { MessageGenerator } from "../../../support/cwmp-messages.js";
import { runSeed, seededRandom } from "../../../support/seeded-random.js";

const RUNS_PER_MESSAGE = 60;

describe("CWMP messages: read(write(m)) is m", () => {
  const seed = runSeed();
  const generator = new MessageGenerator(seededRandom(seed));

  for (const [kind, make] of Object.entries(generator.device)) {
    it(`${kind} from a device`, () => {
      for (let run = 0; run < RUNS_PER_MESSAGE; run++) {
        const sent = generator.envelope(make());
        expect(readDeviceEnvelope(writeDeviceEnvelope(sent, { declaration: run % 2 === 0 })), `SEED=${seed}`).to.deep.equal(sent);
      }
    });
  }

  for (const [kind, make] of Object.entries(generator.acs)) {
    it(`${kind} from the ACS`, () => {
      for (let run = 0; run < RUNS_PER_MESSAGE; run++) {
        const sent = generator.envelope(make());
        expect(readAcsEnvelope(writeAcsEnvelope(sent, { declaration: run % 2 === 0 })), `SEED=${seed}`).to.deep.equal(sent);
      }
    });
  }
});

describe("CWMP messages: which reader reads what", () => {
  it("an unknown method is told by its name without prefix, to be answered with fault 8000", () => {
    expect(readDeviceMessage(el("cwmp:X_EXAMPLE_Dance", {}, el("Step", {}, "1")))).to.deep.equal({
      kind: "UnknownMethod",
      name: "X_EXAMPLE_Dance",
    });
  });

  it("AutonomousTransferComplete is not taken for TransferComplete (field quirk 55)", () => {
    const fault = el("FaultStruct", {}, el("FaultCode", {}, "0"));
    expect(readDeviceMessage(el("cwmp:AutonomousTransferComplete", {}, fault)).kind).to.equal("AutonomousTransferComplete");
    expect(readDeviceMessage(el("cwmp:TransferComplete", {}, fault)).kind).to.equal("TransferComplete");
  });

  it("a request of the ACS is unknown when a device sends it", () => {
    expect(readDeviceMessage(el("cwmp:Reboot", {}, el("CommandKey", {}, "k")))).to.deep.equal({ kind: "UnknownMethod", name: "Reboot" });
  });

  it("a method name in lower case is read (field quirk 45)", () => {
    expect(readDeviceMessage(el("cwmp:rebootresponse", {}))).to.deep.equal({ kind: "RebootResponse" });
  });

  it("a method named like a property of every object is unknown, too", () => {
    for (const name of ["constructor", "__proto__", "toString"])
      expect(readDeviceMessage(el(`cwmp:${name}`, {})).kind).to.equal("UnknownMethod");
  });
});
