/**
 * A binding as a row, read and written: arrays, for each REGISTER writes one and each wake reads some.
 * Layer: stores (SQLite adapter).
 */
import { type Binding, bindingIdentity } from "../../registrar/binding.js";
import { instanceNode } from "../../registrar/instance-id.js";

export type BindingRow = readonly [
  addressOfRecord: string,
  identity: string,
  contact: string,
  q: number,
  contactParams: string,
  instanceId: string,
  instanceNode: string,
  regId: number,
  path: string,
  username: string,
  callId: string,
  cseq: number,
  transport: "udp" | "tcp" | "tls",
  localPort: number,
  remoteAddress: string,
  remotePort: number,
  connection: string,
  userAgent: string,
  allowEvents: string,
  registeredAtMs: number,
  lastSeenAtMs: number,
  expiresAtMs: number,
];

/** In the order of `BindingRow`. */
export const BINDING_COLUMNS: readonly string[] = [
  ...["address_of_record", "identity", "contact", "q", "contact_params", "instance_id", "instance_node", "reg_id", "path"],
  ...["username", "call_id", "cseq"],
  ...["transport", "local_port", "remote_address", "remote_port", "connection"],
  ...["user_agent", "allow_events", "registered_at_ms", "last_seen_at_ms", "expires_at_ms"],
];

export function rowOf(binding: Binding): BindingRow {
  const { flow } = binding;
  return [
    binding.addressOfRecord,
    bindingIdentity(binding),
    binding.contact,
    binding.q,
    binding.contactParams,
    binding.instanceId,
    instanceNode(binding.instanceId),
    binding.regId,
    binding.path.length === 0 ? EMPTY_PATH : JSON.stringify(binding.path),
    binding.username,
    binding.callId,
    binding.cseq,
    flow.transport,
    flow.localPort,
    flow.remoteAddress,
    flow.remotePort,
    flow.connection ?? "",
    binding.userAgent,
    binding.allowEvents,
    binding.registeredAtMs,
    binding.lastSeenAtMs,
    binding.expiresAtMs,
  ];
}

const EMPTY_PATH = "[]";
const NO_PATH: readonly string[] = [];

export function bindingOf(row: BindingRow): Binding {
  return {
    addressOfRecord: row[0],
    contact: row[2],
    q: row[3],
    contactParams: row[4],
    instanceId: row[5],
    regId: row[7],
    path: row[8] === EMPTY_PATH ? NO_PATH : (JSON.parse(row[8]) as readonly string[]), // our own: `rowOf` wrote it
    username: row[9],
    callId: row[10],
    cseq: row[11],
    flow: {
      transport: row[12],
      localPort: row[13],
      remoteAddress: row[14],
      remotePort: row[15],
      ...(row[16] === "" ? {} : { connection: row[16] }),
    },
    userAgent: row[17],
    allowEvents: row[18],
    registeredAtMs: row[19],
    lastSeenAtMs: row[20],
    expiresAtMs: row[21],
  };
}
