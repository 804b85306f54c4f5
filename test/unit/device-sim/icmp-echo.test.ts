/**
 * ICMP echo by the system's ping, and what a program in its place may do.
 * Spec: RFC 792.
 */
import { chmod, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { sendEcho } from "../../../device-sim/icmp-echo.js";
import { requireCommand } from "../../support/services.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const LOOPBACK = { address: "127.0.0.1", timeoutMs: 5_000 };

describe("device-sim: ICMP echo", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());
  async function program(name: string, ...lines: readonly string[]): Promise<string> {
    const path = folder.file(name);
    await writeFile(path, ["#!/bin/sh", ...lines, ""].join("\n"));
    await chmod(path, 0o700);
    return path;
  }

  for (const address of ["127.0.0.1", "::1"]) {
    it(`is answered by ${address}`, async function () {
      requireCommand(this, "ping");
      const result = await sendEcho({ address, timeoutMs: 5_000 });
      expect(result.kind).to.equal("answered");
    });
  }
  it("reads the round trip in milliseconds", async () => {
    const path = await program("answered", "echo '64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=12.5 ms'");
    expect(await sendEcho({ ...LOOPBACK, program: path })).to.deep.equal({ kind: "answered", roundTripMs: 12.5 });
  });
  it("gives the address as an argument of its own, never to a shell", async () => {
    const path = await program("arguments", 'echo "$#:$1 $2 $3 $4" >"$0.out"', "exit 1");
    expect(await sendEcho({ ...LOOPBACK, program: path })).to.deep.equal({ kind: "unanswered" });
    expect(() => sendEcho({ ...LOOPBACK, address: "127.0.0.1; reboot" })).to.throw(RangeError);
    expect(() => sendEcho({ ...LOOPBACK, address: "-f" })).to.throw(RangeError);
  });
  it("an absent program, or one without rights, can't tell anything", async () => {
    expect(await sendEcho({ ...LOOPBACK, program: folder.file("absent") })).to.deep.equal({
      kind: "impossible",
      why: "ping can't be run: ENOENT",
    });
    const path = await program("without-rights", "echo 'ping: socktype: SOCK_RAW: Operation not permitted' >&2", "exit 2");
    expect(await sendEcho({ ...LOOPBACK, program: path })).to.deep.equal({ kind: "impossible", why: "ping has no right to send" });
  });
  it("a program that does not end is ended when the time is over", async () => {
    const path = await program("stuck", "exec sleep 60");
    expect(await sendEcho({ ...LOOPBACK, program: path, timeoutMs: 50 })).to.deep.equal({ kind: "unanswered" });
  });
  it("ends at once when nobody waits any more", async () => {
    const path = await program("abandoned", "exec sleep 60");
    const abandoned = new AbortController();
    const result = sendEcho({ ...LOOPBACK, program: path, timeoutMs: 60_000, signal: abandoned.signal });
    abandoned.abort();
    expect(await result).to.deep.equal({ kind: "unanswered" });
  });
});
