/**
 * Tests of a simulated gateway that are stopped while they run: taken back, begun anew, cut off by a restart, gone with their row.
 * Spec: TR-106 (DiagnosticsState), cwmp.md 8.1.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import type { AcsMessage } from "../../acs/cwmp/messages.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";

const ECHO = "Device.IP.Diagnostics.UDPEchoDiagnostics.";
const SELF_TEST = "Device.SelfTestDiagnostics.";
const ask = (message: AcsMessage): Reply => ({ message });
const set = (object: string, values: Readonly<Record<string, string>>): Reply =>
  ask({
    kind: "SetParameterValues",
    values: Object.entries(values).map(([leaf, text]) => ({ name: object + leaf, type: "xsd:string", text })),
    parameterKey: "",
  });

describe("device-sim: a test that is stopped while it runs", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  /** Hears the packets of the test, and answers when it is told to. */
  let peer: Socket;
  /** To the packet of the test that runs when a case begins. */
  let answerFirst: () => void;
  let device: BenchGateway;
  beforeEach(async () => {
    acs = await openScriptedAcs();
    peer = createSocket("udp4").bind(0, "127.0.0.1");
    await once(peer, "listening");
    const args = { Host: "127.0.0.1", Port: String(peer.address().port), Timeout: "60000", DataBlockSize: "20" };
    acs.script(INFORM_RESPONSE, set(ECHO, { ...args, DiagnosticsState: "Requested" }));
    device = bench.add({ model: "tr181", acsUrl: acs.url });
    const begun = once(peer, "message");
    await device.gateway.powerOn();
    const [payload, source] = (await begun) as [Buffer, RemoteInfo];
    answerFirst = () => peer.send(payload, source.port, source.address);
  });
  afterEach(async () => {
    peer.close();
    await bench.close();
    await acs.close();
  });

  /** The next session asks for this, and ends. */
  async function session(nth: number, ...replies: readonly Reply[]): Promise<void> {
    acs.script(INFORM_RESPONSE, ...replies);
    device.gateway.triggerPeriodic();
    await device.event("session-ended", nth);
  }
  const state = (): string | undefined => device.gateway.read(`${ECHO}DiagnosticsState`);
  /** A test that ends at once, so that what ended before it has been told. */
  const afterwards = async (nth: number): Promise<readonly string[]> => {
    await session(nth, set(SELF_TEST, { DiagnosticsState: "Requested" }));
    await device.event("session-ended", nth + 1);
    return device.events.flatMap((event) => (event.kind === "test-ended" ? [event.object] : []));
  };

  it("Canceled takes it back: None, and no event", async () => {
    await session(2, set(ECHO, { DiagnosticsState: "Canceled" }));
    answerFirst();
    expect(state()).to.equal("None");
    expect(await afterwards(3)).to.deep.equal([SELF_TEST]);
  });

  it("so does a new argument", async () => {
    await session(2, set(ECHO, { NumberOfRepetitions: "2" }));
    answerFirst();
    expect(state()).to.equal("None");
    expect(await afterwards(3)).to.deep.equal([SELF_TEST]);
  });

  it("Requested again begins it anew, and its end is told once", async () => {
    peer.on("message", (payload, { port, address }) => peer.send(payload, port, address));
    await session(2, set(ECHO, { DiagnosticsState: "Requested" }));
    answerFirst();
    await device.event("test-ended");
    await device.event("session-ended", 3);
    expect([state(), device.gateway.read(`${ECHO}SuccessCount`)]).to.deep.equal(["Complete", "1"]);
    expect(await afterwards(4)).to.deep.equal([ECHO, SELF_TEST]);
  });

  it("another test runs beside it", async () => {
    expect(await afterwards(2)).to.deep.equal([SELF_TEST]);
    expect(state()).to.equal("Requested");
  });

  it("a restart forgets it", async () => {
    await session(2, ask({ kind: "Reboot", commandKey: "r" }));
    await device.event("booted", 2);
    await device.event("session-ended", 3);
    answerFirst();
    expect(state()).to.equal("None");
    expect(await afterwards(4)).to.deep.equal([SELF_TEST]);
  });
});
