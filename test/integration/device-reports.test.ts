/**
 * What a device tells on its own account, and versions of CWMP, over real sockets: stored, answered, seen by operators.
 * Spec: TR-069 A.3.3.3, A.4.2.1-A.4.2.4, 3.7.4, A.6. Layer: integration test.
 */
import { expect } from "chai";
import type { DeviceMessage } from "../../acs/cwmp/messages.js";
import { heard, messageOf } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

describe("a device's reports", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());

  it("are events when they are answered, and REST shows them", async () => {
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC", "10 AUTONOMOUS TRANSFER COMPLETE");
    const report: DeviceMessage = {
      ...{ kind: "AutonomousTransferComplete", announceUrl: "", transferUrl: "https://anna:secret@update.example/fw" },
      ...{ isDownload: true, fileType: "1 Firmware Upgrade Image", fileSizeBytes: 17, targetFileName: "" },
      ...{ fault: { faultCode: 9018, faultString: "checksum" }, startTime: "2026-01-01T11:00:05Z", completeTime: "2026-01-01T11:01:00Z" },
    };
    expect(heard(await gateway.say(report))).to.equal("AutonomousTransferCompleteResponse");
    expect(heard(await gateway.say({ kind: "RequestDownload", fileType: "2 Web Content", fileTypeArgs: [] }))).to.equal(
      "RequestDownloadResponse",
    );
    const { body } = await acs.call("GET", `/api/events?device=${encodeURIComponent(gateway.id)}&kind=device-report`);
    const data = body.events.map((event: { readonly data: unknown }) => event.data);
    expect(data).to.have.length(2);
    expect(data).to.deep.include({ message: "RequestDownload", fileType: "2 Web Content", fileTypeArgs: [] });
    const { kind, ...fields } = report;
    expect(data).to.deep.include({ message: kind, ...fields, transferUrl: "https://update.example/fw" });
    expect((await gateway.empty()).status).to.equal(204);
  });

  it("of megabytes fill no store", async () => {
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC", "5 KICKED");
    const answer = await gateway.say({ kind: "Kicked", command: "c", referer: "", arg: "x".repeat(2_000_000), next: "" });
    expect(messageOf(answer)).to.deep.equal({ kind: "KickedResponse", nextUrl: "" });
    const [event] = await acs.events(gateway.id, "device-report");
    expect(event?.data).to.include({ message: "Kicked", command: "c", truncated: true });
    expect(JSON.stringify(event?.data).length).to.be.below(10_000);
  });
});

describe("versions of CWMP at the endpoint (TR-069 3.7.4)", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());

  it("answers a device that speaks none of ours with fault 8006 in its own namespace, and the session is over", async () => {
    const gateway = await acs.gateway();
    const namespace = "urn:dslforum-org:cwmp-2-0";
    const answer = await gateway.post(gateway.informText(["1 BOOT"], { namespace, id: "x1" }));
    expect(messageOf(answer)).to.deep.include({ kind: "Fault", faultCode: 8006 });
    expect(answer.body).to.include(`xmlns:cwmp="${namespace}"`).and.include(">x1</cwmp:ID>");
    expect((await gateway.empty()).status).to.equal(400);
    const failed = await acs.untilEvent("the failure", ({ kind, deviceId }) => kind === "session-failed" && deviceId === gateway.id);
    expect(failed.data["why"]).to.include("8006").and.include("cwmp-2-0");
    expect(await acs.events(gateway.id, "device-informed")).to.deep.equal([]);
    expect(heard(await gateway.inform("1 BOOT"))).to.equal("InformResponse");
  });

  it("does so for offered versions, too, and forgives an offer that is none", async () => {
    const gateway = await acs.gateway();
    const inform = (...supportedCwmpVersions: readonly string[]) =>
      gateway.post(gateway.informText(["2 PERIODIC"], { namespace: "urn:dslforum-org:cwmp-1-2", supportedCwmpVersions }));
    expect(messageOf(await inform("2.0", "2.1"))).to.deep.include({ kind: "Fault", faultCode: 8006 });
    const forgiven = await inform("latest");
    expect(heard(forgiven)).to.equal("InformResponse");
    expect(forgiven.body).to.not.include("UseCWMPVersion");
  });
});
