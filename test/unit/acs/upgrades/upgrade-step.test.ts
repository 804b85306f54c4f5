import { expect } from "chai";
import { reasonOfFault } from "../../../../acs/upgrades/upgrade-reasons.js";
import { HOURS, LINE, ROOT, UpgradePlay } from "../../../support/upgrades.js";

const play = (policy: ConstructorParameters<typeof UpgradePlay>[0] = {}, facts: ConstructorParameters<typeof UpgradePlay>[1] = {}) =>
  new UpgradePlay({ attemptsMax: 1, ...policy }, facts).look();

describe("an upgrade, step by step", () => {
  it("reads, downloads, reads the version again, and is done when it is the wanted one and the line is registered as before", () => {
    const played = play().untilTold("Up").reads("2.0", "Up");
    expect(played.end).to.deep.equal(["done", null]);
    expect(played.ordered).to.deep.equal(["getParameterValues", "download", "getParameterValues"]);
    expect(played.upgrade).to.include({ versionBefore: "1.0", versionAfter: "2.0" });
  });

  it("a device that runs the version already is sent nothing", () => {
    const played = play().informs("2 PERIODIC").reads("2.0", "Up");
    expect([...played.end, played.upgrade.detail]).to.deep.equal(["done", null, "already: the device runs version 2.0"]);
    expect(played.ordered).to.deep.equal(["getParameterValues"]);
  });

  it("takes its configuration first, where that is asked for", () => {
    const played = play({ backup: true }).informs("2 PERIODIC").reads("1.0", "Up");
    played.taskIs("sent").taskIs("done", { result: { receivedFile: { id: "01backup" } } });
    expect([played.ordered, played.upgrade.backupId]).to.deep.equal([["getParameterValues", "upload", "download"], "01backup"]);
    expect(play({ backup: true }).informs("2 PERIODIC").reads("1.0").failsWith("not-done").end).to.deep.equal(["failed", "backup-failed"]);
  });

  it("a configuration whose way to us was cut by our own restart, or lost, is asked for again", () => {
    const lost = play({ backup: true }).informs("2 PERIODIC").reads("1.0");
    for (let uploads = 0; uploads < 5; uploads++) lost.failsWith("outcome-unknown");
    expect([lost.ordered.filter((kind) => kind === "upload").length, ...lost.end]).to.deep.equal([5, "failed", "backup-failed"]);
    const played = play({ backup: true }).informs("2 PERIODIC").reads("1.0").taskIs("sent");
    played.facts = { ...played.facts, servesSinceMs: played.facts.nowMs + 1 };
    expect(played.failsWith("device-fault", 9011).ordered).to.deep.equal(["getParameterValues", "upload", "upload"]);
    expect(played.taskIs("sent").failsWith("device-fault", 9011).end).to.deep.equal(["failed", "backup-failed"]);
  });

  describe("before anything is sent", () => {
    const refused = (facts: ConstructorParameters<typeof UpgradePlay>[1]) => play({}, facts).end;

    it("a file that is missing, altered or for another model, a transfer that is open, a device that was removed: each has its reason", () => {
      const file = { condition: "intact", model: "", appliesTo: [] } as const;
      expect(refused({ file: { ...file, condition: "missing" } })).to.deep.equal(["failed", "file-missing"]);
      expect(refused({ file: { ...file, condition: "altered" } })).to.deep.equal(["failed", "file-altered"]);
      expect(refused({ file: { ...file, model: "HG1" } })).to.deep.equal(["failed", "not-applicable"]);
      expect(refused({ otherTransfers: ["01other"] })).to.deep.equal(["failed", "transfer-open"]);
      expect(refused({ device: null })).to.deep.equal(["failed", "device-removed"]);
    });

    it("the version that the device tells decides whether the file applies, not the one that the tree remembers", () => {
      const facts = { version: "1.0", file: { condition: "intact", model: "", appliesTo: ["1.*"] } } as const;
      expect(play({}, facts).informs("2 PERIODIC").reads("0.9").end).to.deep.equal(["failed", "not-applicable"]);
      expect(play({}, facts).informs("2 PERIODIC").reads("1.5").ordered).to.include("download");
    });

    it("a device that does not call in was not reached; one that never did is awaited with its first Inform", () => {
      const late = play();
      late.facts = { ...late.facts, nowMs: late.upgrade.phaseEndsAtMs };
      expect(late.taskIs("expired").end).to.deep.equal(["failed", "not-reached"]);
      const unknown = play({}, { device: { productClass: "VG2000", root: null } });
      expect(unknown.ordered).to.deep.equal([]);
      expect(unknown.later(HOURS(24 * 7)).end).to.deep.equal(["failed", "not-reached"]);
    });

    it("a task that expired while nobody was there to listen is ordered anew", () => {
      const played = play();
      played.upgrade = { ...played.upgrade, phaseEndsAtMs: played.upgrade.phaseEndsAtMs + HOURS(1) };
      played.taskIs("expired");
      expect([played.ordered, played.task?.id]).to.deep.equal([["getParameterValues", "getParameterValues"], `${played.upgrade.id}.1`]);
    });

    it("what a hostile device tells is kept in bounds: its version, its lines and their names", () => {
      const played = play().informs("2 PERIODIC");
      const line = (number: number) => ({ name: LINE.replace(/\d+\.Status$/, `${number}.Status`), type: "xsd:string", value: "Up" });
      const long = { name: LINE.replace("Line.1", `Line.[${"x".repeat(1_000)}]`), type: "xsd:string", value: "Up" };
      const version = { name: `${ROOT}DeviceInfo.SoftwareVersion`, type: "xsd:string", value: "v".repeat(100_000) };
      played.taskIs("sent").taskIs("done", { result: { values: [version, long, ...Array.from({ length: 1_000 }, (_, n) => line(n))] } });
      expect(JSON.stringify(played.upgrade).length).to.be.below(20_000);
      expect(played.upgrade.lines).to.have.length(64);
      expect(played.upgrade.lines.join()).not.to.contain("x");
      expect(play().taskIs("done", { result: { values: "none" } }).end).to.deep.equal(["failed", "read-failed"]);
    });

    it("a version that can't be read ends it; names of lines that the device lacks do not", () => {
      expect(play().failsWith("device-fault", 9005).end).to.deep.equal(["failed", "read-failed"]);
      const values = [{ name: "InternetGatewayDevice.DeviceInfo.SoftwareVersion", type: "xsd:string", value: "1.0" }];
      expect(play().taskIs("failed", { result: { values } }).ordered).to.include("download");
    });

    it("a version as long as a book is kept short", () => {
      const { upgrade } = play().informs("2 PERIODIC").reads("1.0".padEnd(200_000, "x"));
      expect([upgrade.phase, JSON.stringify(upgrade).length < 4_000]).to.deep.equal(["downloading", true]);
    });

    it("a file that is altered after the upgrade was ordered is not sent", () => {
      const altered = play();
      altered.facts = { ...altered.facts, file: { ...altered.facts.file, condition: "altered" } };
      expect(altered.informs("2 PERIODIC").reads("1.0").end).to.deep.equal(["failed", "file-altered"]);
      const later = play().informs("2 PERIODIC").reads("1.0");
      later.facts = { ...later.facts, file: { ...later.facts.file, condition: "altered" } };
      expect(later.failsWith("not-possible").end).to.deep.equal(["failed", "file-altered"]);
    });
  });

  describe("the device's word of the download", () => {
    it("faults of the file and of its place are told apart (TR-069 A.5.1)", () => {
      for (const code of [9018, 9019]) expect(reasonOfFault(code)).to.equal("checksum");
      for (const code of [9010, 9012, 9015, 9016, 9017]) expect(reasonOfFault(code)).to.equal("file-not-accessible");
      for (const code of [9000, 9001, 9003, 9013]) expect(reasonOfFault(code)).to.equal("device-refused");
      expect(play().untilTaken().failsWith("device-fault", 9018).end).to.deep.equal(["failed", "checksum"]);
    });

    it("success and the version of before after a restart: the same version", () => {
      expect(play().untilTold().reads("1.0").end).to.deep.equal(["failed", "same-version"]);
      expect(play().untilTold().reads("3.0").end).to.deep.equal(["failed", "other-version"]);
    });

    it("success that is told before the restart is believed when the device comes back with the version", () => {
      const played = play().untilTaken().informs("7 TRANSFER COMPLETE").taskIs("done").reads("1.0");
      expect(played.end).to.deep.equal(["running", null]);
      expect(played.informs("1 BOOT").reads("2.0").end).to.deep.equal(["done", null]);
    });

    it("a version that its Inform tells needs no reading; lines do", () => {
      const told = (status?: string) => {
        const played = play().untilTaken(status).informs("1 BOOT", "7 TRANSFER COMPLETE", "M Download");
        played.facts = { ...played.facts, version: "2.0" };
        return played.taskIs("done");
      };
      expect([told().end, told().ordered.at(-1)]).to.deep.equal([["done", null], "download"]);
      const withLine = told("Up");
      expect([withLine.upgrade.phase, withLine.ordered.at(-1)]).to.deep.equal(["verifying-sip", "download"]);
      expect(withLine.later(10_000).reads("2.0", "Up").end).to.deep.equal(["done", null]);
    });

    it("a device that falls back to its old version while its lines are looked at has the same version", () => {
      expect(play().untilTold("Up").reads("2.0", "Error").later(75_000).reads("1.0", "Up").end).to.deep.equal(["failed", "same-version"]);
    });

    it("a device that has told its old version since it was read has the same version: its last word counts", () => {
      const played = play().untilTold("Up");
      const values = [{ name: `${ROOT}DeviceInfo.SoftwareVersion`, value: "2.0" }];
      played.task = played.task === null ? null : { ...played.task, state: "done", result: { values } };
      played.facts = { ...played.facts, version: "1.0" };
      expect(played.informs("1 BOOT").end).to.deep.equal(["failed", "same-version"]);
    });

    it("a device that restarted, told its old version, and can't be reached any more has the same version", () => {
      const played = play().untilTold();
      played.facts = { ...played.facts, version: "1.0" };
      expect(played.later(HOURS(1)).end).to.deep.equal(["failed", "same-version"]);
    });

    it("success, and then nothing: it never returned", () => {
      const played = play().untilTaken().informs("7 TRANSFER COMPLETE").taskIs("done").reads("1.0");
      expect(played.later(HOURS(0.25)).ordered.at(-1)).to.equal("getParameterValues"); // it is woken once more
      expect(played.later(HOURS(0.25)).end).to.deep.equal(["failed", "never-returned"]);
      expect(played.task?.state).to.equal("cancelled");
    });
  });

  describe("a device that does not tell the end", () => {
    it("is asked after half of the time; one that stays away never returned, and the open download is never ordered again", () => {
      const played = play({ attemptsMax: 3 }).untilTaken().later(HOURS(0.25));
      expect(played.task?.state).to.equal("unknown");
      expect(played.later(HOURS(0.25)).end).to.deep.equal(["failed", "never-returned"]);
      expect(played.ordered.filter((kind) => kind === "download")).to.have.length(1);
    });

    it("is judged by its version: wanted, it is done; else no TransferComplete", () => {
      const asked = () => play().untilTaken().later(HOURS(0.25)).informs("6 CONNECTION REQUEST");
      expect(asked().failsWith("not-done").end).to.deep.equal(["failed", "no-transfer-complete"]);
      expect(asked().failsWith("outcome-unknown").reads("2.0").end).to.deep.equal(["done", null]);
      expect(asked().failsWith("outcome-unknown").reads("1.0").end).to.deep.equal(["failed", "no-transfer-complete"]);
    });

    it("and restarts with the version without a word is asked at once", () => {
      const played = play().untilTaken();
      played.facts = { ...played.facts, version: "2.0" };
      expect(played.informs("1 BOOT", "4 VALUE CHANGE").task?.state).to.equal("unknown");
    });

    it("and has the transfer in its queue still when the time is over: its version tells", () => {
      const queued = () => play().untilTaken().later(HOURS(0.25)).informs("6 CONNECTION REQUEST").taskIs("awaiting-device");
      expect(queued().later(HOURS(0.25)).reads("1.0").end).to.deep.equal(["failed", "no-transfer-complete"]);
      expect(queued().later(HOURS(0.25)).reads("2.0").end).to.deep.equal(["done", null]);
    });

    it("and was heard after the download left, but not since it was asked, has never returned", () => {
      const played = play().untilTaken().informs("2 PERIODIC").later(HOURS(0.25));
      expect(played.later(HOURS(0.25)).end).to.deep.equal(["failed", "never-returned"]);
    });
  });

  describe("its lines", () => {
    it("that were registered must be so again: they are looked at until the time is over", () => {
      const played = play().untilTold("Up").reads("2.0", "Registering");
      expect([played.upgrade.phase, ...played.end]).to.deep.equal(["verifying-sip", "running", null]);
      expect(played.later(75_000).reads("2.0", "Up").end).to.deep.equal(["done", null]);
    });

    it("that stay away, told or not, end as SIP that is not back", () => {
      const told = play({ sipMs: 1_500 }).untilTold("Up").reads("2.0", "Error").later(200).reads("2.0", "Error");
      expect(told.end).to.deep.equal(["failed", "sip-not-back"]);
      const silent = play().untilTold("Up").reads("2.0", "Error").later(75_000);
      expect(silent.later(HOURS(1)).end).to.deep.equal(["failed", "sip-not-back"]);
    });

    it("and were read before the restart say nothing of the time after it: they are read again", () => {
      const played = play().untilTaken("Up").informs("7 TRANSFER COMPLETE").taskIs("done");
      const { task } = played.reads("1.0", "Up").informs("2 PERIODIC");
      expect(played.ordered.at(-1)).to.equal("getParameterValues");
      // What the ACS finds when it was away meanwhile: the reading has ended, and after it the device came back with the version.
      const values = [
        { name: `${ROOT}DeviceInfo.SoftwareVersion`, type: "xsd:string", value: "1.0" },
        { name: LINE, type: "xsd:string", value: "Up" },
      ];
      played.task = task === null ? null : { ...task, state: "done", result: { values } };
      played.facts = { ...played.facts, version: "2.0" };
      expect(played.informs("1 BOOT").upgrade).to.include({ state: "running", phase: "verifying-sip" });
      expect(played.later(75_000).reads("2.0", "Up").end).to.deep.equal(["done", null]);
    });

    it("that were not registered before are not asked to be", () => {
      expect(play().untilTold("Disabled").reads("2.0", "Disabled").end).to.deep.equal(["done", null]);
    });

    it("that stay away bring the configuration back, where one was taken; the failure stays", () => {
      const played = play({ backup: true, sipMs: 1_500 }).informs("2 PERIODIC").reads("1.0", "Up");
      played.taskIs("sent").taskIs("done", { result: { receivedFile: { id: "01backup" } } });
      played.taskIs("sent").taskIs("awaiting-device").informs("1 BOOT", "7 TRANSFER COMPLETE").taskIs("done");
      played.reads("2.0", "Error").later(200).reads("2.0", "Error");
      expect(played.task?.order).to.deep.include({ kind: "download" });
      expect(played.task?.order).to.have.nested.property("file.receivedFileId", "01backup");
      expect(played.taskIs("sent").taskIs("done").end).to.deep.equal(["failed", "sip-not-back"]);
      expect(played.upgrade.restored).to.equal("done");
    });
  });

  describe("is tried again", () => {
    it("after a failure that left the device as it was, from the beginning, as often as its policy says", () => {
      const played = play({ attemptsMax: 2, retryAfterMs: 60_000 }).untilTaken().failsWith("device-fault", 9016);
      expect([played.upgrade.phase, ...played.end]).to.deep.equal(["waiting", "running", null]);
      played.later(60_000).untilTaken().failsWith("device-fault", 9016);
      expect([played.upgrade.attempt, ...played.end]).to.deep.equal([2, "failed", "file-not-accessible"]);
      expect(played.ordered.filter((kind) => kind === "download")).to.have.length(2);
    });

    it("with the lines that were registered at the first one: a device that has just restarted has none yet", () => {
      const again = () => play({ attemptsMax: 2 }).untilTaken("Up").failsWith("device-fault", 9016).later(HOURS(1));
      const played = again().reads("1.0", "Disabled").taskIs("sent").taskIs("awaiting-device");
      expect(played.informs("1 BOOT", "7 TRANSFER COMPLETE").taskIs("done").reads("2.0", "Disabled").upgrade.phase).to.equal(
        "verifying-sip",
      );
      const silent = again().reads("2.0", "Disabled");
      expect(silent.upgrade).to.include({ state: "running", phase: "verifying-sip" });
      expect(silent.later(HOURS(1)).end).to.deep.equal(["failed", "sip-not-back"]);
      expect(again().reads("2.0", "Up").end).to.deep.equal(["done", null]);
    });

    it("without counting it, when our own restart has cut the download", () => {
      const played = play({ attemptsMax: 1, retryAfterMs: 60_000 }).untilTaken();
      played.facts = { ...played.facts, servesSinceMs: played.facts.nowMs + 1 };
      played.failsWith("device-fault", 9017).later(60_000).untilTaken();
      expect(played.failsWith("device-fault", 9017).end).to.deep.equal(["failed", "file-not-accessible"]);
      expect(played.ordered.filter((kind) => kind === "download")).to.have.length(2);
    });

    it("without counting it, when we died before the device could answer the order", () => {
      const played = play({ attemptsMax: 1, retryAfterMs: 60_000 }).informs("2 PERIODIC").reads("1.0").taskIs("sent");
      played.facts = { ...played.facts, servesSinceMs: played.facts.nowMs + 1 };
      played.taskIs("unknown").informs("2 PERIODIC").failsWith("not-done");
      expect([played.upgrade.phase, ...played.end]).to.deep.equal(["waiting", "running", null]);
    });

    it("never when the device runs what it was sent, or told success", () => {
      expect(play({ attemptsMax: 2 }).untilTold().reads("1.0").end).to.deep.equal(["failed", "same-version"]);
    });
  });

  it("aborted: what waits is withdrawn, what has left is told", () => {
    const waiting = play().abort();
    expect([...waiting.end, waiting.task?.state]).to.deep.equal(["aborted", "aborted", "cancelled"]);
    const left = play().untilTaken().abort();
    expect([...left.end, left.task?.state]).to.deep.equal(["aborted", "aborted", "awaiting-device"]);
    expect(left.upgrade.detail).to.contain("the download had left");
    expect(play().taskIs("cancelled").end).to.deep.equal(["aborted", "aborted"]);
  });
});
