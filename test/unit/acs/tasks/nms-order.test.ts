/**
 * What a voice-signalled gateway can be asked for, and what its response says of it.
 * Spec: US 2012/0089717 A1 [0107], [0129-0131], [0140], [0052]. Layer: test.
 */
import { expect } from "chai";
import { checkOrder } from "../../../../acs/tasks/check-order.js";
import { actionName, actionOf, checkNmsOrder, type FilePlace, nmsKindFault } from "../../../../acs/tasks/nms-order.js";
import type { DownloadFile, TaskOrder } from "../../../../acs/tasks/task.js";

const file = (more: Partial<DownloadFile> = {}): TaskOrder => ({
  kind: "download",
  file: { fileType: "1 Firmware Upgrade Image", fileSizeBytes: 0, targetFileName: "h260ver", ...more },
});
const value = (name: string, text: string) => ({ name, value: text, type: "xsd:string" });
const place: FilePlace = { url: "https://files.example/f/h260-2.0.bin?s=1", checksum: "0".repeat(64) };
const errors = (order: TaskOrder): readonly string[] => {
  const checked = checkNmsOrder(order);
  return "errors" in checked ? checked.errors.map(({ field }) => field) : [];
};
const parts = (order: TaskOrder, more: { place?: FilePlace | null; isExtended?: boolean } = {}) =>
  actionOf(order, { values: order.kind === "setParameterValues" ? order.values : [], place: null, isExtended: true, ...more });

describe("orders of voice-signalled gateways", () => {
  it("are reboot, setParameterValues and download; others are refused with what is", () => {
    for (const kind of ["reboot", "setParameterValues", "download"] as const) expect(nmsKindFault(kind)).to.equal(undefined);
    expect(nmsKindFault("refresh")).to.equal("is not supported by NMS-managed devices; they take reboot, setParameterValues, download");
    expect(errors({ kind: "factoryReset" })).to.deep.equal(["kind"]);
  });

  it("download version or configuration, and no other file", () => {
    expect(errors(file())).to.deep.equal([]);
    expect(errors(file({ fileType: "3 Vendor Configuration File" }))).to.deep.equal([]);
    expect(errors(file({ fileType: "4 Tone File" }))).to.deep.equal(["fileType"]);
  });

  it("have no more parameters, and no longer ones, than a response can carry", () => {
    const values = (count: number, text = "") => Array.from({ length: count }, (_, i) => value(`Device.A${i}`, text));
    expect(errors({ kind: "setParameterValues", values: values(256) })).to.deep.equal([]);
    expect(errors({ kind: "setParameterValues", values: values(257) })).to.deep.equal(["values"]);
    expect(errors({ kind: "setParameterValues", values: values(1, "x".repeat(4_097)) })).to.deep.equal(["values[0].value"]);
  });

  it("are carried out as a whole, by exact names, without a read-back", () => {
    const values = [value("Device.A", "1")];
    expect(errors({ kind: "setParameterValues", values, onFault: "set-the-rest" })).to.deep.equal(["onFault"]);
    expect(errors({ kind: "setParameterValues", values, verify: true })).to.deep.equal(["verify"]);
    expect(errors({ kind: "setParameterValues", values, addressing: { by: "tree", asked: ["Device.*"] } })).to.deep.equal(["values"]);
  });
});

describe("a file whose place is agreed in advance ([0140])", () => {
  const known = { entries: [], productClass: "H260", trustsWritable: true } as const;
  const asked = { kind: "download", fileType: "1 Firmware Upgrade Image", targetFileName: "h260ver" } as const;

  it("is named and no more, for a gateway that is managed over NMS", () => {
    expect(checkOrder(asked, { ...known, protocol: "nms" })).to.deep.equal({
      order: {
        kind: "download",
        file: { fileType: "1 Firmware Upgrade Image", fileSizeBytes: 0, targetFileName: "h260ver", downloadMethod: "http" },
      },
    });
  });

  it("must be named, by a protocol that exists", () => {
    const fields = (more: object) => {
      const checked = checkOrder({ ...asked, ...more }, { ...known, protocol: "nms" });
      return "errors" in checked ? checked.errors.map(({ field }) => field) : [];
    };
    expect(fields({ targetFileName: "" })).to.deep.equal(["targetFileName"]);
    expect(fields({ downloadMethod: "carrier pigeon" })).to.deep.equal(["downloadMethod"]);
    expect(fields({ fileType: undefined })).to.deep.equal(["fileType"]);
  });

  it("is nothing for CWMP, nor is downloadMethod", () => {
    expect(checkOrder(asked, known)).to.have.property("errors");
    expect(checkOrder({ ...asked, url: "http://files.example/a", downloadMethod: "http" }, known)).to.deep.include({
      errors: [{ field: "downloadMethod", detail: "is for NMS-managed devices, and files whose place is agreed in advance" }],
    });
  });
});

describe("the action that a response carries", () => {
  it("reboot", () => {
    expect(parts({ kind: "reboot" })).to.deep.equal({ kind: "reboot" });
  });

  it("parameters, by name and value", () => {
    expect(parts({ kind: "setParameterValues", values: [value("Device.A", "1")] })).to.deep.equal({
      kind: "parameters",
      parameters: [{ name: "Device.A", value: "1" }],
    });
  });

  const upgrade = { kind: "upgrade", fileType: "version", downloadPath: null, fileSize: null, checksum: null } as const;

  it("a file whose place is agreed: type, name and method, as embodiment 2 prints them", () => {
    expect(parts(file({ downloadMethod: "tftp" }))).to.deep.equal({ ...upgrade, fileName: "h260ver", downloadMethod: "tftp" });
  });

  it("a file with its place, size and checksum, for gateways that read them", () => {
    const order = file({ catalogueId: "1", fileSizeBytes: 4_096, targetFileName: "" });
    expect(parts(order, { place })).to.deep.equal({
      ...{ ...upgrade, fileName: "h260-2.0.bin", downloadMethod: "https", downloadPath: place.url },
      ...{ fileSize: 4_096, checksum: place.checksum },
    });
  });

  it("without them for gateways that read the document's own fields only", () => {
    expect(parts(file({ catalogueId: "1", fileSizeBytes: 4_096 }), { place, isExtended: false })).to.deep.equal({
      ...{ ...upgrade, fileName: "h260ver", downloadMethod: "https" },
    });
  });

  it("none for what NMS has no words for", () => {
    expect(parts({ kind: "factoryReset" })).to.equal(undefined);
  });

  it("is called by the gateway as the response calls it", () => {
    const orders: readonly TaskOrder[] = [{ kind: "reboot" }, { kind: "setParameterValues", values: [] }, file()];
    expect(orders.map((order) => actionName({ order }))).to.deep.equal(["reboot", "parameters", "version"]);
    expect(actionName({ order: file({ fileType: "3 Vendor Configuration File" }) })).to.equal("config");
  });
});
