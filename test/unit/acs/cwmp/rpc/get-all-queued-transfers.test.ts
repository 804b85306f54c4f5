/** GetAllQueuedTransfers. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readGetAllQueuedTransfersResponse } from "../../../../../acs/cwmp/rpc/get-all-queued-transfers.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("GetAllQueuedTransfersResponse (TR-069 A.4.1.7)", () => {
  it("is malformed without TransferList; an empty one means nothing is queued", () => {
    expect(() => readGetAllQueuedTransfersResponse(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/TransferList");
    expect(readGetAllQueuedTransfersResponse(scanXml("<r><TransferList/></r>")).transfers).to.deep.equal([]);
  });

  it("tells state 0 where the device tells none", () => {
    const row = "<AllQueuedTransferStruct><CommandKey>k</CommandKey><IsDownload>1</IsDownload></AllQueuedTransferStruct>";
    expect(readGetAllQueuedTransfersResponse(scanXml(`<r><TransferList>${row}</TransferList></r>`)).transfers).to.deep.equal([
      { commandKey: "k", state: 0, isDownload: true, fileType: "", fileSizeBytes: 0, targetFileName: "" },
    ]);
  });
});
