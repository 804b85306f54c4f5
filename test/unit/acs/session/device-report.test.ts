/** What is kept of a device's reports. Layer: test. */
import { expect } from "chai";
import { reportData } from "../../../../acs/session/device-report.js";

const transfer = {
  kind: "AutonomousTransferComplete",
  ...{ announceUrl: "", transferUrl: "ftp://anna:secret@files.example/a?b=c@d", isDownload: true },
  ...{ fileType: "1 Firmware Upgrade Image", fileSizeBytes: 8_388_608, targetFileName: "a.bin" },
  ...{ fault: { faultCode: 0, faultString: "" }, startTime: "2026-01-01T11:00:05Z", completeTime: "2026-01-01T11:01:00Z" },
} as const;
const CHARACTERS_MAX = 10_000;

describe("a device's report as an event", () => {
  it("holds the fields of the message, and which message it was", () => {
    const { kind, transferUrl, ...fields } = transfer;
    expect(reportData(transfer))
      .to.deep.include({ message: kind, ...fields })
      .and.not.have.property("truncated");
  });

  it("holds no user and password that stood in a URL", () => {
    expect(reportData(transfer)["transferUrl"]).to.equal("ftp://files.example/a?b=c@d");
  });

  it("holds the beginning of a long one, and says that it is not all", () => {
    const text = "x".repeat(1_000_000);
    const long = reportData({ kind: "Kicked", command: "c", referer: text, arg: text, next: text });
    expect(long).to.deep.include({ message: "Kicked", command: "c", next: "", truncated: true });
    expect(JSON.stringify(long).length).to.be.below(CHARACTERS_MAX);
    const args = Array.from({ length: 100_000 }, () => ({ name: "", value: "" }));
    const many = reportData({ kind: "RequestDownload", fileType: "2 Web Content", fileTypeArgs: args });
    expect(many).to.deep.include({ truncated: true });
    expect(JSON.stringify(many).length).to.be.below(CHARACTERS_MAX);
  });

  it("holds no password whose URL was cut before its end", () => {
    for (let before = 7_900; before < 8_192; before += 7) {
      const kept = reportData({ ...transfer, announceUrl: "y".repeat(before), transferUrl: "ftp://anna:secret@files.example/" });
      expect(JSON.stringify(kept), String(before)).to.not.contain("secr");
    }
  });
});
