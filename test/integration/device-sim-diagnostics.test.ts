/**
 * The tests of a simulated gateway, ordered as diagnostics of the ACS and read by it, in both data models: real ones on loopback,
 * and those that are made up.
 * Spec: TR-098, TR-181, TR-143, TR-104 (diagnostics objects); cwmp.md 8. Layer: integration.
 */
import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { type DnsServer, openDnsServer } from "../support/dns-server.js";
import { type EndlessServer, openEndlessServer } from "../support/endless-server.js";
import { openScriptedFileServer, type ScriptedFileServer } from "../support/scripted-file-server.js";
import { requireCommand } from "../support/services.js";
import { openTestBench, type TestBench } from "../support/tested-gateway.js";

const MODELS = ["tr098", "tr181"] as const;
const P = {
  tr098: {
    ping: "InternetGatewayDevice.IPPingDiagnostics.",
    trace: "InternetGatewayDevice.TraceRouteDiagnostics.",
    lookup: "InternetGatewayDevice.NSLookupDiagnostics.",
    download: "InternetGatewayDevice.DownloadDiagnostics.",
    upload: "InternetGatewayDevice.UploadDiagnostics.",
    selfTest: "InternetGatewayDevice.SelfTestDiagnostics.",
    voicePort: "InternetGatewayDevice.Services.VoiceService.1.PhyInterface.1.Tests.",
  },
  tr181: {
    ping: "Device.IP.Diagnostics.IPPing.",
    trace: "Device.IP.Diagnostics.TraceRoute.",
    lookup: "Device.DNS.Diagnostics.NSLookupDiagnostics.",
    download: "Device.IP.Diagnostics.DownloadDiagnostics.",
    upload: "Device.IP.Diagnostics.UploadDiagnostics.",
    selfTest: "Device.SelfTestDiagnostics.",
    voicePort: "Device.Services.VoiceService.1.POTS.FXS.1.DiagTests.",
  },
} as const;
const ONE_MIB = 1_048_576;
/** TR-143 of TR-098 has a word of its own. */
const END = { tr098: "Completed", tr181: "Complete" } as const;
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe("the tests of simulated gateways, through the ACS", () => {
  let bench: TestBench;
  let files: ScriptedFileServer;
  let dns: DnsServer;
  let endless: EndlessServer;
  /** Takes connections and says nothing. */
  let mute: Server;
  before(async () => {
    [bench, files, dns, endless] = await Promise.all([openTestBench(), openScriptedFileServer(), openDnsServer(), openEndlessServer()]);
    mute = createServer(() => {}).listen(0, "127.0.0.1");
  });
  afterEach(() => bench.powerOff());
  after(async () => {
    mute.close();
    await Promise.all([bench.close(), files.close(), dns.close(), endless.close()]);
  });
  const muteUrl = (): string => {
    const address = mute.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
  };

  for (const model of MODELS) {
    describe(model, () => {
      const paths = P[model];

      it("ping: loopback answers, and its times are told", async function () {
        requireCommand(this, "ping");
        const { state, result } = await bench.tested(model, paths.ping, { Host: "127.0.0.1", NumberOfRepetitions: 3, DataBlockSize: 100 });
        expect([state, result.state]).to.deep.equal(["done", "Complete"]);
        expect(result.values).to.include({ SuccessCount: "3", FailureCount: "0" });
        expect(Number(result.values.MaximumResponseTime)).to.be.at.least(Number(result.values.MinimumResponseTime));
        if (model === "tr181") expect(result.values).to.include({ IPAddressUsed: "127.0.0.1" });
      });

      it("traceroute: the hops to loopback are told, with a time for each try", async function () {
        requireCommand(this, "traceroute");
        const { state, result } = await bench.tested(model, paths.trace, { Host: "127.0.0.1", NumberOfTries: 2, MaxHopCount: 30 });
        expect([state, result.state]).to.deep.equal(["done", "Complete"]);
        const rows = result.tables.RouteHops;
        expect(result.values.RouteHopsNumberOfEntries).to.equal(String(rows.length));
        const { values } = rows.at(-1);
        expect(values.HopHostAddress ?? values.HostAddress).to.equal("127.0.0.1");
        // A busy kernel leaves answers out, which is told as 0.
        expect(values.HopRTTimes ?? values.RTTimes).to.match(/^([1-9]\d*,\d+|\d+,[1-9]\d*)$/);
      });

      it("traceroute that is not installed, or that the host's name has no address for, ends in an error", async () => {
        const hosts = ["127.0.0.1", "-m"].map((Host) => [paths.trace, { Host }] as const);
        const [absent, unknown] = await bench.testedAll(model, hosts, { tools: { traceroute: "no-such-traceroute" } });
        expect(absent.failure.detail).to.equal("the diagnostic ended with Error_Internal");
        expect(unknown.failure.detail).to.equal("the diagnostic ended with Error_CannotResolveHostName");
        expect(unknown.result.values.RouteHopsNumberOfEntries).to.equal("0");
      });

      it("name lookup: addresses of the server that was named, once for each repetition", async () => {
        dns.answer("gw.example", [
          { type: "A", address: "192.0.2.7" },
          { type: "AAAA", address: "2001:db8::7" },
        ]);
        const { state, result } = await bench.tested(model, paths.lookup, {
          ...{ HostName: "gw.example", DNSServer: dns.server, NumberOfRepetitions: 2 },
        });
        expect([state, result.state]).to.deep.equal(["done", "Complete"]);
        expect(result.values).to.include({ SuccessCount: "2", ResultNumberOfEntries: "2" });
        const row = { Status: "Success", HostNameReturned: "gw.example", IPAddresses: "192.0.2.7,2001:db8::7", DNSServerIP: "127.0.0.1" };
        for (const { values } of result.tables.Result) expect(values).to.include(row);
      });

      it("name lookup: what is not found, not answered or not reached is the row's status, and no error of the test", async () => {
        dns.misbehave("silent.example", "silence");
        dns.misbehave("broken.example", "server-failure");
        const questions = [
          ["nobody.example", dns.server, "Error_HostNameNotResolved", 5_000],
          ["broken.example", dns.server, "Error_HostNameNotResolved", 5_000],
          ["silent.example", dns.server, "Error_Timeout", 100],
          ["gw.example", "127.0.0.1:1", "Error_DNSServerNotAvailable", 5_000],
        ] as const;
        const tests = questions.map(([HostName, DNSServer, , Timeout]) => [paths.lookup, { HostName, DNSServer, Timeout }] as const);
        for (const [at, { result }] of (await bench.testedAll(model, tests)).entries()) {
          const [name, , Status] = questions[at] ?? [];
          expect([result.state, result.values.SuccessCount], name).to.deep.equal(["Complete", "0"]);
          expect(result.tables.Result[0].values, name).to.include({ Status, AnswerType: "None", IPAddresses: "" });
        }
      });

      it("name lookup: a server whose name can't be resolved, and a name that is none", async () => {
        const [noServer, noName] = await bench.testedAll(model, [
          [paths.lookup, { HostName: "gw.example", DNSServer: "-f" }],
          [paths.lookup, { HostName: "a b;id", DNSServer: dns.server }],
        ]);
        expect(noServer.result.state).to.equal("Error_DNSServerNotResolved");
        expect(noName.result.state).to.equal("Error_Other");
      });

      it("download: 1 MiB over HTTP, with its bytes and the order of its times", async () => {
        files.files.set("/1m", { kind: "file", bytes: new Uint8Array(ONE_MIB) });
        const { state, result } = await bench.tested(model, paths.download, { DownloadURL: `${files.url}/1m` });
        expect([state, result.state]).to.deep.equal(["done", END[model]]);
        expect(Number(result.values.TestBytesReceived), "with the head").to.be.within(ONE_MIB, ONE_MIB + 1_024);
        const { TCPOpenRequestTime, TCPOpenResponseTime, ROMTime, BOMTime, EOMTime } = result.values;
        const times = [TCPOpenRequestTime, TCPOpenResponseTime, ROMTime, BOMTime, EOMTime];
        expect(times).to.deep.equal([...times].sort());
        for (const time of times) expect(time).to.match(MICROSECONDS);
      });

      it("upload: TestFileLength octets arrive, over HTTP PUT", async () => {
        const values = { UploadURL: `${files.url}/up-${model}`, TestFileLength: 300_000 };
        const { state, result } = await bench.tested(model, paths.upload, values);
        expect([state, result.state]).to.deep.equal(["done", END[model]]);
        expect(files.uploads.get(`/up-${model}`)?.length).to.equal(300_000);
        expect(Number(result.values.TotalBytesSent)).to.be.within(300_000, 301_024);
      });

      it("transfers that fail: each in its way", async () => {
        files.files.set("/closed", { kind: "status", status: 401 });
        files.files.set("/cut", { kind: "cut", bytes: new Uint8Array(ONE_MIB) });
        files.files.set("/stalled", { kind: "stall", bytes: new Uint8Array(ONE_MIB) });
        files.files.set("/moved", { kind: "status", status: 302, headers: { Location: "/1m" } });
        const unknownName = model === "tr181" ? "Error_CannotResolveHostName" : "Error_InitConnectionFailed";
        const failures: readonly (readonly [string, string])[] = [
          [`${files.url}/nothing`, "Error_TransferFailed"],
          [`${files.url}/moved`, "Error_TransferFailed"],
          [`${files.url}/closed`, "Error_LoginFailed"],
          [`${files.url}/cut`, "Error_TransferFailed"],
          [`${files.url}/stalled`, "Error_Timeout"],
          [muteUrl(), "Error_NoResponse"],
          ["http://127.0.0.1:1/", "Error_InitConnectionFailed"],
          ["http://-f.invalid/", unknownName],
          ["ftp://127.0.0.1/file", "Error_InitConnectionFailed"],
          ["http://user:secret@127.0.0.1/", "Error_InitConnectionFailed"],
          ["; rm -rf /", "Error_InitConnectionFailed"],
          ["", "Error_InitConnectionFailed"],
        ];
        files.files.set("/full", { kind: "status", status: 507 });
        const downloads = failures.map(([DownloadURL]) => [paths.download, { DownloadURL }] as const);
        const uploads = ["/closed", "/full"].map(
          (path) => [paths.upload, { UploadURL: files.url + path, TestFileLength: ONE_MIB }] as const,
        );
        const told = (await bench.testedAll(model, [...downloads, ...uploads], { answerTimeoutMs: 800 })).map(({ result }) => result.state);
        expect(told).to.deep.equal([...failures.map(([, word]) => word), "Error_LoginFailed", "Error_NoTransferComplete"]);
      });

      it("voice port and self test are made up; three tests at once end each for itself", async function () {
        requireCommand(this, "ping");
        const device = await bench.registered(model);
        const ids = [
          await bench.order(device, paths.voicePort),
          await bench.order(device, paths.selfTest),
          await bench.order(device, paths.ping, { Host: "127.0.0.1" }),
        ];
        await device.gateway.powerOn();
        const [port, self, ping] = await Promise.all(ids.map((id) => bench.ended(id)));
        expect([port, self, ping].map(({ state }) => state)).to.deep.equal(["done", "done", "done"]);
        expect(port.result.values).to.deep.include(model === "tr098" ? { PhoneConnectivity: "0" } : { TestResult: "Success" });
        expect(self.result.values.Results).to.match(/^synthetic: /);
      });

      for (const [behaviour, word] of [
        ["diagnostics-complete", "Complete"],
        ["diagnostics-say-completed", "Completed"],
      ] as const) {
        it(`${behaviour}: each test ends as ${word}, or as its object says that, without doing anything`, async () => {
          const behaviours = [findBehaviour(behaviour) ?? { name: behaviour, description: "" }];
          const local = { Host: "127.0.0.1", HostName: "127.0.0.1", DownloadURL: "http://127.0.0.1:1/", UploadURL: "http://127.0.0.1:1/" };
          const tests = Object.values(paths).map((path) => {
            const own = Object.entries(local).filter(([leaf]) => bench.has(model, path + leaf));
            return [path, Object.fromEntries(own)] as const;
          });
          const told = await bench.testedAll(model, tests, { behaviours });
          for (const [at, { state, result }] of told.entries()) {
            const path = tests[at]?.[0] ?? "";
            const isTransfer = path === paths.download || path === paths.upload;
            expect([state, result.state], path).to.deep.equal(["done", isTransfer && word === "Complete" ? END[model] : word]);
          }
        });
      }
    });
  }

  describe("tr181 only", () => {
    const ECHO = "Device.IP.Diagnostics.UDPEchoDiagnostics.";
    const SELECTION = "Device.IP.Diagnostics.ServerSelectionDiagnostics.";

    it("over IPv6: ping, traceroute and a download", async function () {
      requireCommand(this, "ping");
      requireCommand(this, "traceroute");
      const v6 = await openScriptedFileServer(undefined, "::1");
      v6.files.set("/file", { kind: "file", bytes: new Uint8Array(1_000) });
      const [ping, trace, download] = await bench.testedAll("tr181", [
        [P.tr181.ping, { Host: "::1", ProtocolVersion: "IPv6", NumberOfRepetitions: 1 }],
        [P.tr181.trace, { Host: "0:0:0:0:0:0:0:1", ProtocolVersion: "IPv6" }],
        [P.tr181.download, { DownloadURL: `${v6.url}/file` }],
      ]);
      await v6.close();
      expect([ping, trace, download].map(({ result }) => [result.state, result.values.IPAddressUsed])).to.deep.equal([
        ["Complete", "::1"],
        ["Complete", "::1"],
        ["Complete", "::1"],
      ]);
    });

    it("several connections at once: each is told, and how long all were loaded", async () => {
      files.files.set("/1m", { kind: "file", bytes: new Uint8Array(ONE_MIB) });
      const values = { DownloadURL: `${files.url}/1m`, NumberOfConnections: 3, EnablePerConnectionResults: true };
      const { result } = await bench.tested("tr181", P.tr181.download, values);
      expect(result.values.PerConnectionResultNumberOfEntries).to.equal("3");
      const rows: readonly { readonly values: Readonly<Record<string, string>> }[] = result.tables.PerConnectionResult;
      const sum = rows.reduce((bytes, row) => bytes + Number(row.values["TestBytesReceived"]), 0);
      expect(Number(result.values.TestBytesReceived)).to.equal(sum);
      expect(Number(result.values.TestBytesReceivedUnderFullLoading)).to.be.at.most(sum);
      expect(Number(result.values.PeriodOfFullLoading)).to.be.at.least(0);
    });

    it("a test by time ends when its time is over, with what each of its intervals carried", async () => {
      const timed = { TimeBasedTestDuration: 1, TimeBasedTestMeasurementInterval: 1 };
      const [download, upload] = await bench.testedAll("tr181", [
        [P.tr181.download, { ...timed, DownloadURL: `${endless.url}/` }],
        [P.tr181.upload, { ...timed, UploadURL: `${endless.url}/`, TestFileLength: 5 }],
      ]);
      for (const [{ result }, test] of [
        [download, "TestBytesReceived"],
        [upload, "TestBytesSent"],
      ] as const) {
        expect(result.state, test).to.equal("Complete");
        expect(Date.parse(result.values.EOMTime) - Date.parse(result.values.BOMTime), test).to.be.at.least(900);
        expect(result.tables.IncrementalResult, test).to.have.length(1);
        const [{ values }] = result.tables.IncrementalResult;
        expect(Number(values[test]), test).to.be.within(1, Number(result.values[test]));
        expect(values.StartTime < values.EndTime, test).to.equal(true);
      }
    });

    it("UDP echo: packets come back from an echo server, and each is told", async () => {
      const port = await bench.echoServer("127.0.0.1", { isPlus: true });
      const { state, result } = await bench.tested("tr181", ECHO, {
        ...{
          Host: "127.0.0.1",
          Port: port,
          NumberOfRepetitions: 3,
          InterTransmissionTime: 1,
          Timeout: 5_000,
          EnableIndividualPacketResults: true,
        },
      });
      expect([state, result.state]).to.deep.equal(["done", "Complete"]);
      expect(result.values).to.include({ SuccessCount: "3", FailureCount: "0", IndividualPacketResultNumberOfEntries: "3" });
      const rows: readonly { readonly values: Readonly<Record<string, string>> }[] = result.tables.IndividualPacketResult;
      expect(rows.map(({ values }) => [values["TestGenSN"], values["TestRespSN"], values["PacketSuccess"]])).to.deep.equal([
        ["1", "1", "1"],
        ["2", "2", "1"],
        ["3", "3", "1"],
      ]);
    });

    it("UDP echo: nobody there is failures, not an error; packets that can't be sent are one", async () => {
      const few = { Host: "127.0.0.1", Port: 1, NumberOfRepetitions: 2, InterTransmissionTime: 1, Timeout: 50 };
      const [lost, tooLarge] = await bench.testedAll("tr181", [
        [ECHO, { ...few, DataBlockSize: 24 }],
        [ECHO, { ...few, DataBlockSize: 65_535 }],
      ]);
      expect([lost.result.state, lost.result.values.FailureCount]).to.deep.equal(["Complete", "2"]);
      expect(tooLarge.result.state).to.equal("Error_Other");
    });

    it("server selection: over UDP echo the host that answers, over ICMP one that there is", async function () {
      requireCommand(this, "ping");
      const host = `127.0.0.1:${await bench.echoServer("127.0.0.1")}`;
      const [udp, icmp] = await bench.testedAll("tr181", [
        [SELECTION, { HostList: `127.0.0.2:1,${host},-f`, Protocol: "UDP Echo", Timeout: 5_000, NumberOfRepetitions: 2 }],
        [SELECTION, { HostList: "127.0.0.3", Protocol: "ICMP", Timeout: 5_000 }],
      ]);
      expect(udp.result.values).to.include({ FastestHost: host, IPAddressUsed: "127.0.0.1" });
      expect(Number(udp.result.values.AverageResponseTime), "microseconds").to.be.above(0);
      expect(icmp.result.values).to.include({ FastestHost: "127.0.0.3" });
    });

    it("server selection: without an answer there is no fastest, without an address it is an error, eleven hosts are too many", async () => {
      const lists = ["127.0.0.1:1", "-f,;id", Array.from({ length: 11 }, () => "127.0.0.1").join(",")];
      const tests = lists.map((HostList) => [SELECTION, { HostList, Protocol: "UDP Echo", Timeout: 50 }] as const);
      const [silent, nobody, many] = await bench.testedAll("tr181", tests);
      expect(silent.result.values).to.include({ FastestHost: "", AverageResponseTime: "0", IPAddressUsed: "" });
      expect(nobody.result.state).to.equal("Error_CannotResolveHostName");
      expect([many.state, many.failure.code]).to.deep.equal(["failed", "device-fault"]);
    });

    it("Wi-Fi neighbours are made up: the same device finds the same ones", async () => {
      const scan = ["Device.WiFi.NeighboringWiFiDiagnostic."] as const;
      const [first, second] = await bench.testedAll("tr181", [scan, scan]);
      const rows = first.result.tables.Result;
      expect(Number(first.result.values.ResultNumberOfEntries)).to.equal(rows.length);
      expect(second.result.tables.Result).to.deep.equal(rows);
      expect(rows[0].values.BSSID).to.match(/^02:00(:[0-9A-F]{2}){4}$/);
    });
  });
});
