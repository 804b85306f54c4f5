/**
 * What a test of the device is: given its arguments, it does its work and says what came of it.
 * Layer: device-sim.
 */
import type { TestEnd } from "../device/diagnostics.js";
import type { Chassis } from "../gateway/chassis.js";

export interface TestRun {
  /** Full path of the test's object: which row of its table, where there are several. */
  readonly object: string;
  /** The device that is tested. */
  readonly chassis: Chassis;
  /** Value of a parameter by its name within the object; "" if this model does not have it. */
  readonly argument: (leaf: string) => string;
  /** Aborted when the test is void: a new argument, another request, Canceled, or no power. What it finds then is not looked at. */
  readonly stop: AbortSignal;
}

/** Resolves with what came of the test, errors too: anything thrown is our bug. */
export type TestRunner = (run: TestRun) => Promise<TestEnd>;

/** The test could not be done, or not to its end. */
export class TestFailure extends Error {
  override readonly name = "TestFailure";
  /** The value of DiagnosticsState: "Error_CannotResolveHostName". */
  readonly state: string;
  /** What had come of it until then. */
  readonly results: TestEnd["results"];

  /** @param why For the device's log. */
  constructor(state: string, why: string, options: ErrorOptions & { readonly results?: TestEnd["results"] } = {}) {
    super(why, options);
    this.state = state;
    this.results = options.results ?? {};
  }
}

export const complete = (results: TestEnd["results"], tables?: TestEnd["tables"]): TestEnd => ({
  state: "Complete",
  results,
  ...(tables === undefined ? {} : { tables }),
});

export const numberOf = ({ argument }: TestRun, leaf: string): number => Number(argument(leaf));
