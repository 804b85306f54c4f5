/** ACS and SIP bridge in one process, as the measured server: node --import tsx bench/support/wake-server.ts <data directory> <accounts> <password>. */
import { join } from "node:path";
import { loadAcsConfig } from "../../acs/config.js";
import { startAcs } from "../../acs/main.js";
import { silentLog } from "../../common/log.js";
import { startSipBridge } from "../../sip-bridge/main.js";
import { serveMeasurements } from "./server-process.js";

const [directory = "", accounts = "0", password = ""] = process.argv.slice(2);
const bridge = await startSipBridge({
  domains: { main: "voice.example", aliases: [] },
  storeFile: join(directory, "bridge.sqlite"),
  sip: { addresses: [{ address: "127.0.0.1" }], port: 0 },
  http: null,
  wake: { perSecond: 10_000 },
});
for (let i = 0; i < Number(accounts); i++) await bridge.putAccount(String(1_001 + i), password);
const config = loadAcsConfig({
  ACS_DATA_DIR: directory,
  ACS_HTTP_CONNECTION_REQUESTS: "false",
  ACS_CWMP_HOST: "127.0.0.1",
  ACS_CWMP_PORT: "0",
  ACS_FILES_PORT: "0",
  ACS_API_PORT: "0",
  ACS_FILES_HOST: "127.0.0.1",
});
const acs = await startAcs(config, { bridge: bridge.bridge, log: silentLog });

serveMeasurements(
  { cwmpPort: acs.cwmpPort, apiPort: acs.apiPort, sipPort: bridge.sipPort, token: acs.madeToken ?? "" },
  () => ({ rssBytes: process.memoryUsage().rss }),
  async () => {
    await acs.close();
    await bridge.close();
  },
);
