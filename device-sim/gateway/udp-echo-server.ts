/**
 * The gateway's own echo server: it answers one address, with as many octets as it was sent, and counts.
 * Spec: TR-143 A.1 (UDPEchoConfig, UDP Echo Plus), RFC 862. Layer: device-sim.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { isOn, setting } from "../device/device.js";
import { writeEchoAnswer } from "../diagnostics/echo-plus.js";
import { type Stopwatch, startStopwatch } from "../diagnostics/stopwatch.js";
import type { Chassis } from "./chassis.js";

/** "The number of … bytes including payload and UDP header". */
const UDP_HEADER_BYTES = 8;
const LOOPBACK = "127.0.0.1";

interface Counters {
  readonly packetsReceived: number;
  readonly packetsResponded: number;
  readonly bytesReceived: number;
  readonly bytesResponded: number;
  readonly failures: number;
  /** Of the stopwatch. */
  readonly firstUs: number | undefined;
  readonly lastUs: number | undefined;
}

const NOTHING: Counters = {
  ...{ packetsReceived: 0, packetsResponded: 0, bytesReceived: 0, bytesResponded: 0, failures: 0 },
  ...{ firstUs: undefined, lastUs: undefined },
};

export class UdpEchoServer {
  readonly #chassis: Chassis;
  /** The object, without the root. */
  readonly #path: string;
  #socket: Socket | undefined;
  /** UDPPort that it was opened for. */
  #port = "";
  #watch: Stopwatch;
  #counters = NOTHING;
  /** Since power-on. Devices that are never asked for it have nothing to show. */
  #wasOpen = false;

  constructor(chassis: Chassis) {
    this.#chassis = chassis;
    this.#path = chassis.model.places.echoServer;
    this.#watch = startStopwatch(chassis.clock);
    chassis.alsoShow(() => this.#shown());
  }

  /** @param path Of a parameter, without the root. */
  concerns(path: string): boolean {
    return path.startsWith(this.#path);
  }

  /** Opens or closes the port, as Enable and UDPPort say. "When enabled from a disabled state all … counters are cleared." */
  look(): void {
    const device = this.#chassis.box.get();
    const [isEnabled, port] = [isOn(device, `${this.#path}Enable`), setting(device, `${this.#path}UDPPort`)];
    if (isEnabled && this.#socket !== undefined && this.#port === port) return;
    this.#close();
    if (isEnabled) this.#open(port);
  }

  powerOff(): void {
    this.#close();
    this.#wasOpen = false;
  }

  #close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Where connection requests are heard, else on loopback: a simulated gateway is no open door of the machine that it runs on. */
  #open(port: string): void {
    const host = this.#chassis.options.connectionRequest?.host ?? LOOPBACK;
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    this.#socket = socket;
    this.#wasOpen = true;
    this.#port = port;
    this.#watch = startStopwatch(this.#chassis.clock);
    this.#counters = NOTHING;
    socket.on("message", (payload, source) => this.#hear(socket, payload, source));
    socket.on("listening", () => this.#chassis.tell({ kind: "echo-server", state: "open", port: socket.address().port }));
    socket.on("error", (error) => {
      if (this.#socket === socket) this.#close();
      this.#chassis.tell({ kind: "echo-server", state: "failed", port: Number(port), why: error.message });
    });
    socket.bind(Number(port), host);
  }

  /** "The CPE MUST only respond to a UDP echo from this source IP address." Never to another echo server: that would have no end. */
  #hear(socket: Socket, payload: Uint8Array, { address, port }: RemoteInfo): void {
    const device = this.#chassis.box.get();
    if (address !== setting(device, `${this.#path}SourceIPAddress`) || port === socket.address().port) return;
    const receivedUs = this.#watch.us();
    const { packetsReceived, bytesReceived, packetsResponded, failures, firstUs = receivedUs } = this.#counters;
    this.#counters = {
      ...this.#counters,
      ...{ packetsReceived: packetsReceived + 1, bytesReceived: bytesReceived + payload.length + UDP_HEADER_BYTES },
      ...{ firstUs, lastUs: receivedUs },
    };
    const fields = { testRespSn: packetsResponded + 1, receivedUs, repliedUs: this.#watch.us(), failures };
    const answer = isOn(device, `${this.#path}EchoPlusEnabled`) ? writeEchoAnswer(payload, fields) : payload;
    socket.send(answer, port, address, (error) => this.#sent(answer.length, error));
  }

  #sent(bytes: number, error: Error | null): void {
    const { packetsResponded, bytesResponded, failures } = this.#counters;
    this.#counters =
      error === null
        ? { ...this.#counters, packetsResponded: packetsResponded + 1, bytesResponded: bytesResponded + bytes + UDP_HEADER_BYTES }
        : { ...this.#counters, failures: failures + 1 };
  }

  #shown(): Readonly<Record<string, string>> {
    if (!this.#wasOpen) return {};
    const { packetsReceived, packetsResponded, bytesReceived, bytesResponded, firstUs, lastUs } = this.#counters;
    const leaves = {
      ...{ PacketsReceived: String(packetsReceived), PacketsResponded: String(packetsResponded) },
      ...{ BytesReceived: String(bytesReceived), BytesResponded: String(bytesResponded) },
      ...{ TimeFirstPacketReceived: this.#watch.timeAt(firstUs), TimeLastPacketReceived: this.#watch.timeAt(lastUs) },
    };
    return Object.fromEntries(Object.entries(leaves).map(([leaf, text]) => [this.#path + leaf, text]));
  }
}
