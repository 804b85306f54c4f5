/**
 * What ping prints.
 * Spec: iputils ping(8).
 */
import { expect } from "chai";
import { complaintOf, readReplies, saysNoRoute } from "../../../../device-sim/diagnostics/ping-output.js";

const lines = (...text: readonly string[]): string => `${text.join("\n")}\n`;

describe("the output of ping", () => {
  it("answers count with their times, IPv6 and truncated ones too", () => {
    const stdout = lines(
      "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.",
      "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.023 ms",
      "64 bytes from ::1: icmp_seq=2 ttl=64 time=12 ms",
      "76 bytes from gw.example (192.0.2.1): icmp_seq=3 ttl=63 time=104.5 ms (truncated)",
      "",
      "--- 127.0.0.1 ping statistics ---",
      "3 packets transmitted, 3 received, 0% packet loss, time 1002ms",
      "rtt min/avg/max/mdev = 0.023/0.036/0.049/0.013 ms",
    );
    expect(readReplies(stdout)).to.deep.equal([
      { sequence: 1, timeUs: 23 },
      { sequence: 2, timeUs: 12_000 },
      { sequence: 3, timeUs: 104_500 },
    ]);
  });

  it("an answer to a data block without room for a time has none", () => {
    expect(readReplies("16 bytes from 127.0.0.1: icmp_seq=1 ttl=64\n")).to.deep.equal([{ sequence: 1, timeUs: undefined }]);
  });

  it("a second answer to the same request is of no account", () => {
    const twice = lines(
      "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=1 ms",
      "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=9 ms (DUP!)",
    );
    expect(readReplies(twice)).to.deep.equal([{ sequence: 1, timeUs: 1_000 }]);
  });

  it("what is no answer does not count", () => {
    const none = lines(
      "From 192.0.2.1 icmp_seq=1 Destination Host Unreachable",
      "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=-1 ms",
      "64 bytes from 127.0.0.1: icmp_seq=99999999999 ttl=64 time=1 ms",
      "x 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=1 ms",
      "no answer yet for icmp_seq=1",
    );
    expect(readReplies(none)).to.deep.equal([]);
    expect(readReplies("")).to.deep.equal([]);
  });

  it("its complaints say whether there was a way", () => {
    expect(saysNoRoute("ping: connect: Network is unreachable\n")).to.equal(true);
    expect(saysNoRoute("ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n")).to.equal(false);
    expect(complaintOf("\nping: invalid argument: 'x'\nmore\n")).to.equal("ping: invalid argument: 'x'");
    expect(complaintOf("")).to.equal("");
  });
});
