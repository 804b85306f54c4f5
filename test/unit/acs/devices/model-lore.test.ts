/** What a model taught: which word counts, for whom, and how much of it is kept. */
import { expect } from "chai";
import {
  LORE_LIMITS,
  learntType,
  mayBeMissing,
  missingMethods,
  NO_LORE,
  withMethod,
  withMissingMethod,
  withType,
} from "../../../../acs/devices/model-lore.js";

const told = (...devices: readonly string[]) =>
  devices.reduce((lore, deviceId, at) => withMissingMethod(lore, "Upload", "1.0", { deviceId, atMs: at }), NO_LORE);

describe("methods that a model does not have (field quirk 54)", () => {
  it("a device's own word counts at once, and for it alone", () => {
    expect([...missingMethods(told("A"), "1.0", "A")]).to.deep.equal([["Upload", { deviceId: "A", atMs: 0 }]]);
    expect(missingMethods(told("A"), "1.0", "B").size).to.equal(0);
  });
  it("that of two counts for all of the model: one device must not take a method from the others", () => {
    expect(missingMethods(told("A", "A", "A"), "1.0", "C").size).to.equal(0);
    expect([...missingMethods(told("A", "B"), "1.0", "C").keys()]).to.deep.equal(["Upload"]);
  });
  it("counts for the software version in which it was heard, and for no other", () => {
    expect(missingMethods(told("A", "B"), "1.1", "A").size).to.equal(0);
  });
  it("a third witness is not kept, and a repeated word changes nothing", () => {
    expect(told("A", "B", "C").methods[0]?.witnesses.map(({ deviceId }) => deviceId)).to.deep.equal(["A", "B"]);
    const known = told("A");
    expect(withMissingMethod(known, "Upload", "1.0", { deviceId: "A", atMs: 9 })).to.equal(known);
  });
  it("is forgotten when the method is answered after all, in that version", () => {
    expect(withMethod(told("A", "B"), "Upload", "1.0")).to.deep.equal(NO_LORE);
    const known = told("A");
    expect(withMethod(known, "Upload", "1.1")).to.equal(known);
  });
  it("methods that TR-069 requires of each device are not believed to be missing", () => {
    expect(["SetParameterValues", "Reboot", "Download"].map(mayBeMissing)).to.deep.equal([false, false, false]);
    expect(["Upload", "ScheduleInform", "GetAllQueuedTransfers"].map(mayBeMissing)).to.deep.equal([true, true, true]);
  });
  it("versions beyond the limit push out the oldest, and a long version is cut", () => {
    const many = Array.from({ length: LORE_LIMITS.methodsMax + 1 }, (_, i) => `${i}`);
    const lore = many.reduce((all, version) => withMissingMethod(all, "Upload", version, { deviceId: "A", atMs: 0 }), NO_LORE);
    expect(lore.methods).to.have.length(LORE_LIMITS.methodsMax);
    expect(missingMethods(lore, "0", "A").size).to.equal(0);
    const long = withMissingMethod(NO_LORE, "Upload", "v".repeat(1_000), { deviceId: "A", atMs: 0 });
    expect(long.methods[0]?.softwareVersion).to.have.length(LORE_LIMITS.versionCharactersMax);
    expect(missingMethods(long, "v".repeat(1_000), "A").size).to.equal(1);
  });
});

describe("types that a model takes (field quirk 13)", () => {
  const learnt = (type: string) => ({ type, deviceId: "A", atMs: 0 });

  it("are those of a parameter in all instances, the newest word counts", () => {
    const lore = withType(
      withType(NO_LORE, "Device.WiFi.Radio.1.Enable", learnt("xsd:int")),
      "Device.WiFi.Radio.2.Enable",
      learnt("xsd:string"),
    );
    expect(lore.types).to.deep.equal([{ path: "Device.WiFi.Radio.{i}.Enable", ...learnt("xsd:string") }]);
    expect(learntType(lore, "Device.WiFi.Radio.7.Enable")).to.equal("xsd:string");
    expect(learntType(lore, "Device.WiFi.Radio.7.Alias")).to.equal(undefined);
    expect(learntType(NO_LORE, "Device.WiFi.Radio.7.Enable")).to.equal(undefined);
  });
  it("beyond the limit the oldest goes", () => {
    const names = Array.from({ length: LORE_LIMITS.typesMax + 1 }, (_, i) => `Device.X_${i}`);
    const lore = names.reduce((all, name) => withType(all, name, learnt("xsd:int")), NO_LORE);
    expect([lore.types.length, learntType(lore, "Device.X_0")]).to.deep.equal([LORE_LIMITS.typesMax, undefined]);
  });
});
