/**
 * SIP over TLS on loopback: who is trusted, by which name, with which version, and which certificate.
 * Spec: RFC 3261 26.3; RFC 5922 7; RFC 5923 5, 8.1; RFC 9325 3.1.
 */
import { copyFile } from "node:fs/promises";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { expect } from "chai";
import type { TlsFiles } from "../../../../common/tls-files.js";
import { openStreamTransport, type StreamTransport, type StreamTransportOptions } from "../../../../sip-bridge/net/stream-transport.js";
import { FlowFailed } from "../../../../sip-bridge/net/transport.js";
import type { Flow } from "../../../../sip-bridge/sip/flow.js";
import { type Authority, type Certified, makeAuthority } from "../../../support/certificates.js";
import { type FakeClock, fakeClock } from "../../../support/fake-clock.js";
import { requireCommand } from "../../../support/services.js";
import { sipBytes } from "../../../support/sip-messages.js";
import { connectPeer, connectTlsPeer, listeningPeer, type StreamPeer } from "../../../support/stream-peer.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

const DOMAIN = "voice.example";
const optionsWith = (viaParams: string): Uint8Array =>
  sipBytes([
    "OPTIONS sip:voice.example SIP/2.0",
    `Via: SIP/2.0/TLS sbc.example:5071;branch=z9hG4bKt1${viaParams}`,
    "From: <sip:anna@voice.example>;tag=f1",
    "To: <sip:anna@voice.example>",
    "Call-ID: call-1",
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
  ]);

