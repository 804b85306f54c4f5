/** The bridge with its CWMP relay as the measured server: relay-server.ts <folder> <port of the ACS>. */
import { join } from "node:path";
import { startSipBridge } from "../../sip-bridge/main.js";
import { serveMeasurements } from "./server-process.js";

const [folder = "", acsPort = ""] = process.argv.slice(2);
const listeners = { host: "127.0.0.1", port: 0 };
const bridge = await startSipBridge({
  domains: { main: "voice.example", aliases: [] },
  storeFile: join(folder, "bridge.sqlite"),
  sip: { addresses: [{ address: "127.0.0.1" }], port: 0 },
  http: null,
  connectionRequests: { listeners },
  relay: { listeners, upstreamUrl: `http://127.0.0.1:${acsPort}`, connectionsPerSourceMax: 10_000 },
});
serveMeasurements(
  { cwmpPort: bridge.relay?.port ?? 0 },
  () => bridge.counters(),
  () => bridge.close(),
);
