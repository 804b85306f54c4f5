/**
 * A network namespace of the test's own, joined to the host by a veth pair: for peers that refuse to live on loopback.
 * Needs root and Linux. Layer: test support.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { isRequired, requireCommand } from "./services.js";

const run = promisify(execFile);
const ip = (...args: readonly string[]) => run("ip", [...args]);

export interface NetworkNamespace {
  readonly hostAddress: string;
  readonly peerAddress: string;
  readonly peerInterface: string;
  /** The command that runs another one inside. */
  readonly enter: readonly string[];
  remove(): Promise<void>;
}

/** Skips the running suite, with a word, where it can't be made. */
export async function requireNetworkNamespace(context: Context): Promise<NetworkNamespace> {
  requireCommand(context, "ip");
  try {
    return await makeNetworkNamespace();
  } catch (error) {
    if (isRequired()) throw error;
    console.warn(`      (skipped: no network namespace can be made here: ${(error as Error).message.trim().split("\n")[0]})`);
    return context.skip();
  }
}

/** Addresses of 198.18.0.0/15, which are for tests of networks (RFC 2544), four for each process. */
async function makeNetworkNamespace(): Promise<NetworkNamespace> {
  const number = process.pid % 32_768;
  const name = `reveille-${process.pid}`;
  const [hostInterface, peerInterface] = [`rv${process.pid}h`, `rv${process.pid}p`];
  const base = `198.${18 + (number >> 14)}.${(number >> 6) & 255}`;
  const [hostAddress, peerAddress] = [`${base}.${(number & 63) * 4 + 1}`, `${base}.${(number & 63) * 4 + 2}`];
  const remove = async (): Promise<void> => {
    await ip("link", "del", hostInterface).catch(() => undefined);
    await ip("netns", "del", name);
  };
  await ip("netns", "add", name);
  try {
    await ip("link", "add", hostInterface, "type", "veth", "peer", "name", peerInterface, "netns", name);
    await ip("addr", "add", `${hostAddress}/30`, "dev", hostInterface);
    await ip("link", "set", hostInterface, "up");
    await ip("-n", name, "addr", "add", `${peerAddress}/30`, "dev", peerInterface);
    await ip("-n", name, "link", "set", "lo", "up");
    await ip("-n", name, "link", "set", peerInterface, "up");
  } catch (error) {
    await remove();
    throw error;
  }
  return { hostAddress, peerAddress, peerInterface, enter: ["ip", "netns", "exec", name], remove };
}
