/** The ACS as the measured server: node --import tsx bench/support/acs-server.ts <data directory>. */
import { performance } from "node:perf_hooks";
import { loadAcsConfig } from "../../acs/config.js";
import { startAcs } from "../../acs/main.js";
import { silentLog } from "../../common/log.js";
import { serveMeasurements } from "./server-process.js";

const [directory = ""] = process.argv.slice(2);
const commitMs: number[] = [];
let begunMs = 0;
const config = loadAcsConfig({
  ACS_DATA_DIR: directory,
  ACS_HTTP_CONNECTION_REQUESTS: "false",
  ACS_CWMP_HOST: "127.0.0.1",
  ACS_CWMP_PORT: "0",
  ACS_FILES_PORT: "0",
  ACS_API_PORT: "0",
  ACS_FILES_HOST: "127.0.0.1",
  // The bench's few devices call without a pause.
  ACS_SESSIONS_PER_SECOND_MAX: "1000000",
  ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: "1000000",
});
const acs = await startAcs(config, {
  log: silentLog,
  observer: {
    beforeCommit: () => {
      begunMs = performance.now();
    },
    afterCommit: () => void commitMs.push(performance.now() - begunMs),
  },
});

function quantile(share: number): number {
  const sorted = [...commitMs].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** With --expose-gc: what is alive after garbage was collected. RSS would hide it behind pages that the heap keeps. */
function collected(): Readonly<Record<string, number>> {
  if (globalThis.gc === undefined) return {};
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { liveBytes: heapUsed + external };
}

serveMeasurements(
  { cwmpPort: acs.cwmpPort, apiPort: acs.apiPort, token: acs.madeToken ?? "" },
  () => {
    const figures = {
      commits: commitMs.length,
      commitP50Ms: quantile(0.5),
      commitP99Ms: quantile(0.99),
      rssBytes: process.memoryUsage().rss,
    };
    commitMs.length = 0;
    return { ...figures, ...collected() };
  },
  () => acs.close(),
);
