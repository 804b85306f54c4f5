/**
 * Results that nothing was measured for: what a test tells where a behaviour has it go well. A name must have an address all the same.
 * Layer: device-sim.
 */
import { readList } from "../../acs/cwmp/values.js";
import type { TestEnd } from "../device/diagnostics.js";
import { readHostPort } from "./host-port.js";
import { startStopwatch } from "./stopwatch.js";
import { targetAddress } from "./target-host.js";
import { complete, numberOf, type TestRun, type TestRunner } from "./test-runner.js";

/** What each repetition takes, in ms. */
const MADE_UP_MS = 12;
const MADE_UP_US = MADE_UP_MS * 1_000;
const MADE_UP_BYTES = 1_048_576;

const addressOf = (run: TestRun, host = run.argument("Host")): Promise<string> => targetAddress(host, run.argument("ProtocolVersion"));
const times = (value: number, suffix = ""): TestEnd["results"] =>
  Object.fromEntries(["Average", "Minimum", "Maximum"].map((part) => [`${part}ResponseTime${suffix}`, String(value)]));
const allAnswered = (run: TestRun): TestEnd["results"] => ({ SuccessCount: run.argument("NumberOfRepetitions"), FailureCount: "0" });

export const madeUpPing: TestRunner = async (run) => {
  const IPAddressUsed = await addressOf(run);
  return complete({ ...allAnswered(run), IPAddressUsed, ...times(MADE_UP_MS), ...times(MADE_UP_US, "Detailed") });
};

export const madeUpTraceRoute: TestRunner = async (run) => {
  const address = await addressOf(run);
  const each = Array.from({ length: numberOf(run, "NumberOfTries") }, () => MADE_UP_MS).join(",");
  const hop = { HopHost: address, HopHostAddress: address, HopRTTimes: each, Host: address, HostAddress: address, RTTimes: each };
  return complete({ ResponseTime: String(MADE_UP_MS), IPAddressUsed: address }, { RouteHops: [hop] });
};

export const madeUpNameLookup: TestRunner = async (run) => {
  const HostNameReturned = run.argument("HostName");
  const IPAddresses = await targetAddress(HostNameReturned, "Any");
  const row = { Status: "Success", AnswerType: "NonAuthoritative", HostNameReturned, IPAddresses, ResponseTime: String(MADE_UP_MS) };
  const count = numberOf(run, "NumberOfRepetitions");
  return complete({ SuccessCount: String(count) }, { Result: Array.from({ length: count }, () => row) });
};

/** @param urlLeaf Name of the URL among the arguments. */
export function madeUpTransfer(urlLeaf: "DownloadURL" | "UploadURL"): TestRunner {
  return async (run) => {
    const url = run.argument(urlLeaf);
    const IPAddressUsed = await addressOf(run, URL.canParse(url) ? new URL(url).hostname : url);
    const { timeAt } = startStopwatch(run.chassis.clock);
    const bytes = String(urlLeaf === "UploadURL" ? numberOf(run, "TestFileLength") : MADE_UP_BYTES);
    return complete({
      ...{ TCPOpenRequestTime: timeAt(0), TCPOpenResponseTime: timeAt(MADE_UP_US), ROMTime: timeAt(MADE_UP_US) },
      ...{ BOMTime: timeAt(2 * MADE_UP_US), EOMTime: timeAt(3 * MADE_UP_US), IPAddressUsed },
      ...{ TestBytesReceived: bytes, TotalBytesReceived: bytes, TestBytesSent: bytes, TotalBytesSent: bytes },
    });
  };
}

export const madeUpUdpEcho: TestRunner = async (run) => {
  const IPAddressUsed = await addressOf(run);
  return complete({ ...allAnswered(run), IPAddressUsed, ...times(MADE_UP_US) });
};

export const madeUpServerSelection: TestRunner = async (run) => {
  const FastestHost = readList(run.argument("HostList"))[0] ?? "";
  const IPAddressUsed = await addressOf(run, readHostPort(FastestHost).host);
  return complete({ FastestHost, IPAddressUsed, ...times(MADE_UP_US) });
};
