import { expect } from "chai";
import {
  type AskedFile,
  checkDownload,
  fileTypeFault,
  type KnownFile,
  type KnownReceivedFile,
} from "../../../../acs/tasks/check-download.js";

const FIRMWARE = "1 Firmware Upgrade Image";
const known: KnownFile = { fileType: FIRMWARE, model: "HG1", version: "2.0", sizeBytes: 77 };

/** Names of the fields at fault, or the file. */
function faults(asked: AskedFile, file?: KnownFile, productClass = "HG1"): unknown {
  const checked = checkDownload(asked, { file }, productClass);
  return "errors" in checked ? checked.errors.map(({ field }) => field) : checked.file;
}

describe("checking a download", () => {
  it("takes type, size and version from the catalogue", () => {
    expect(faults({ catalogueId: "f1" }, known)).to.deep.equal({
      fileType: FIRMWARE,
      catalogueId: "f1",
      fileSizeBytes: 77,
      targetFileName: "",
      version: "2.0",
    });
  });
  it("leaves the version out when the file has none", () => {
    expect(faults({ catalogueId: "f1" }, { ...known, version: "" })).not.to.have.property("version");
  });
  it("takes a file for every model, and refuses one for another model", () => {
    expect(faults({ catalogueId: "f1" }, { ...known, model: "" })).to.have.property("catalogueId", "f1");
    expect(faults({ catalogueId: "f1" }, known, "HG2")).to.deep.equal(["catalogueId"]);
  });
  it("refuses a file that the catalogue does not have, and fields that are the catalogue's", () => {
    expect(faults({ catalogueId: "f1" })).to.deep.equal(["catalogueId"]);
    expect(faults({ catalogueId: "f1", version: "3", fileSizeBytes: 1, fileType: FIRMWARE }, known)).to.deep.equal([
      "fileType",
      "fileSizeBytes",
      "version",
    ]);
  });
  it("takes a URL with its file type", () => {
    const asked = { url: "https://files.example/fw.bin?a=1", fileType: FIRMWARE, version: "3" };
    expect(faults(asked)).to.deep.equal({ ...asked, fileSizeBytes: 0, targetFileName: "" });
  });
  it("takes back what this device has uploaded, as a configuration, once it is decoded", () => {
    const file: KnownReceivedFile = { fileType: "1 Vendor Configuration File", sizeBytes: 77, contentCoding: "" };
    const restored = (asked: AskedFile, received?: KnownReceivedFile): unknown => {
      const checked = checkDownload({ receivedFileId: "r1", ...asked }, { received }, "HG1");
      return "errors" in checked ? checked.errors.map(({ field }) => field) : checked.file;
    };
    const order = { receivedFileId: "r1", fileType: "3 Vendor Configuration File", fileSizeBytes: 77, targetFileName: "" };
    expect(restored({}, file)).to.deep.equal(order);
    expect(restored({}, { ...file, contentCoding: "gzip" }), "its size is not known then").to.deep.equal({ ...order, fileSizeBytes: 0 });
    expect(restored({ fileType: "X 00D09E Config" }, file)).to.have.property("fileType", "X 00D09E Config");
    expect(restored({}), "one that is not there").to.deep.equal(["receivedFileId"]);
    expect(restored({}, { ...file, fileType: "2 Vendor Log File" }), "a log").to.deep.equal(["receivedFileId"]);
    for (const fileType of [FIRMWARE, "1 Vendor Configuration File", "X"]) expect(restored({ fileType }, file)).to.deep.equal(["fileType"]);
    expect(restored({ version: "1", fileSizeBytes: 1 }, file)).to.deep.equal(["fileSizeBytes", "version"]);
    expect(restored({ url: "http://x/" }, file)).to.deep.equal(["url"]);
    expect(restored({ catalogueId: "f1" }, file)).to.deep.equal(["receivedFileId"]);
  });
  it("refuses neither and both of catalogueId and url", () => {
    expect(faults({})).to.deep.equal(["catalogueId"]);
    expect(faults({ catalogueId: "f1", url: "http://x/" }, known)).to.deep.equal(["url"]);
  });
  it("refuses a URL that carries user and password, is too long, relative, or of a foreign scheme (TR-069 A.3.2.8)", () => {
    for (const url of [
      "http://u:p@x/",
      "http://u@x/",
      `http://x/${"a".repeat(250)}`,
      "/fw.bin",
      "file:///etc/passwd",
      "http://x/ü",
      "http://x/a b",
      "",
    ])
      expect(faults({ url, fileType: FIRMWARE }), url).to.deep.equal(["url"]);
  });
  it("refuses a URL without file type, a size that no unsignedInt holds, a target name too long", () => {
    expect(faults({ url: "http://x/" })).to.deep.equal(["fileType"]);
    expect(faults({ url: "http://x/", fileType: FIRMWARE, fileSizeBytes: 4_294_967_296 })).to.deep.equal(["fileSizeBytes"]);
    expect(faults({ url: "http://x/", fileType: FIRMWARE, fileSizeBytes: -1 })).to.deep.equal(["fileSizeBytes"]);
    expect(faults({ url: "http://x/", fileType: FIRMWARE, targetFileName: "x".repeat(257) })).to.deep.equal(["targetFileName"]);
  });
  it("knows the file types of a Download, and vendors' own", () => {
    const types = ["1 Firmware Upgrade Image", "5 Ringer File", "X 00A0C5 Language Pack", "X EXAMPLE-COM Skin"];
    expect(types.filter((type) => fileTypeFault(type) !== undefined)).to.deep.equal([]);
    const bad = ["", "1", "firmware", "2 Vendor Log File", "X ", "X A", "X 00A0C5 \u0000", `X A ${"x".repeat(64)}`];
    expect(bad.filter((type) => fileTypeFault(type) === undefined)).to.deep.equal([]);
  });
});
