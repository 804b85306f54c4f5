/**
 * A DNS server on loopback that answers what a test tells it, over UDP.
 * Spec: RFC 1035 4 (messages), RFC 2782 (SRV), RFC 3403 4.1 (NAPTR). Layer: test support.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string; readonly ttlS?: number }
  | { readonly type: "SRV"; readonly priority: number; readonly weight: number; readonly port: number; readonly name: string }
  | {
      readonly type: "NAPTR";
      readonly order: number;
      readonly preference: number;
      readonly flags?: string;
      readonly service: string;
      readonly regexp?: string;
      readonly replacement: string;
    };

/** What a question gets instead of records. */
export type DnsMisbehaviour = "silence" | "server-failure" | "garbage" | "another-id";

export interface DnsServer {
  /** For Resolver.setServers. */
  readonly server: string;
  /** "SRV _sip._udp.voice.example", in order. */
  readonly asked: readonly string[];
  /** From now on. */
  answer(name: string, records: readonly DnsRecord[]): void;
  misbehave(name: string, how: DnsMisbehaviour): void;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, DnsRecord["type"]>> = { 1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR" };
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

export async function openDnsServer(): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const zone = new Map<string, readonly DnsRecord[] | DnsMisbehaviour>();
  const asked: string[] = [];
  socket.on("message", (query, source) => {
    const { name, type, end } = readQuestion(query);
    asked.push(`${TYPES[type] ?? type} ${name}`);
    const entry = zone.get(name);
    if (entry === "silence") return;
    socket.send(entry === "garbage" ? query.subarray(0, 7) : reply(query.subarray(0, end), type, entry), source.port, source.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  return {
    server: `127.0.0.1:${port}`,
    asked,
    answer: (name, records) => void zone.set(name.toLowerCase(), records),
    misbehave: (name, how) => void zone.set(name.toLowerCase(), how),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function reply(question: Buffer, type: number, entry: readonly DnsRecord[] | DnsMisbehaviour | undefined): Buffer {
  const records = Array.isArray(entry) ? (entry as readonly DnsRecord[]).filter((record) => record.type === TYPES[type]) : [];
  const code = entry === "server-failure" ? SERVER_FAILURE : entry === undefined ? NAME_ERROR : 0;
  const head = Buffer.from(question);
  if (entry === "another-id") head.writeUInt16BE(head.readUInt16BE(0) ^ 0xffff, 0);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.fill(0, 8, 12);
  return Buffer.concat([head, ...records.map((record) => resource(type, record))]);
}

function resource(type: number, record: DnsRecord): Buffer {
  const data = dataOf(record);
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc00c, 0); // the name of the question
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE("ttlS" in record ? (record.ttlS ?? 60) : 60, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function dataOf(record: DnsRecord): Buffer {
  switch (record.type) {
    case "A":
      return Buffer.from(record.address.split(".").map(Number));
    case "AAAA":
      return ipv6Bytes(record.address);
    case "SRV":
      return Buffer.concat([numbers(record.priority, record.weight, record.port), nameBytes(record.name)]);
    case "NAPTR":
      return Buffer.concat([
        numbers(record.order, record.preference),
        ...[record.flags ?? "s", record.service, record.regexp ?? ""].map(text),
        nameBytes(record.replacement),
      ]);
  }
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map(text),
    Buffer.from([0]),
  ]);

/** Whole groups and one "::" are enough for tests. */
function ipv6Bytes(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const groups = (part: string): number[] => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const missing = 8 - groups(head).length - groups(tail).length;
  return numbers(...groups(head), ...Array.from({ length: missing }, () => 0), ...groups(tail));
}
