/**
 * GET /metrics of bridge and ACS, after something has happened.
 * Layer: integration test.
 */
import { expect } from "chai";
import { Secret } from "../../common/config.js";
import { openGateway } from "../support/sip-gateway.js";
import { startTestAcs } from "../support/test-acs.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const MONITOR = "monitor-token-of-32-characters-01";
/** RFC-like shape of the text format: a comment, an empty line, or a name with labels and a number. */
const LINE = /^(# (HELP|TYPE) .*|[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? -?[\d.e+-]+|)$/;

describe("metrics of the bridge", () => {
  it("count registrations, wakes and what came over the wire, for the monitor's token, too", async () => {
    const http = { host: "127.0.0.1", port: 0, token: new Secret(TEST_TOKEN), metricsToken: new Secret(MONITOR) };
    const bridge = await startTestBridge({ http, sip: { addresses: [{ address: "127.0.0.1" }], port: 0 } });
    const gateway = await openGateway({ bridgePort: bridge.sipPort, t1Ms: 1_000 });
    await gateway.register();
    const target = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` } as const;
    const ended = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "m1", deviceId: "d1", target, event: "resync" });
    await bridge.bridge.wake({ wakeId: "m2", deviceId: "d2", target: { ...target, addressOfRecord: `nobody@${TEST_DOMAIN}` } });
    await ended;
    const ask = (path: string): Promise<Response> => fetch(new URL(path, bridge.url), { headers: { authorization: `Bearer ${MONITOR}` } });
    const text = await (await ask("/metrics")).text();
    for (const line of [
      "reveille_sip_bindings 1",
      'reveille_sip_registrations_total{answer="registered"} 1',
      'reveille_sip_registrations_total{answer="challenged"} 1',
      'reveille_sip_wakes_total{outcome="accepted"} 1',
      'reveille_sip_wakes_total{outcome="not-registered"} 1',
      'reveille_sip_wake_results_total{result="200"} 1',
      'reveille_sip_transactions_total{side="client"} 1',
      'reveille_sip_ignored_total{why="scanner"} 0',
      'reveille_sip_connections{transport="tcp"} 0',
      "reveille_sip_notify_enabled 1",
    ])
      expect(text.split("\n")).to.include(line);
    expect(text.split("\n").filter((line) => !LINE.test(line))).to.deep.equal([]);
    expect((await ask("/accounts")).status).to.equal(401);
    await gateway.close();
    await bridge.close();
  });
});

describe("metrics of the ACS", () => {
  it("count sessions, informs and tasks by how they ended", async () => {
    const acs = await startTestAcs({ env: { ACS_METRICS_TOKEN: MONITOR } });
    const gateway = await acs.gateway();
    const id = await acs.task(gateway.id, { kind: "reboot" });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    await gateway.say({ kind: "Fault", faultCode: 9001, faultString: "no", setParameterValuesFaults: [] });
    await acs.untilTask(id, "failed");
    const ping = { test: "ping", arguments: { host: "192.0.2.1" } };
    const diagnosis = await acs.call("POST", `/api/devices/${gateway.id}/diagnoses`, ping);
    await acs.call("DELETE", `/api/devices/${gateway.id}/diagnoses/${diagnosis.body.id}`);
    const response = await fetch(`http://127.0.0.1:${acs.apiPort}/api/metrics`, { headers: { authorization: `Bearer ${MONITOR}` } });
    const text = await response.text();
    for (const line of [
      'reveille_cwmp_informs_total{event="2 PERIODIC"} 1',
      'reveille_tasks_ended_total{kind="reboot",outcome="failed"} 1',
      'reveille_diagnoses_ended_total{test="ping",outcome="canceled"} 1',
    ])
      expect(text.split("\n")).to.include(line);
    expect(text).to.match(/^reveille_store_commits_total [1-9]/m);
    expect(text.split("\n").filter((line) => !LINE.test(line))).to.deep.equal([]);
    await acs.close();
  });
});
