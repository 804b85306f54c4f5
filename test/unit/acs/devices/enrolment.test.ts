/**
 * Enrolment rules: when they are open, and for whom. Spec: TR-069 A.3.3.1.
 * Layer: unit.
 */
import { expect } from "chai";
import { admitsIdentity, isIdentity, ruleState } from "../../../../acs/devices/enrolment.js";
import { newRule } from "../../../support/acs-stores.js";
import { IDENTITY, NOW_MS } from "../../../support/builders.js";

describe("acs/devices: enrolment rules", () => {
  it("are open until their time, until they are closed, or until they have their devices", () => {
    expect(ruleState(newRule({ untilMs: NOW_MS + 1 }), NOW_MS)).to.equal("open");
    expect(ruleState(newRule({ untilMs: NOW_MS }), NOW_MS)).to.equal("expired");
    expect(ruleState(newRule({ untilMs: null }), NOW_MS * 2)).to.equal("open");
    expect(ruleState(newRule({ closedAtMs: NOW_MS - 1 }), NOW_MS)).to.equal("closed");
    expect(ruleState(newRule({ devicesMax: 2, enrolled: 1 }), NOW_MS)).to.equal("open");
    expect(ruleState(newRule({ devicesMax: 2, enrolled: 2 }), NOW_MS)).to.equal("full");
  });

  it("admit any device, or those of their OUIs and product classes", () => {
    expect(admitsIdentity(newRule(), IDENTITY)).to.equal(true);
    expect(admitsIdentity(newRule({ ouis: ["00D09E", "0A1B2C"], productClasses: ["VG2000"] }), IDENTITY)).to.equal(true);
    expect(admitsIdentity(newRule({ ouis: ["00D09E"] }), IDENTITY)).to.equal(false);
    expect(admitsIdentity(newRule({ productClasses: [""] }), IDENTITY)).to.equal(false);
    expect(admitsIdentity(newRule({ productClasses: [""] }), { ...IDENTITY, productClass: "" })).to.equal(true);
  });

  it("are for identities of TR-069 only", () => {
    expect(isIdentity(IDENTITY)).to.equal(true);
    expect(isIdentity({ ...IDENTITY, productClass: "" })).to.equal(true);
    for (const wrong of [
      ...[{ oui: "0a1b2c" }, { oui: "0A1B2" }, { oui: "" }, { serialNumber: "" }, { serialNumber: "s".repeat(65) }],
      ...[{ productClass: "p".repeat(65) }, { serialNumber: "a\nb" }, { serialNumber: "\ud800" }],
    ])
      expect(isIdentity({ ...IDENTITY, ...wrong }), JSON.stringify(wrong)).to.equal(false);
    expect(isIdentity({ ...IDENTITY, serialNumber: "ü".repeat(64) }), "an id of more than 256 characters").to.equal(false);
  });
});
