/**
 * Results that nothing was measured for. Synthetic: of tests whose hardware a simulated gateway does not have, always the same for the
 * same device; and of any test where a behaviour has it go well.
 * Spec: TR-104 issue 1 (PhyInterface.Tests), TR-104 issue 2 (DiagTests). Layer: device-sim.
 */
import { targetAddress } from "./target-host.js";
import { complete, type TestRunner } from "./test-runner.js";

/** What each repetition takes, in ms. */
const MADE_UP_MS = 12;
const MADE_UP_US = MADE_UP_MS * 1_000;

export const madeUpPing: TestRunner = async (run) => {
  const address = await targetAddress(run.argument("Host"), run.argument("ProtocolVersion"));
  const parts = ["Average", "Minimum", "Maximum"].map((part) => `${part}ResponseTime`);
  return complete({
    ...{ SuccessCount: run.argument("NumberOfRepetitions"), FailureCount: "0", IPAddressUsed: address },
    ...Object.fromEntries(parts.map((leaf) => [leaf, String(MADE_UP_MS)])),
    ...Object.fromEntries(parts.map((leaf) => [`${leaf}Detailed`, String(MADE_UP_US)])),
  });
};

/** A telephone is connected where the device has one. */
export const phoneConnectivity: TestRunner = async ({ chassis }) =>
  complete({ PhoneConnectivity: chassis.options.sip === undefined ? "0" : "1" });

/** Every line circuit is sound. */
export const lineCircuit: TestRunner = async () => complete({ TestResult: "Success" });
