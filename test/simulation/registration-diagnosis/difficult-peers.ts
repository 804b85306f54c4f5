/**
 * SIP servers that keep a diagnosis waiting: mute, slow, fickle, or not there at all.
 * Layer: simulation.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { systemClock } from "../../../common/clock.js";
import type { PhoneTransport } from "../../../device-sim/phone/sip-way.js";
import type { IncomingRequest } from "../../../sip-bridge/net/server-transactions.js";
import { openUdpEndpoint } from "../../../sip-bridge/net/udp-endpoint.js";
import { header } from "../../../sip-bridge/sip/message.js";
import type { Random } from "../../support/seeded-random.js";

export interface DifficultPeer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly transport: PhoneTransport;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
/** Just within the time of an attempt, and just beyond it. */
const ALMOST_MS = 7_900;
const TOO_LATE_MS = 8_200;
const CHALLENGE = header("WWW-Authenticate", 'Digest realm="voice.example", nonce="n1", qop="auth"');

export async function openDifficultPeers(random: Random): Promise<readonly DifficultPeer[]> {
  const later = (status: number, ms: number) => (incoming: IncomingRequest) => answerLater(incoming, status, ms);
  return Promise.all([
    udpPeer("hears and says nothing", () => undefined),
    udpPeer("100 Trying, and nothing more", later(100, 0)),
    udpPeer("200, too late", later(200, TOO_LATE_MS)),
    udpPeer("401, each time in the last moment", later(401, ALMOST_MS)),
    udpPeer("423, each time in the last moment", later(423, ALMOST_MS)),
    udpPeer("another answer each time, or none", (incoming) => {
      const status = random.pick([100, 180, 401, 407, 423, 0]);
      if (status !== 0) answerLater(incoming, status, random.int(TOO_LATE_MS));
    }),
    mutePeer("takes a TCP connection and says nothing", "TCP"),
    mutePeer("takes a TCP connection and shakes no hands", "TLS"),
    absentPeer("an address where nobody is", "192.0.2.1", "UDP"),
    absentPeer("an address where nobody is, over TCP", "192.0.2.1", "TCP"),
    absentPeer("a name that nobody has", "nobody.invalid", "UDP"),
  ]);
}

function answerLater(incoming: IncomingRequest, status: number, ms: number): void {
  systemClock.after(ms, () => incoming.answer(status, { headers: [CHALLENGE, header("Min-Expires", 7_200)] }));
}

async function udpPeer(name: string, onRequest: (incoming: IncomingRequest) => void): Promise<DifficultPeer> {
  const endpoint = await openUdpEndpoint({
    ...{ address: HOST, port: 0, clock: systemClock, randomBytes, onRequest },
    onHandlerError: (error) => {
      throw error;
    },
  });
  return { name, host: HOST, port: endpoint.transport.localPort, transport: "UDP", close: () => endpoint.close() };
}

async function mutePeer(name: string, transport: PhoneTransport): Promise<DifficultPeer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined); // the diagnosis has given up
  }).listen(0, HOST);
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { name, host: HOST, port: (server.address() as AddressInfo).port, transport, close };
}

const absentPeer = (name: string, host: string, transport: PhoneTransport): DifficultPeer => ({
  ...{ name, host, port: 5_060, transport },
  close: async () => undefined,
});
