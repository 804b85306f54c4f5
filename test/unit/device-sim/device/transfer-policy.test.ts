/**
 * Which file transfers that nobody ordered are told to the ACS.
 * Spec: TR-098, TR-181 (ManagementServer.AutonomousTransferCompletePolicy).
 */
import { expect } from "chai";
import type { AutonomousTransferComplete } from "../../../../acs/cwmp/rpc/autonomous-transfer-complete.js";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { isTold } from "../../../../device-sim/device/transfer-policy.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../../../schemas/data-models/tr181-voice-gateway.js";

const UPGRADE: AutonomousTransferComplete = {
  kind: "AutonomousTransferComplete",
  ...{ announceUrl: "", transferUrl: "", isDownload: true, fileType: "1 Firmware Upgrade Image", fileSizeBytes: 0, targetFileName: "" },
  ...{ fault: { faultCode: 0, faultString: "" }, startTime: "", completeTime: "" },
};
const BACKUP = { ...UPGRADE, isDownload: false, fileType: "3 Vendor Configuration File" };
const FAILURE = { ...UPGRADE, fault: { faultCode: 9010 as const, faultString: "" } };

for (const model of [tr098VoiceGateway, tr181VoiceGateway]) {
  const told = (report: AutonomousTransferComplete, policy: Readonly<Record<string, string>>): boolean => {
    const values = Object.entries(policy).map(
      ([leaf, text]) => [`${model.root}ManagementServer.AutonomousTransferCompletePolicy.${leaf}`, text] as const,
    );
    return isTold(newDevice(indexModel(model), new Map(values)), report);
  };

  describe(`${model.root}ManagementServer.AutonomousTransferCompletePolicy`, () => {
    it("tells firmware from the factory on, and other files when they are listed", () => {
      expect(told(UPGRADE, {})).to.equal(true);
      expect(told(BACKUP, {})).to.equal(false);
      expect(told(BACKUP, { FileTypeFilter: "1 Firmware Upgrade Image, 3 Vendor Configuration File" })).to.equal(true);
    });
    it("Enable false tells nothing", () => {
      expect(told(UPGRADE, { Enable: "0" })).to.equal(false);
    });
    it("an empty FileTypeFilter tells nothing", () => {
      expect(told(UPGRADE, { FileTypeFilter: "" })).to.equal(false);
    });
    it("TransferTypeFilter parts uploads from downloads", () => {
      const all = "1 Firmware Upgrade Image,3 Vendor Configuration File";
      expect(told(UPGRADE, { TransferTypeFilter: "Download" })).to.equal(true);
      expect(told(UPGRADE, { TransferTypeFilter: "Upload" })).to.equal(false);
      expect(told(BACKUP, { TransferTypeFilter: "Upload", FileTypeFilter: all })).to.equal(true);
      expect(told(BACKUP, { TransferTypeFilter: "Download", FileTypeFilter: all })).to.equal(false);
    });
    it("ResultTypeFilter parts success from failure", () => {
      expect([told(UPGRADE, { ResultTypeFilter: "Success" }), told(FAILURE, { ResultTypeFilter: "Success" })]).to.deep.equal([true, false]);
      expect([told(UPGRADE, { ResultTypeFilter: "Failure" }), told(FAILURE, { ResultTypeFilter: "Failure" })]).to.deep.equal([false, true]);
    });
  });
}
