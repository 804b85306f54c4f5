/**
 * The UDP echo test: packets to an echo server, plain or Plus, and when each came back.
 * Spec: TR-181 (IP.Diagnostics.UDPEchoDiagnostics), TR-143 A.1. Layer: device-sim.
 */
import { DIAGNOSTIC_LIMITS } from "../../schemas/data-models/diagnostics-leaves.js";
import { type EchoPacket, exchangeEchoes } from "./exchange-echoes.js";
import { summaryOf } from "./response-times.js";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { complete, numberOf, type TestRunner } from "./test-runner.js";

export const runUdpEcho: TestRunner = async (run) => {
  const address = await targetAddress(run.argument("Host"), run.argument("ProtocolVersion"));
  const watch = startStopwatch(run.chassis.clock);
  const packets = await exchangeEchoes({
    ...{ address, port: numberOf(run, "Port"), repetitions: numberOf(run, "NumberOfRepetitions"), stop: run.stop },
    ...{ timeoutMs: numberOf(run, "Timeout"), dataBytes: numberOf(run, "DataBlockSize"), watch },
    pauseMs: numberOf(run, "InterTransmissionTime"),
  });
  const times = packets.flatMap(({ sentUs, receivedUs }) => (receivedUs === undefined ? [] : [receivedUs - sentUs]));
  const { averageUs, minimumUs, maximumUs } = summaryOf(times);
  const results = {
    ...{ IPAddressUsed: await addressUsed(address), SuccessCount: String(times.length) },
    ...{ FailureCount: String(packets.length - times.length), AverageResponseTime: String(averageUs) },
    ...{ MinimumResponseTime: String(minimumUs), MaximumResponseTime: String(maximumUs) },
  };
  const isEachTold = run.argument("EnableIndividualPacketResults") === "1";
  const told = isEachTold ? packets.slice(0, DIAGNOSTIC_LIMITS.packetResultsMax) : [];
  return complete(results, { IndividualPacketResult: told.map((packet) => rowOf(packet, watch)) });
};

/** Fields of a plain server's answer are those of the request: 0. */
function rowOf({ testGenSn, sentUs, receivedUs, answer }: EchoPacket, { timeAt }: Stopwatch): Readonly<Record<string, string>> {
  return {
    ...{ PacketSuccess: receivedUs === undefined ? "0" : "1", PacketSendTime: timeAt(sentUs), PacketReceiveTime: timeAt(receivedUs) },
    ...{ TestGenSN: String(testGenSn), TestRespSN: String(answer?.testRespSn ?? 0) },
    ...{ TestRespRcvTimeStamp: String(answer?.receivedUs ?? 0), TestRespReplyTimeStamp: String(answer?.repliedUs ?? 0) },
    TestRespReplyFailureCount: String(answer?.failures ?? 0),
  };
}
