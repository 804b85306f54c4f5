/**
 * Ping and traceroute of simulated gateways where something is wrong with the network: hosts that are silent, lost or not to be reached.
 * Spec: TR-098 (IPPingDiagnostics, TraceRouteDiagnostics), TR-181 (IP.Diagnostics). Layer: interop test.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { type NetworkNamespace, requireNetworkNamespace } from "../support/network-namespace.js";
import { requireCommand } from "../support/services.js";
import { openTestBench, type TestBench } from "../support/tested-gateway.js";

const run = promisify(execFile);
const PATHS = {
  tr098: { ping: "InternetGatewayDevice.IPPingDiagnostics.", trace: "InternetGatewayDevice.TraceRouteDiagnostics." },
  tr181: { ping: "Device.IP.Diagnostics.IPPing.", trace: "Device.IP.Diagnostics.TraceRoute." },
} as const;

describe("interop: ping and traceroute of simulated gateways, in a network namespace", () => {
  let place: NetworkNamespace;
  let bench: TestBench;
  /** Behind the peer, which forwards nothing; and where there is no way at all. Addresses for documentation. */
  const lost = `198.51.100.${process.pid % 250}`;
  const unreachable = `203.0.113.${process.pid % 250}`;
  before(async function () {
    for (const command of ["ping", "traceroute", "sysctl"]) requireCommand(this, command);
    place = await requireNetworkNamespace(this);
    await run("ip", ["route", "add", `${lost}/32`, "via", place.peerAddress]);
    await run("ip", ["route", "add", "unreachable", `${unreachable}/32`]);
    await inside("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"); // else some of its answers are left out
    bench = await openTestBench();
  });
  after(async () => {
    await bench?.close();
    await run("ip", ["route", "del", "unreachable", `${unreachable}/32`]).catch(() => undefined);
    await place?.remove(); // and with it the way to what is lost
  });
  afterEach(() => bench.powerOff());

  async function inside(...command: readonly string[]): Promise<void> {
    const [program = "", ...args] = [...place.enter, ...command];
    await run(program, args);
  }

  for (const model of ["tr098", "tr181"] as const) {
    const { ping, trace } = PATHS[model];

    it(`${model}: a host that answers no ping is failures, without times, and no error`, async () => {
      await inside("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1");
      const { state, result } = await bench.tested(model, ping, { Host: place.peerAddress, NumberOfRepetitions: 2, Timeout: 200 });
      await inside("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0");
      expect([state, result.state]).to.deep.equal(["done", "Complete"]);
      expect(result.values).to.include({ SuccessCount: "0", FailureCount: "2", AverageResponseTime: "0", MaximumResponseTime: "0" });
    });

    it(`${model}: the way to the next host is one hop`, async () => {
      const { result } = await bench.tested(model, trace, { Host: place.peerAddress, NumberOfTries: 1 });
      const [{ values }] = result.tables.RouteHops;
      expect([result.state, values.HopHostAddress ?? values.HostAddress]).to.deep.equal(["Complete", place.peerAddress]);
    });

    it(`${model}: a way that ends somewhere is told as far as it goes: Error_MaxHopCountExceeded`, async () => {
      const { result } = await bench.tested(model, trace, { Host: lost, NumberOfTries: 2, MaxHopCount: 3, Timeout: 100 });
      expect(result.state).to.equal("Error_MaxHopCountExceeded");
      expect(result.values).to.include({ RouteHopsNumberOfEntries: "3", ResponseTime: "0" });
      const rows: readonly { readonly values: Readonly<Record<string, string>> }[] = result.tables.RouteHops;
      expect(rows.map(({ values }) => values["HopRTTimes"] ?? values["RTTimes"])).to.deep.equal(["0,0", "0,0", "0,0"]);
    });

    it(`${model}: no way at all: Error_NoRouteToHost where the model has the word, else Error_Other`, async () => {
      const word = model === "tr181" ? "Error_NoRouteToHost" : "Error_Other";
      const tests = [ping, trace].map((path) => [path, { Host: unreachable, Timeout: 200 }] as const);
      const states = (await bench.testedAll(model, tests)).map(({ result }) => result.state);
      expect(states).to.deep.equal([word, word]);
    });
  }
});
