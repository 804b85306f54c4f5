/**
 * Names of devices in certificates: which are read, and for which device they stand.
 * Spec: TR-069 3.4.4. Layer: unit test.
 */
import { expect } from "chai";
import { deviceId } from "../../../../acs/devices/device.js";
import { certifies, readCertifiedName } from "../../../../acs/http/client-certificate.js";

const id = (productClass: string, serialNumber: string, oui = "0A1B2C"): string => deviceId({ oui, productClass, serialNumber });

describe("the device of a certificate", () => {
  it("is read from OUI-SerialNumber and from OUI-ProductClass-SerialNumber, each part percent-encoded", () => {
    expect(readCertifiedName("0A1B2C-S1")?.id).to.equal(id("", "S1"));
    expect(readCertifiedName("0A1B2C-VG2000-S1")?.id).to.equal(id("VG2000", "S1"));
    expect(readCertifiedName("0a1b2c-VG%202000-A%2DB%29")?.id).to.equal(id("VG 2000", "A-B)"));
    expect(readCertifiedName("0A1B2C-VG 2000-A)")?.id, "encoded or not").to.equal(id("VG 2000", "A)"));
  });

  it("is nobody for a name of another form", () => {
    const odd = ["", "-", "0A1B2C", "0A1B2C-", "0A1B2C--S", "0A1B2C-P-", "0A1B2C-P-S-1", "ACME-Gateway", "0A1B2-S", "0A1B2C-%zz"];
    for (const name of [...odd, `0A1B2C-${"S".repeat(300)}`]) expect(readCertifiedName(name), name).to.equal(undefined);
  });

  it("is the one it names, and without a product class any of that OUI and serial number", () => {
    const full = readCertifiedName("0A1B2C-VG2000-S1");
    const short = readCertifiedName("0A1B2C-S1");
    if (full === undefined || short === undefined) throw new Error("not read");
    expect(
      [id("VG2000", "S1"), id("", "S1"), id("VG3000", "S1"), id("VG2000", "S2")].map((claimed) => certifies(full, claimed)),
    ).to.deep.equal([true, false, false, false]);
    const claims = [id("VG2000", "S1"), id("", "S1"), id("S1", "VG2000"), id("", "S2"), id("VG2000", "S1", "0A1B2D"), id("S1", "S2")];
    expect(claims.map((claimed) => certifies(short, claimed))).to.deep.equal([true, true, false, false, false, false]);
  });

  it("cannot be stretched by a dash within a part: identities that look alike when joined stay apart", () => {
    const name = readCertifiedName("0A1B2C-A-B");
    expect(name !== undefined && certifies(name, id("", "A-B"))).to.equal(false);
  });
});