describe("net/stream-transport: TLS", () => {
  let authority: Authority;
  let stranger: Authority;
  let ours: Certified;
  let theirs: Certified;
  let folder: TemporaryFolder;
  const closers: (() => unknown)[] = [];
  let clock: FakeClock;
  let flows: Flow[];
  let hear: () => void;

  before(async function () {
    requireCommand(this, "openssl");
    folder = await temporaryFolder();
    authority = await makeAuthority();
    stranger = await makeAuthority();
    ours = await authority.issue("bridge", 30, DOMAIN);
    theirs = await authority.issue("sbc", 30, "sbc.example");
  });
  after(async () => {
    await authority?.remove();
    await stranger?.remove();
    await folder?.remove();
  });
  beforeEach(() => {
    clock = fakeClock();
    flows = [];
    hear = () => undefined;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  interface Changes extends Partial<StreamTransportOptions> {
    readonly files?: TlsFiles;
    readonly requiresClientCertificate?: boolean;
  }
  const news: string[] = [];
  async function open({ files = ours, requiresClientCertificate = false, ...changes }: Changes = {}): Promise<StreamTransport> {
    let octet = 0;
    news.length = 0;
    const transport = await openStreamTransport({
      ...{ kind: "tls", address: "127.0.0.1", port: 0, clock },
      serving: { files, requiresClientCertificate, onReload: () => news.push("reloaded"), onTrouble: (why) => news.push(why) },
      client: { ca: authority.cert },
      randomBytes: (count) => Buffer.alloc(count, ++octet),
      onMessage: (_message, flow) => {
        flows.push(flow);
        hear();
      },
      onFlowFailed: () => undefined,
      ...changes,
    });
    closers.push(() => transport.close());
    return transport;
  }

  async function peerOf({ localPort }: StreamTransport, options: Parameters<typeof connectTlsPeer>[1] = {}): Promise<StreamPeer> {
    const peer = await connectTlsPeer(localPort, { ca: authority.cert, servername: DOMAIN, ...options });
    closers.push(() => peer.close());
    return peer;
  }

  const nextFlow = async (): Promise<Flow> => {
    const before = flows.length;
    while (flows.length === before)
      await new Promise<void>((resolve) => {
        hear = resolve;
      });
    return flows.at(-1) as Flow;
  };

  async function serverWith({ cert, key }: Certified, ca?: Buffer) {
    const server = await listeningPeer(
      createTlsServer({ cert, key, ...(ca === undefined ? {} : { ca, requestCert: true }) }),
      "secureConnection",
    );
    closers.push(() => server.close());
    return server;
  }

  const rejection = (work: Promise<unknown>): Promise<Error | undefined> =>
    work.then(
      () => undefined,
      (error: unknown) => error as Error,
    );

  it("serves over TLS 1.2 and later, on the connection that came", async () => {
    const transport = await open();
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const peer = await peerOf(transport, { minVersion: version, maxVersion: version });
      const flow = nextFlow();
      peer.send(optionsWith(""));
      expect((await flow).transport).to.equal("tls");
      await transport.send(Buffer.from("answer"), await flow);
      expect(await peer.until("answer")).to.equal("answer");
    }
    expect(transport.via.transport).to.equal("TLS");
  });

  it("shakes no hand with less than TLS 1.2", async () => {
    const transport = await open();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    expect(await rejection(peerOf(transport, old))).to.be.instanceOf(Error);
    expect(transport.counters()).to.include({ handshakeFailures: 1, accepted: 0 });
  });

  it("plain SIP on the port of TLS is no SIP: nothing is taken back to less", async () => {
    const transport = await open();
    const peer = await connectPeer(transport.localPort);
    closers.push(() => peer.close());
    peer.send(optionsWith(""));
    await peer.ended();
    expect(transport.counters()).to.include({ handshakeFailures: 1, messagesReceived: 0 });
  });

  it("floods are bounded before the handshake", async () => {
    const transport = await open({ limits: { perSourceMax: 2 } });
    const raw = await Promise.all(Array.from({ length: 20 }, () => connectPeer(transport.localPort)));
    for (const peer of raw) closers.push(() => peer.close());
    await Promise.all(raw.slice(2).map((peer) => peer.ended()));
    expect(transport.counters().connectionsRefused).to.equal(18);
  });

  it("a renewed certificate is used without a restart, and one that can't be used changes nothing", async () => {
    const files = { certFile: folder.file("live.crt"), keyFile: folder.file("live.key") };
    const put = async (certified: Certified): Promise<void> => {
      await copyFile(certified.certFile, files.certFile);
      await copyFile(certified.keyFile, files.keyFile);
    };
    await put(ours);
    const transport = await open({ files });
    const name = async (): Promise<string> => {
      const { socket } = await peerOf(transport);
      return String((socket as TLSSocket).getPeerCertificate().subject.CN);
    };
    expect(await name()).to.equal("bridge");
    await put(await authority.issue("renewed", 30, DOMAIN));
    await look();
    expect(await name()).to.equal("renewed");
    await copyFile(theirs.keyFile, files.keyFile);
    await look();
    expect(await name()).to.equal("renewed");
    expect(news).to.have.length(2);

    async function look(): Promise<void> {
      const before = news.length;
      await clock.advance(10_000);
      while (news.length === before) await new Promise((resolve) => setImmediate(resolve));
    }
  });

  describe("client certificates", () => {
    it("are not asked for unless an authority is named", async () => {
      const transport = await open();
      await peerOf(transport, { cert: theirs.cert, key: theirs.key });
      expect(transport.counters().handshakeFailures).to.equal(0);
    });

    it("where they are required, nobody is served without, or with a stranger's", async () => {
      const transport = await open({ files: { ...ours, clientCaFile: authority.certFile }, requiresClientCertificate: true });
      const none = await peerOf(transport);
      none.send(optionsWith(""));
      await none.ended();
      const other = await stranger.issue("other");
      const wrong = await peerOf(transport, { cert: other.cert, key: other.key });
      wrong.send(optionsWith(""));
      await wrong.ended();
      expect(flows).to.deep.equal([]);
      const right = await peerOf(transport, { cert: theirs.cert, key: theirs.key });
      const flow = nextFlow();
      right.send(optionsWith(""));
      expect((await flow).transport).to.equal("tls");
    });
  });

  describe("connections of ours (RFC 5922)", () => {
    it("the certificate must be for the domain that we meant", async () => {
      const transport = await open();
      const server = await serverWith(theirs);
      const target = { address: "127.0.0.1", port: server.port };
      expect(await rejection(transport.flowTo({ ...target, serverName: "sbc.example" }))).to.equal(undefined);
      const wrong = await rejection(transport.flowTo({ ...target, serverName: "other.example" }));
      expect(wrong).to.be.instanceOf(FlowFailed);
      expect(wrong?.message).to.include("the certificate is not for other.example");
    });

    it("the domain may stand as a SIP URI; a wildcard stands for none (7.2)", async () => {
      const transport = await open();
      const asUri = await serverWith(await authority.issue("sbc", 30, "host7.example,URI:sip:sbc.example"));
      expect(await rejection(transport.flowTo({ address: "127.0.0.1", port: asUri.port, serverName: "sbc.example" }))).to.equal(undefined);
      const wild = await serverWith(await authority.issue("wild", 30, "*.sbc.example"));
      const error = await rejection(transport.flowTo({ address: "127.0.0.1", port: wild.port, serverName: "host.sbc.example" }));
      expect(error?.message).to.include("not for host.sbc.example");
    });

    it("tells the server which domain it means (SNI)", async () => {
      const transport = await open();
      const server = await serverWith(theirs);
      await transport.flowTo({ address: "127.0.0.1", port: server.port, serverName: "sbc.example" });
      const { socket } = await server.next();
      expect(socket).to.have.property("servername", "sbc.example");
    });

    it("an authority that we do not trust is none", async () => {
      const transport = await open();
      const server = await serverWith(await stranger.issue("sbc", 30, "sbc.example"));
      const error = await rejection(transport.flowTo({ address: "127.0.0.1", port: server.port, serverName: "sbc.example" }));
      expect(error).to.be.instanceOf(FlowFailed);
    });

    it("a certificate whose time is over is none", async () => {
      const transport = await open();
      const server = await serverWith(await authority.issue("sbc", -1, "sbc.example"));
      const error = await rejection(transport.flowTo({ address: "127.0.0.1", port: server.port, serverName: "sbc.example" }));
      expect(error?.message).to.include("EXPIRED");
    });

    it("one domain's connection is not another's, though the address is the same", async () => {
      const transport = await open();
      const server = await serverWith(await authority.issue("both", 30, "a.example,DNS:b.example"));
      const target = { address: "127.0.0.1", port: server.port };
      const [a, b] = [
        await transport.flowTo({ ...target, serverName: "a.example" }),
        await transport.flowTo({ ...target, serverName: "b.example" }),
      ];
      expect(a.connection).to.not.equal(b.connection);
      expect((await transport.flowTo({ ...target, serverName: "a.example" })).connection).to.equal(a.connection);
    });

    it("shows its certificate to who asks, and says that the connection may be used for requests to us", async () => {
      const transport = await open({ client: { ca: authority.cert, certificate: ours } });
      const server = await serverWith(theirs, authority.cert);
      await transport.flowTo({ address: "127.0.0.1", port: server.port, serverName: "sbc.example" });
      const { socket } = await server.next();
      expect(socket).to.have.property("authorized", true);
      expect(transport.via.params).to.deep.equal([{ name: "alias" }]);
    });
  });

  describe("connections that a proven peer lets us use (RFC 5923)", () => {
    const target = { address: "127.0.0.1", port: 5_071 };
    const withClientCa = () => open({ files: { ...ours, clientCaFile: authority.certFile } });

    it("serve requests to the address and port of its Via, for the domain of its certificate", async () => {
      const transport = await withClientCa();
      const peer = await peerOf(transport, { cert: theirs.cert, key: theirs.key });
      const flow = nextFlow();
      peer.send(optionsWith(";alias"));
      const { connection } = await flow;
      expect((await transport.flowTo({ ...target, serverName: "sbc.example" })).connection).to.equal(connection);
      expect(await rejection(transport.flowTo({ ...target, serverName: "other.example" })), "another domain").to.be.instanceOf(FlowFailed);
    });

    it("are not used when the peer does not say so, or proves nothing", async () => {
      const transport = await withClientCa();
      for (const [viaParams, certificate] of [
        ["", { cert: theirs.cert, key: theirs.key }],
        [";alias", {}],
      ] as const) {
        const peer = await peerOf(transport, certificate);
        const flow = nextFlow();
        peer.send(optionsWith(viaParams));
        await flow;
        expect(await rejection(transport.flowTo({ ...target, serverName: "sbc.example" }))).to.be.instanceOf(FlowFailed);
      }
    });
  });

  it("closing waits for no handshake", async () => {
    const transport = await open();
    const peer = await connectPeer(transport.localPort);
    closers.push(() => peer.close());
    await transport.close();
    await peer.ended();
  });

  it("can't listen without a certificate", async () => {
    const bare = { kind: "tls", address: "127.0.0.1", port: 0, clock, randomBytes: (count: number) => new Uint8Array(count) } as const;
    const error = await rejection(openStreamTransport({ ...bare, onMessage: () => undefined, onFlowFailed: () => undefined }));
    expect(error).to.be.instanceOf(RangeError);
  });
});
