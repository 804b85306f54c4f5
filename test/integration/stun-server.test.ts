/**
 * The STUN server and UDP connection requests, over real sockets with the device's side of Annex G.
 * Spec: RFC 3489; TR-069 Annex G. Layer: integration test.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Device } from "../../acs/devices/device.js";
import { DEFAULT_MODEL_POLICY } from "../../acs/devices/model-policy.js";
import type { UdpAddress } from "../../acs/devices/reachability.js";
import { createConnectionRequester } from "../../acs/wake/connection-requester.js";
import { openStunServer, type StunServer, type StunServerOptions } from "../../acs/wake/stun-server.js";
import { createAddressGuard, DEFAULT_REFUSED_RANGES } from "../../common/address-guard.js";
import { fakeClock } from "../support/fake-clock.js";
import { attribute, openUdpDevice, stunRequest, type UdpDevice } from "../support/udp-device.js";

const LOGIN = { username: "cr-user", password: "cr secret" };
const RESPONSE = 0x0101;
const ERROR = 0x0111;
/** Long enough for a loopback answer, short enough for a test that wants none. */
const SILENCE_MS = 60;

describe("STUN server", () => {
  const clock = fakeClock();
  let server: StunServer;
  let device: UdpDevice;
  let bindings: { readonly username: string; readonly address: UdpAddress }[];
  let lookUps: string[];
  const troubles: unknown[] = [];

  async function start(more: Partial<StunServerOptions> = {}): Promise<void> {
    bindings = [];
    lookUps = [];
    server = await openStunServer({
      ...{ host: "127.0.0.1", port: 0, clock },
      passwordsOf: async (username) => {
        lookUps.push(username);
        return username === "gateway" ? ["another of its passwords", "stun secret"] : [];
      },
      onBinding: (binding) => bindings.push(binding),
      onTrouble: (error) => troubles.push(error),
      ...more,
    });
    device = await openUdpDevice({
      ...{ stunPort: server.port, username: "gateway", password: "stun secret" },
      connectionRequest: () => LOGIN,
    });
  }
  beforeEach(() => start());
  afterEach(async () => {
    await device.close();
    await server.close();
    expect(troubles).to.deep.equal([]);
  });

  const code = (bytes: Buffer | undefined): string => `${(bytes?.[2] ?? 0) * 100 + (bytes?.[3] ?? 0)}`;
  const mapped = (bytes: Buffer | undefined): string =>
    bytes === undefined ? "none" : `${bytes.subarray(4).join(".")}:${bytes.readUInt16BE(2)}`;

  it("without user name: tells the address as the ACS sees it, and trusts nothing", async () => {
    const answer = await device.ask(stunRequest([attribute(0xc001, Buffer.from("dslforum.org/TR-111 "))]));
    expect(answer?.type).to.equal(RESPONSE);
    expect(mapped(answer?.attribute(0x0001))).to.equal(`127.0.0.1:${device.port}`);
    expect([bindings, lookUps]).to.deep.equal([[], []]);
  });

  it("with user name: asks for proof once, then notes the binding, and keep-alives cost nothing", async () => {
    const answer = await device.bind();
    expect(answer?.type).to.equal(RESPONSE);
    expect(mapped(answer?.attribute(0x0001))).to.equal(`127.0.0.1:${device.port}`);
    expect(answer?.attribute(0x0008), "integrity of the answer").to.have.length(20);
    expect(bindings).to.deep.equal([{ username: "gateway", address: { host: "127.0.0.1", port: device.port } }]);
    await device.bind();
    await device.bind({ isBindingChange: true });
    expect([bindings.length, lookUps.length, server.counters.challenged]).to.deep.equal([1, 1, 1]);
  });

  it("another port of the same device is another binding, told again", async () => {
    await device.bind();
    const moved = await openUdpDevice({
      ...{ stunPort: server.port, username: "gateway", password: "stun secret" },
      connectionRequest: () => LOGIN,
    });
    await moved.bind({ isBindingChange: true });
    await moved.close();
    expect(bindings.map(({ address }) => address.port)).to.deep.equal([device.port, moved.port]);
  });

  it("a forgotten binding is asked for proof again", async () => {
    await device.bind();
    server.forget("gateway");
    await device.bind();
    expect([bindings.length, server.counters.challenged]).to.deep.equal([2, 2]);
  });

  it("a wrong password and an unknown user are told alike: 431", async () => {
    expect(code((await device.bind({ password: "guess" }))?.attribute(0x0009))).to.equal("431");
    const parts = [attribute(0x0006, Buffer.from("nobody  ")), attribute(0xc001, Buffer.from("dslforum.org/TR-111 "))];
    const unknown = await device.ask(stunRequest(parts, "guess"));
    expect([unknown?.type, code(unknown?.attribute(0x0009))]).to.deep.equal([ERROR, "431"]);
    expect([bindings.length, server.counters.refused]).to.deep.equal([0, 2]);
  });

  it("a proof without the TR-111 mark is no binding: it comes from another port than connection requests want", async () => {
    expect((await device.ask(stunRequest([attribute(0x0006, Buffer.from("gateway "))], "stun secret")))?.type).to.equal(RESPONSE);
    expect(bindings).to.deep.equal([]);
  });

  it("no answer is longer than an unproved request; one that would be is not sent", async () => {
    expect(await device.ask(stunRequest([]), SILENCE_MS), "a bare header").to.equal(undefined);
    for (const filler of [4, 8, 12, 16, 40, 200]) {
      const request = stunRequest([attribute(0xc005, Buffer.alloc(filler))]);
      const answer = await device.ask(request, SILENCE_MS);
      expect(answer?.bytes.length ?? 0, `${request.length} octets`).to.be.at.most(request.length);
    }
    for (const user of ["u", "gateway", "x".repeat(60)]) {
      const request = stunRequest([attribute(0x0006, Buffer.from(user.padEnd(Math.ceil(user.length / 4) * 4)))]);
      expect((await device.ask(request, SILENCE_MS))?.bytes.length ?? 0, user).to.be.at.most(request.length);
    }
    const unknown = stunRequest([attribute(0x0042, Buffer.alloc(40))]);
    const refusal = await device.ask(unknown);
    expect([code(refusal?.attribute(0x0009)), refusal?.attribute(0x000a)?.toString("hex")]).to.deep.equal(["420", "00420042"]);
    expect(refusal?.bytes.length).to.be.at.most(unknown.length);
  });

  it("RESPONSE-ADDRESS: another port of the same host is answered there, another host never", async () => {
    const second = await openUdpDevice({ ...{ stunPort: server.port, username: "", password: "" }, connectionRequest: () => LOGIN });
    const responseAddress = (host: readonly number[], port: number): Buffer =>
      attribute(0x0002, Buffer.from([0, 1, port >> 8, port & 255, ...host]));
    const heard = device.ask(stunRequest([responseAddress([127, 0, 0, 1], device.port)]), 500);
    await second.ask(stunRequest([responseAddress([127, 0, 0, 1], device.port)]), SILENCE_MS);
    expect(mapped((await heard)?.attribute(0x0001))).to.match(/^127\.0\.0\.1:/);
    expect(await second.ask(stunRequest([responseAddress([127, 0, 0, 2], device.port)]), SILENCE_MS)).to.equal(undefined);
    expect(await second.ask(stunRequest([responseAddress([127, 0, 0, 1], 0)]), SILENCE_MS)).to.equal(undefined);
    await second.close();
  });

  it("CHANGE-REQUEST can't be met: silence; what is no STUN is dropped and counted", async () => {
    expect(await device.ask(stunRequest([attribute(0x0003, Buffer.from([0, 0, 0, 6]))]), SILENCE_MS)).to.equal(undefined);
    const before = server.counters.dropped;
    for (const junk of [Buffer.alloc(0), Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(19), randomBytes(1_400)])
      await device.ask(junk, 15);
    expect(server.counters.dropped).to.equal(before + 4);
  });

  it("each source has its rate", async () => {
    await device.close();
    await server.close();
    await start({ limits: { perSourcePerSecond: 1, burst: 3 } });
    const request = (): Promise<unknown> => device.ask(stunRequest([attribute(0xc001, Buffer.from("dslforum.org/TR-111 "))]), SILENCE_MS);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push((await request()) !== undefined);
    expect(answers).to.deep.equal([true, true, true, false, false]);
    await clock.advance(1_000);
    expect(await request()).not.to.equal(undefined);
  });

  it("look-ups have a limit: beyond it requests are dropped", async () => {
    await device.close();
    await server.close();
    let release: (passwords: readonly string[]) => void = () => undefined;
    const held = new Promise<readonly string[]>((resolve) => {
      release = resolve;
    });
    await start({ passwordsOf: () => held, limits: { lookUpsMax: 1 } });
    const proof = (): Buffer => stunRequest([attribute(0x0006, Buffer.from("gateway "))], "x");
    const first = device.ask(proof());
    expect(await device.ask(proof(), SILENCE_MS)).to.equal(undefined);
    expect(server.counters.dropped).to.equal(1);
    release([]);
    expect((await first)?.type).to.equal(ERROR);
  });

  describe("UDP connection requests", () => {
    const requester = (refusesLoopback = false) =>
      createConnectionRequester({
        ...{ http: null, stun: server, xmpp: null, clock, randomBytes },
        guard: createAddressGuard(refusesLoopback ? DEFAULT_REFUSED_RANGES : []),
        openSecret: (sealed, owner) => {
          expect([sealed, owner]).to.deep.equal(["sealed", "device-1"]);
          return LOGIN.password;
        },
        modelPolicy: async () => DEFAULT_MODEL_POLICY,
        relaxed: () => undefined,
      });
    const target = { id: "device-1", connectionRequest: { username: LOGIN.username, password: "sealed" } } as Device;
    const step = () => ({ rung: "udp", address: { host: "127.0.0.1", port: device.port } }) as const;
    const until = async (fits: () => boolean): Promise<void> => {
      while (!fits()) await new Promise((resolve) => setImmediate(resolve));
    };

    it("three copies from the STUN server's own port; the device takes one", async () => {
      expect((await requester().send(target, step())).outcome).to.equal("accepted");
      await until(() => device.datagrams.length === 3);
      expect(new Set(device.datagrams.map(({ text }) => text)).size).to.equal(1);
      expect(device.datagrams.map(({ from }) => from)).to.deep.equal([server.port, server.port, server.port]);
      expect(device.taken()).to.equal(1);
    });

    it("a second one within the same second is taken too: its ts is greater", async () => {
      const udp = requester();
      await udp.send(target, step());
      await udp.send(target, step());
      await until(() => device.datagrams.length === 6);
      expect(device.taken()).to.equal(2);
    });

    it("does not go to refused ranges", async () => {
      expect(await requester(true).send(target, step())).to.deep.equal({
        outcome: "refused",
        detail: "127.0.0.1 is in a refused address range: loopback",
      });
    });
  });
});
