/**
 * baresip as a gateway: it registers, and answers a NOTIFY of no subscription with 481. It refuses loopback, so it lives in a network namespace;
 * without a terminal its module for standard input ends it, so that is left out.
 * Layer: test support.
 */
import { writeFile } from "node:fs/promises";
import { type Program, startProgram } from "./child-process.js";
import type { NetworkNamespace } from "./network-namespace.js";
import { temporaryFolder } from "./temporary-folder.js";
import { TEST_DOMAIN, TEST_PASSWORD } from "./test-bridge.js";

export interface BaresipOptions {
  readonly namespace: NetworkNamespace;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  readonly user: string;
  /** PEM: whom it trusts. */
  readonly caFile?: string;
  /** RFC 5626: a flow over `transport`, and a second one over TCP. */
  readonly hasOutbound?: boolean;
}

export async function startBaresip({ namespace, port, transport, user, caFile, hasOutbound = false }: BaresipOptions): Promise<Program> {
  const { hostAddress, peerAddress, peerInterface, enter } = namespace;
  const folder = await temporaryFolder();
  const settings = [
    "poll_method epoll",
    `sip_listen ${peerAddress}:0`,
    `net_interface ${peerInterface}`,
    ...(caFile === undefined ? [] : [`sip_cafile ${caFile}`]),
    "module_path /usr/lib/baresip/modules",
    // Before the accounts are read: outbound needs an instance id.
    ...["uuid", "account", "g711", "menu"].map((module) => `module ${module}.so`),
  ];
  const first = `outbound="sip:${hostAddress}:${port};transport=${transport}"`;
  const outbound = hasOutbound ? `${first};outbound2="sip:${hostAddress}:${port};transport=tcp";sipnat=outbound` : first;
  const account = `<sip:${user}@${TEST_DOMAIN}>;auth_user=${user};auth_pass=${TEST_PASSWORD};${outbound};regint=600`;
  await writeFile(folder.file("config"), `${settings.join("\n")}\n`);
  await writeFile(folder.file("accounts"), `${account}\n`);
  await writeFile(folder.file("contacts"), "");
  const [command = "", ...args] = [...enter, "baresip", "-f", folder.file("")];
  const baresip = startProgram(command, args);
  return {
    ...baresip,
    stop: async () => {
      await baresip.stop();
      await folder.remove();
    },
  };
}
