/**
 * The IP ping test of a simulated gateway: asked for, carried out after the session, told with 8 DIAGNOSTICS COMPLETE, never invented.
 * Spec: TR-098 (IPPingDiagnostics), TR-181 (IP.Diagnostics.IPPing), TR-106 (DiagnosticsState).
 */
import { expect } from "chai";
import type { AcsMessage } from "../../acs/cwmp/messages.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";

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

    it("runs after the session, then calls in with 8 DIAGNOSTICS COMPLETE; without ICMP the state is Error_Other and there are no results", async () => {
      acs.script(
        INFORM_RESPONSE,
        set({ DiagnosticsState: "Requested", Host: "127.0.0.1" }),
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
      expect(gateway.read(`${R}DiagnosticsState`)).to.equal("Error_Other");
      expect([gateway.read(`${R}SuccessCount`), gateway.read(`${R}FailureCount`)]).to.deep.equal(["0", "0"]);
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
