/** Inform: what may be missing and what not. Whole messages: test/golden/cwmp/inform*, quirk-40*. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readInform, readInformResponse, writeInform } from "../../../../../acs/cwmp/rpc/inform.js";
import { child, children, type Element, el } from "../../../../../acs/cwmp/xml.js";
import { inform } from "../../../../support/cwmp-messages.js";

/** An Inform without one of its elements, wherever that is. */
function without(element: Element, name: string): Element {
  return { ...element, children: element.children.filter((one) => one.localName !== name).map((one) => without(one, name)) };
}

describe("Inform (TR-069 A.3.3.1)", () => {
  const whole = writeInform(inform());

  it("is malformed without what tells who calls, why, or with which values", () => {
    const paths = [
      ["DeviceId", "Inform/DeviceId"],
      ["OUI", "DeviceId/OUI"],
      ["SerialNumber", "DeviceId/SerialNumber"],
      ["Event", "Inform/Event"],
      ["ParameterList", "Inform/ParameterList"],
    ] as const;
    for (const [name, path] of paths) {
      expect(() => readInform(without(whole, name)), name)
        .to.throw(MalformedMessage)
        .with.property("path", path);
    }
  });

  it("is read without the rest, of which devices leave out each", () => {
    const bare = ["Manufacturer", "ProductClass", "MaxEnvelopes", "CurrentTime", "RetryCount", "CommandKey"].reduce(without, whole);
    expect(readInform(bare)).to.deep.equal({
      ...inform({ currentTime: "" }),
      deviceId: { manufacturer: "", oui: "00D09E", productClass: "", serialNumber: "VG2-0000012345" },
    });
  });

  it("counts events and parameters by themselves, not by arrayType (field quirk 17)", () => {
    const lying = inform({ events: [] });
    const list = child(writeInform(lying), "Event");
    expect(list.attributes.map(({ name, value }) => [name, value])).to.deep.equal([["SOAP-ENC:arrayType", "cwmp:EventStruct[0]"]]);
    const three = { ...list, children: children(child(whole, "Event"), "EventStruct").flatMap((one) => [one, one, one]) };
    const told = { ...whole, children: whole.children.map((one) => (one.localName === "Event" ? three : one)) };
    expect(readInform(told).events).to.have.lengthOf(3);
  });

  it("keeps event codes that no standard knows", () => {
    const events = [
      { code: "14 HEARTBEAT", commandKey: "" },
      { code: "X 00D09E Dance", commandKey: "k" },
      { code: "", commandKey: "" },
    ];
    expect(readInform(writeInform(inform({ events }))).events).to.deep.equal(events);
  });

  it("takes nonsense for RetryCount and MaxEnvelopes as nothing said", () => {
    const nonsense = whole.children.map((one) => (/Count|Max/.test(one.localName) ? el(one.name, {}, "many") : one));
    expect(readInform({ ...whole, children: nonsense })).to.include({ retryCount: 0, maxEnvelopes: 1 });
  });
});

describe("InformResponse", () => {
  it("says 1 if it says nothing", () => expect(readInformResponse(el("cwmp:InformResponse", {})).maxEnvelopes).to.equal(1));
});
