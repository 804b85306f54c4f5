/**
 * The tests that a simulated gateway has: how each is done, and how one ends that a behaviour has go well.
 * Which object is which test, with its arguments and their ranges, says the data model (`places.tests`).
 * Layer: device-sim.
 */
import type { TestKind } from "../../schemas/data-models/data-model.js";
import { lineCircuit, madeUpPing, phoneConnectivity } from "./made-up.js";
import { runPing } from "./ping.js";
import { diagnoseRegistration, madeUpRegistration } from "./registration.js";
import type { TestRunner } from "./test-runner.js";

interface TestWays {
  readonly run: TestRunner;
  /** With made-up results. */
  readonly pretend: TestRunner;
}

/** The hardware that it tests is not there: it is always made up. */
const synthetic = (pretend: TestRunner): TestWays => ({ run: pretend, pretend });

export const TESTS: Readonly<Record<TestKind, TestWays>> = {
  ping: { run: runPing, pretend: madeUpPing },
  "phone-connectivity": synthetic(phoneConnectivity),
  "line-circuit": synthetic(lineCircuit),
  "sip-registration": { run: diagnoseRegistration, pretend: madeUpRegistration },
};
