/**
 * A gateway's tests: each begins when the session that asked for it has ended, several run at once, and the ACS is told how each ended.
 * Spec: TR-106 (DiagnosticsState), TR-069 3.7.1.5 (8 DIAGNOSTICS COMPLETE). Layer: device-sim.
 */
import type { ManagementClient } from "../cpe/management-client.js";
import { setting } from "../device/device.js";
import { type DiagnosticTest, isRequested, type TestEnd, testEnded, testsConcerned } from "../device/diagnostics.js";
import { ToolMissing } from "../diagnostics/run-tool.js";
import { TestFailure, type TestRun } from "../diagnostics/test-runner.js";
import { TESTS } from "../diagnostics/tests.js";
import type { Chassis } from "./chassis.js";

export class DiagnosticTests {
  readonly #chassis: Chassis;
  readonly #client: ManagementClient;
  /** Those that wait for the end of the session or run, by their object. */
  readonly #running = new Map<string, AbortController>();

  constructor(chassis: Chassis, client: ManagementClient) {
    this.#chassis = chassis;
    this.#client = client;
  }

  powerOff(): void {
    this.#stop("");
  }

  /** A new argument, or a new request, stops the test that runs. @param names What was set. */
  look(names: readonly string[]): void {
    const { tree } = this.#chassis.box.get();
    for (const test of testsConcerned(tree.index, names)) {
      this.#stop(test.object);
      if (isRequested(tree, test)) this.#plan(test);
    }
  }

  /** Tests of rows that are no more. @param objectName Path of the deleted object. */
  forget(objectName: string): void {
    this.#stop(objectName);
  }

  #stop(within: string): void {
    for (const [object, stop] of this.#running) {
      if (!object.startsWith(within)) continue;
      stop.abort();
      this.#running.delete(object);
    }
  }

  #plan(test: DiagnosticTest): void {
    const stop = new AbortController();
    this.#running.set(test.object, stop);
    this.#client.whenIdle(() => {
      if (!stop.signal.aborted) void this.#run(test, stop.signal).catch((error: unknown) => this.#chassis.complain(error));
    });
  }

  async #run(test: DiagnosticTest, stop: AbortSignal): Promise<void> {
    const { box, behaviour } = this.#chassis;
    if (behaviour.diagnosticsEnd === "never") return; // it stays Requested until somebody stops it
    const end = await this.#outcome(test, stop);
    if (stop.aborted) return;
    this.#running.delete(test.object);
    box.change((device) => testEnded(device, test, end));
    const { state, why } = end;
    this.#chassis.tell({ kind: "test-ended", object: test.object, state, ...(why === undefined ? {} : { why }) });
    this.#client.callIn();
  }

  async #outcome(test: DiagnosticTest, stop: AbortSignal): Promise<TestEnd> {
    const { diagnosticsEnd: wanted } = this.#chassis.behaviour;
    const { run, pretend } = TESTS[test.kind];
    try {
      if (wanted === undefined) return await run(this.#asked(test, stop));
      return { ...(await pretend(this.#asked(test, stop))), state: wanted };
    } catch (error) {
      if (error instanceof ToolMissing) return { state: "Error_Internal", results: {}, why: error.message };
      if (error instanceof TestFailure) return { state: error.state, results: error.results, why: error.message };
      throw error;
    }
  }

  #asked({ object }: DiagnosticTest, stop: AbortSignal): TestRun {
    const chassis = this.#chassis;
    const path = object.slice(chassis.model.root.length);
    return { object, chassis, stop, argument: (leaf) => setting(chassis.box.get(), path + leaf) };
  }
}
