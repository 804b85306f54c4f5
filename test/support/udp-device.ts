/**
 * The device's side of TR-069 Annex G over a real socket: STUN requests from one port, connection requests heard on the same.
 * It judges signatures with node:crypto alone, independently of the code under test.
 * Layer: test support.
 */
import { createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface UdpDeviceOptions {
  /** Port of the STUN server on loopback. */
  readonly stunPort: number;
  readonly username: string;
  readonly password: string;
  /** ManagementServer.ConnectionRequestUsername and …Password, as the ACS has set them. */
  readonly connectionRequest: () => { readonly username: string; readonly password: string };
  /** A connection request that was taken. */
  readonly onConnectionRequest?: () => void;
}

export interface StunAnswer {
  readonly type: number;
  readonly bytes: Buffer;
  /** The value of the first attribute of this type. */
  attribute(type: number): Buffer | undefined;
}

export interface UdpDevice {
  readonly port: number;
  /** Datagrams of connection requests, copies too. */
  readonly datagrams: readonly { readonly text: string; readonly from: number }[];
  readonly taken: () => number;
  /** Sends the octets; the STUN answer, or undefined after `silenceMs`. */
  ask(bytes: Buffer, silenceMs?: number): Promise<StunAnswer | undefined>;
  /** A binding request as Annex G has it, with 401 answered. Resolves with the last answer. */
  bind(more?: { readonly isBindingChange?: boolean; readonly password?: string }): Promise<StunAnswer | undefined>;
  close(): Promise<void>;
}

export async function openUdpDevice(options: UdpDeviceOptions): Promise<UdpDevice> {
  const socket = createSocket("udp4");
  const datagrams: { text: string; from: number }[] = [];
  const waiting: ((answer: StunAnswer) => void)[] = [];
  let taken = 0;
  let lastTs = 0;
  const ids = new Set<string>();

  function judge(text: string): boolean {
    const [, query = ""] = /^GET http:\/\/[^ ?]+\?([^ ]+) HTTP\/1\.1\r\n/.exec(text) ?? [];
    const params = new URLSearchParams(query);
    const [ts = "", id = "", un = "", cn = "", sig = ""] = ["ts", "id", "un", "cn", "sig"].map((name) => params.get(name) ?? "");
    const { username, password } = options.connectionRequest();
    const right = createHmac("sha1", password)
      .update(ts + id + un + cn)
      .digest("hex");
    if (un !== username || sig.toLowerCase() !== right || ids.has(id) || Number(ts) <= lastTs) return false;
    ids.add(id);
    lastTs = Number(ts);
    return true;
  }

  socket.on("message", (bytes, { port }) => {
    if ((bytes[0] ?? 0xff) < 0x40) {
      waiting.shift()?.({ type: bytes.readUInt16BE(0), bytes, attribute: (type) => attributes(bytes).get(type) });
      return;
    }
    const text = bytes.toString("latin1");
    datagrams.push({ text, from: port });
    if (!judge(text)) return;
    taken++;
    options.onConnectionRequest?.();
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  const ask: UdpDevice["ask"] = (bytes, silenceMs = 2_000) =>
    new Promise((resolve) => {
      const hear = (answer: StunAnswer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(hear), 1);
        resolve(undefined);
      }, silenceMs);
      waiting.push(hear);
      socket.send(bytes, options.stunPort, "127.0.0.1");
    });

  return {
    port: socket.address().port,
    datagrams,
    taken: () => taken,
    ask,
    bind: async ({ isBindingChange = false, password = options.password } = {}) => {
      const parts = [attribute(0x0006, padded(options.username)), attribute(0xc001, Buffer.from("dslforum.org/TR-111 "))];
      if (isBindingChange) parts.push(attribute(0xc002, Buffer.alloc(0)));
      const answer = await ask(stunRequest(parts));
      if (answer?.attribute(0x0009)?.subarray(2, 4).toString("hex") !== "0401") return answer;
      return ask(stunRequest(parts, password));
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

const padded = (text: string): Buffer => Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, " "));

export function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** @param password MESSAGE-INTEGRITY with it. */
export function stunRequest(attributes: readonly Buffer[], password?: string): Buffer {
  const body = Buffer.concat(attributes);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(0x0001, 0);
  head.writeUInt16BE(body.length + (password === undefined ? 0 : 24), 2);
  head.set(randomBytes(16), 4);
  const text = Buffer.concat([head, body]);
  if (password === undefined) return text;
  const filled = Buffer.concat([text, Buffer.alloc((64 - (text.length % 64)) % 64)]);
  return Buffer.concat([text, attribute(0x0008, createHmac("sha1", password).update(filled).digest())]);
}

function attributes(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
    const type = bytes.readUInt16BE(at);
    if (!found.has(type)) found.set(type, bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)));
  }
  return found;
}
