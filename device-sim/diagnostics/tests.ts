/**
 * The tests that a simulated gateway has: how each is done, and how one ends that a behaviour has go well.
 * Which object is which test, with its arguments and their ranges, says the data model (`places.tests`).
 * Layer: device-sim.
 */
import type { TestKind } from "../../schemas/data-models/data-model.js";
import { madeUpNameLookup, madeUpPing, madeUpServerSelection, madeUpTraceRoute, madeUpTransfer, madeUpUdpEcho } from "./made-up.js";
import { runNameLookup } from "./name-lookup.js";
import { runPing } from "./ping.js";
import { diagnoseRegistration, madeUpRegistration } from "./registration.js";
import { runServerSelection } from "./server-selection.js";
import { lineCircuit, phoneConnectivity, selfTest, wifiNeighbours } from "./synthetic.js";
import type { TestRunner } from "./test-runner.js";
import { runTraceRoute } from "./trace-route.js";
import { runDownload, runUpload } from "./transfer-test.js";
import { runUdpEcho } from "./udp-echo.js";

interface TestWays {
  readonly run: TestRunner;
  /** With made-up results. */
  readonly pretend: TestRunner;
}

/** What it tests is not there: it is always made up. */
const synthetic = (pretend: TestRunner): TestWays => ({ run: pretend, pretend });

export const TESTS: Readonly<Record<TestKind, TestWays>> = {
  ping: { run: runPing, pretend: madeUpPing },
  "trace-route": { run: runTraceRoute, pretend: madeUpTraceRoute },
  "name-lookup": { run: runNameLookup, pretend: madeUpNameLookup },
  download: { run: runDownload, pretend: madeUpTransfer("DownloadURL") },
  upload: { run: runUpload, pretend: madeUpTransfer("UploadURL") },
  "udp-echo": { run: runUdpEcho, pretend: madeUpUdpEcho },
  "server-selection": { run: runServerSelection, pretend: madeUpServerSelection },
  "wifi-neighbours": synthetic(wifiNeighbours),
  "self-test": synthetic(selfTest),
  "phone-connectivity": synthetic(phoneConnectivity),
  "line-circuit": synthetic(lineCircuit),
  "sip-registration": { run: diagnoseRegistration, pretend: madeUpRegistration },
};
