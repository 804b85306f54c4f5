/**
 * SIP over UDP, IPv4 or IPv6: one socket that receives, and sends from the same port.
 * Also here: keep-alives, STUN on the SIP port, and the answers to malformed requests.
 * Spec: RFC 3261 18; RFC 3581; RFC 5626 4.4. Layer: net.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP, isIPv6 } from "node:net";
import type { Clock } from "../../common/clock.js";
import { answerBinding, isStun } from "../../common/stun.js";
import { buildRefusal } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import { MalformedMessage, type SipMessage } from "../sip/message.js";
import { parseMessage } from "../sip/parse-message.js";
import { hostField } from "../sip/uri.js";
import { writeMessage } from "../sip/write-message.js";
import type { ReflectionLedger } from "./reflection-ledger.js";
import { createSourceLimiter } from "./source-limiter.js";
import type { Transport } from "./transport.js";

/** The system's default of about 200 kB loses packets from 1,000 messages a second on. The system may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1_048_576;
/** No message is this short: CRLF, CRLFCRLF, zero octets, four zero octets keep a NAT binding open (RFC 5626 3.5.1). */
const KEEP_ALIVE_BYTES_MAX = 4;
/** Answers to malformed requests: they go to whoever the datagram claims to be from. */
const REFUSALS = { burst: 5, perSecond: 1, totalBurst: 200, totalPerSecond: 100, sourcesMax: 10_000 } as const;
const TAG_BYTES = 8;

export interface UdpTransportOptions {
  /** Local address, numeric. "0.0.0.0" and "::" (IPv6 only) are all addresses; then `publicHost` is needed. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** What Via names as our host, an address or a name. Default: the local address. */
  readonly publicHost?: string;
  /** Default: the port that was bound. */
  readonly publicPort?: number;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Bounds what strangers can have us send in another's name. Absent: nothing does. */
  readonly ledger?: ReflectionLedger;
  /** Must not throw. */
  readonly onMessage: (message: SipMessage, flow: Flow) => void;
}

/** How often it happened since the socket was opened. */
export interface UdpCounters {
  readonly datagramsReceived: number;
  readonly datagramsSent: number;
  readonly keepAlives: number;
  readonly stunRequests: number;
  readonly malformed: number;
  /** Of these: answered. */
  readonly refused: number;
  readonly sendErrors: number;
  readonly socketErrors: number;
}

export interface UdpTransport extends Transport {
  readonly localPort: number;
  /** The flow to a peer that has not been heard of. @param address Numeric, no brackets. */
  flowTo(address: string, port: number): Flow;
  counters(): UdpCounters;
  /** A second call waits for the first. */
  close(): Promise<void>;
}

/** @throws The system's error if the address cannot be bound; RangeError if all addresses are bound and none is named for Via. */
export async function openUdpTransport(options: UdpTransportOptions): Promise<UdpTransport> {
  const { address, port, publicHost } = options;
  const isAny = address === "0.0.0.0" || address === "::";
  if (isAny && publicHost === undefined) throw new RangeError("a socket on all addresses needs a public host for Via");
  const isV6 = isIPv6(address);
  const socket = createSocket({
    type: isV6 ? "udp6" : "udp4",
    ipv6Only: isV6,
    // Peers are numeric addresses; names are resolved elsewhere, never by a socket.
    lookup: (host, _options, callback) => callback(null, host, isV6 ? 6 : 4),
  });
  const listening = once(socket, "listening"); // first: a lookup that answers at once makes bind() listen before it returns
  socket.bind({ address, port, exclusive: true });
  await listening;
  return runUdpTransport(socket, options, hostField(publicHost ?? address));
}

function runUdpTransport(socket: Socket, options: UdpTransportOptions, host: string): UdpTransport {
  const { clock, randomBytes, ledger, onMessage } = options;
  const localPort = socket.address().port;
  const limiter = createSourceLimiter(REFUSALS);
  const counters = {
    datagramsReceived: 0,
    datagramsSent: 0,
    keepAlives: 0,
    stunRequests: 0,
    malformed: 0,
    refused: 0,
    sendErrors: 0,
    socketErrors: 0,
  };
  let closed: Promise<void> | undefined;
  growReceiveBuffer(socket);

  const flowTo = (address: string, port: number): Flow => ({ transport: "udp", localPort, remoteAddress: address, remotePort: port });

  function send(bytes: Uint8Array, { remoteAddress, remotePort }: Flow): Promise<void> {
    // What is withheld counts as sent: to who waits for it, it was lost on the way.
    if (ledger !== undefined && isAnswer(bytes) && !ledger.mayAnswer(remoteAddress, bytes.length, clock.now())) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => {
        if (error === null) {
          counters.datagramsSent++;
          resolve();
        } else {
          counters.sendErrors++;
          reject(error);
        }
      };
      try {
        if (isIP(remoteAddress) === 0) throw new RangeError("the peer is no numeric address");
        socket.send(bytes, remotePort, remoteAddress, done);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error))); // a bad port, or closed already
      }
    });
  }

  /** For what nobody waits for: a failure is counted by `send`. */
  function sendAway(bytes: Uint8Array | undefined, flow: Flow): void {
    if (bytes !== undefined) send(bytes, flow).catch(() => undefined);
  }

  function receive(bytes: Uint8Array, source: RemoteInfo): void {
    counters.datagramsReceived++;
    ledger?.received(source.address, bytes.length, clock.now());
    const flow = flowTo(source.address, source.port);
    if (bytes.length <= KEEP_ALIVE_BYTES_MAX) {
      counters.keepAlives++;
    } else if (isStun(bytes)) {
      counters.stunRequests++;
      sendAway(answerBinding(bytes, source.address, source.port), flow);
    } else {
      const message = parseOrRefuse(bytes, flow);
      if (message !== undefined) onMessage(message, flow);
    }
  }

  function parseOrRefuse(bytes: Uint8Array, flow: Flow): SipMessage | undefined {
    try {
      return parseMessage(bytes);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      counters.malformed++;
      refuse(error, flow);
      return undefined;
    }
  }

  /** "Malformed requests are answered 400, malformed responses are dropped" (RFC 3261 8.2, 18.3). */
  function refuse({ request, status }: MalformedMessage, flow: Flow): void {
    if (request === undefined || !limiter.take(flow.remoteAddress, clock.now())) return;
    const toTag = Buffer.from(randomBytes(TAG_BYTES)).toString("hex");
    const refusal = buildRefusal(request, status, toTag, { address: flow.remoteAddress, port: flow.remotePort });
    if (refusal === undefined) return;
    counters.refused++;
    sendAway(writeMessage(refusal), flow);
  }

  socket.on("message", receive);
  socket.on("error", () => {
    counters.socketErrors++;
  });
  return {
    reliable: false,
    via: { transport: "UDP", host, port: options.publicPort ?? localPort },
    localPort,
    flowTo,
    send,
    counters: () => ({ ...counters }),
    close: () => (closed ??= closeSocket(socket)),
  };
}

/** A SIP response ("SIP/"), or one of STUN: what somebody has made us say. Methods hold no slash. */
function isAnswer(bytes: Uint8Array): boolean {
  const isResponse = bytes[3] === 0x2f && bytes[0] === 0x53 && bytes[1] === 0x49 && bytes[2] === 0x50;
  return isResponse || isStun(bytes);
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Some systems refuse more than their limit instead of granting it; the default then stays.
  }
}
