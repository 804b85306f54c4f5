/**
 * The UDP echo server of a simulated gateway: whom it answers, with what, and what it counts.
 * Spec: TR-143 A.1 (UDPEchoConfig, UDP Echo Plus), RFC 862.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import { readEchoAnswer, writeEchoRequest } from "../../device-sim/diagnostics/echo-plus.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";

const OBJECTS = { tr098: "InternetGatewayDevice.UDPEchoConfig.", tr181: "Device.IP.Diagnostics.UDPEchoConfig." } as const;
/** Nobody is there, and nobody is needed. */
const NO_ACS = "http://127.0.0.1:1/";

for (const model of ["tr098", "tr181"] as const) {
  describe(`device-sim: the UDP echo server of ${model}`, () => {
    const R = OBJECTS[model];
    const bench = openGatewayBench();
    let device: BenchGateway;
    let client: Socket;
    beforeEach(async () => {
      device = bench.add({ model, acsUrl: NO_ACS, retryTimeScale: 1_000 });
      await device.gateway.powerOn();
      client = createSocket("udp4").bind(0, "127.0.0.1");
      await once(client, "listening");
    });
    afterEach(async () => {
      client.close();
      await bench.close();
    });

    const set = (values: Readonly<Record<string, string>>): void => {
      for (const [leaf, text] of Object.entries(values)) device.gateway.changeLocally(R + leaf, text);
    };
    async function enabled(more: Readonly<Record<string, string>> = {}, nth = 1): Promise<number> {
      set({ SourceIPAddress: "127.0.0.1", UDPPort: "0", ...more, Enable: "true" });
      return (await device.event("echo-server", nth)).port;
    }
    async function echoed(port: number, payload: Uint8Array): Promise<Buffer> {
      const answer = once(client, "message");
      client.send(payload, port, "127.0.0.1");
      return (await answer)[0] as Buffer;
    }
    const counters = (): readonly (string | undefined)[] =>
      ["PacketsReceived", "PacketsResponded", "BytesReceived", "BytesResponded"].map((leaf) => device.gateway.read(R + leaf));

    it("sends back what it was sent, and counts octets with their UDP headers", async () => {
      const port = await enabled();
      expect((await echoed(port, Buffer.from("hello"))).toString()).to.equal("hello");
      await echoed(port, Buffer.alloc(0));
      expect(counters()).to.deep.equal(["2", "2", "21", "21"]);
      const times = ["TimeFirstPacketReceived", "TimeLastPacketReceived"].map((leaf) => device.gateway.read(R + leaf) ?? "");
      expect(times[0]).to.match(/\.\d{6}Z$/);
      expect([...times].sort()).to.deep.equal(times);
    });

    it("fills in the fields of Echo Plus where it is enabled, in packets that have room for them, and no octet more", async () => {
      const port = await enabled({ EchoPlusEnabled: "true" });
      await echoed(port, Buffer.from("short"));
      const answer = await echoed(port, writeEchoRequest(9, 24));
      expect(answer).to.have.length(24);
      const { testRespSn, receivedUs, repliedUs, failures } = readEchoAnswer(answer) ?? {};
      expect([testRespSn, failures]).to.deep.equal([2, 0]);
      expect(repliedUs).to.be.at.least(receivedUs ?? Number.POSITIVE_INFINITY);
    });

    it("answers its source only: nobody else is answered or counted, and without a source nobody at all", async () => {
      const port = await enabled({ SourceIPAddress: "127.0.0.9" });
      client.send("from elsewhere", port, "127.0.0.1");
      set({ SourceIPAddress: "" });
      client.send("from anywhere", port, "127.0.0.1");
      const allowed = createSocket("udp4").bind(0, "127.0.0.9");
      await once(allowed, "listening");
      set({ SourceIPAddress: "127.0.0.9" });
      allowed.send("mine", port, "127.0.0.1");
      const [payload] = (await once(allowed, "message")) as [Buffer];
      allowed.close();
      expect(payload.toString()).to.equal("mine");
      expect(counters().slice(0, 2)).to.deep.equal(["1", "1"]);
    });

    it("never answers another echo server, which would answer again", async () => {
      const port = await enabled({ SourceIPAddress: "127.0.0.8" });
      const other = createSocket("udp4").bind(port, "127.0.0.8");
      await once(other, "listening");
      other.send("ping", port, "127.0.0.1");
      const honest = createSocket("udp4").bind(0, "127.0.0.8");
      await once(honest, "listening");
      honest.send("pong", port, "127.0.0.1");
      await once(honest, "message");
      other.close();
      honest.close();
      expect(counters()[0]).to.equal("1");
    });

    it("is closed when it is disabled, and begins to count anew when it is enabled again; a restart keeps it enabled", async () => {
      const port = await enabled();
      await echoed(port, Buffer.from("x"));
      set({ Enable: "false" });
      expect(counters(), "still to be read").to.deep.equal(["1", "1", "9", "9"]);
      await enabled({}, 2);
      expect(counters()).to.deep.equal(["0", "0", "0", "0"]);
      await device.gateway.powerOff();
      await device.gateway.powerOn();
      const { port: after } = await device.event("echo-server", 3);
      expect((await echoed(after, Buffer.from("again"))).toString()).to.equal("again");
    });

    it("says when the port is taken, and goes on", async () => {
      set({ UDPPort: String(client.address().port), Enable: "true" });
      expect((await device.event("echo-server")).state).to.equal("failed");
      expect(await enabled({ Enable: "false" }, 2)).to.be.above(0);
    });
  });
}
