/**
 * The IP ping test of a simulated gateway, with the system's ping: asked for, carried out after the session, told with
 * 8 DIAGNOSTICS COMPLETE, never invented.
 * Spec: TR-098 (IPPingDiagnostics), TR-181 (IP.Diagnostics.IPPing), TR-106 (DiagnosticsState).
 */
import { expect } from "chai";
import type { AcsMessage } from "../../acs/cwmp/messages.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { requireCommand } from "../support/services.js";

const OBJECTS = { tr098: "InternetGatewayDevice.IPPingDiagnostics.", tr181: "Device.IP.Diagnostics.IPPing." } as const;
const ask = (message: AcsMessage): Reply => ({ message });
const eventsOf = (acs: ScriptedAcs) => acs.informs().map(({ events }) => events.map(({ code }) => code));

for (const model of ["tr098", "tr181"] as const) {
  describe(`device-sim: the IP ping test of ${model}`, () => {
    const R = OBJECTS[model];
    const set = (values: Readonly<Record<string, string>>): Reply =>
      ask({
        kind: "SetParameterValues",
        values: Object.entries(values).map(([leaf, text]) => ({ name: R + leaf, type: "xsd:string", text })),
        parameterKey: "",
      });

    const bench = openGatewayBench();
    let acs: ScriptedAcs;
    beforeEach(async () => {
      acs = await openScriptedAcs();
    });
    afterEach(async () => {
      await bench.close();
      await acs.close();
    });

    it("runs after the session, then calls in with 8 DIAGNOSTICS COMPLETE", async function () {
      requireCommand(this, "ping");
      acs.script(
        INFORM_RESPONSE,
        set({ DiagnosticsState: "Requested", Host: "127.0.0.1", NumberOfRepetitions: "2" }),
        ask({ kind: "GetParameterValues", names: [`${R}DiagnosticsState`] }),
      );
      const { gateway, event } = bench.add({ model, acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended", 2);
      const states = acs.posts.flatMap(({ envelope }) =>
        envelope?.message.kind === "GetParameterValuesResponse" ? envelope.message.values.map(({ text }) => text) : [],
      );
      expect(states, "within the session").to.deep.equal(["Requested"]);
      expect(eventsOf(acs)[1]).to.deep.equal(["8 DIAGNOSTICS COMPLETE"]);
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("Complete");
      expect([gateway.read(`${R}SuccessCount`), gateway.read(`${R}FailureCount`)]).to.deep.equal(["2", "0"]);
      expect(Number(gateway.read(`${R}AverageResponseTime`)), "rounded up").to.be.at.least(1);
    });

    it("where ping is not installed it is Error_Internal, without results, and the device says why", async () => {
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested", Host: "127.0.0.1" }));
      const { gateway, event } = bench.add({ model, acsUrl: acs.url, tools: { ping: "no-such-ping" } });
      await gateway.powerOn();
      expect((await event("test-ended")).why).to.equal("no-such-ping can't be run here (ENOENT)");
      await event("session-ended", 2);
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("Error_Internal");
      expect([gateway.read(`${R}SuccessCount`), gateway.read(`${R}FailureCount`)]).to.deep.equal(["0", "0"]);
    });

    it("what is no host name is never handed to ping", async () => {
      const hosts = ["-f", "--help", ";rm", "a b", "127.0.0.1\n-f", "$(id)", "%00", "a".repeat(256), "-w.example", "127.0.0.1;id"];
      const { gateway, event } = bench.add({ model, acsUrl: acs.url, tools: { ping: "no-such-ping" } });
      await gateway.powerOn();
      await event("session-ended");
      for (const [at, Host] of hosts.entries()) {
        acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested", Host }));
        gateway.triggerPeriodic();
        expect((await event("test-ended", at + 1)).state, Host).to.equal("Error_CannotResolveHostName");
        await event("session-ended", 2 * at + 3);
      }
    });

    it("arguments out of range are refused with 9007, what is no number with 9006, and nothing runs", async () => {
      const wrong = {
        ...{ NumberOfRepetitions: ["0", "1001", "99999999999999999999"], Timeout: ["0", "60001"], DataBlockSize: ["65536"] },
        ...{ DSCP: ["64", "-1"], Host: ["h".repeat(257)] },
      };
      const orders = Object.entries(wrong).flatMap(([leaf, texts]) =>
        texts.map((text) => ({ [leaf]: text, DiagnosticsState: "Requested" })),
      );
      acs.script(INFORM_RESPONSE, ...orders.map(set), set({ NumberOfRepetitions: "4; reboot", DiagnosticsState: "Requested" }));
      const { gateway, event } = bench.add({ model, acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended");
      const faults = acs.posts.flatMap(({ envelope }) =>
        envelope?.message.kind === "Fault" ? envelope.message.setParameterValuesFaults : [],
      );
      const expected = Object.entries(wrong).flatMap(([leaf, texts]) => texts.map(() => `${leaf} 9007`));
      expect(faults.map(({ name, faultCode }) => `${name.slice(R.length)} ${faultCode}`)).to.deep.equal([
        ...expected,
        "NumberOfRepetitions 9006",
      ]);
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("None");
    });

    it("no host is Error_CannotResolveHostName", async () => {
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested" }));
      const { gateway, event } = bench.add({ model, acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended", 2);
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("Error_CannotResolveHostName");
    });

    it("a new argument makes the result void, and so does a restart; only Requested may be written", async () => {
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested", Host: "localhost" }));
      const { gateway, event } = bench.add({ model, acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended", 2);
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "None" }), set({ Host: "127.0.0.2" }));
      gateway.triggerPeriodic();
      await event("session-ended", 3);
      expect(acs.posts.some(({ envelope }) => envelope?.message.kind === "Fault")).to.equal(true);
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("None");
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested" }));
      gateway.triggerPeriodic();
      await event("session-ended", 5);
      await gateway.powerOff();
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("None");
      expect(gateway.read(`${R}Host`)).to.equal("127.0.0.2");
    });

    it("a request that is taken back in the same session starts nothing", async () => {
      acs.script(INFORM_RESPONSE, set({ DiagnosticsState: "Requested", Host: "127.0.0.1" }), set({ Host: "127.0.0.2" }));
      const { gateway, event } = bench.add({ model, acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended");
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(eventsOf(acs)[1]).to.deep.equal(["2 PERIODIC"]);
    });
  });
}
