/**
 * A SIP bridge on loopback with free ports and a store of its own.
 * Layer: test support.
 */
import { Secret } from "../../common/config.js";
import { type SipBridge, type SipBridgeConfig, startSipBridge, timersOf } from "../../sip-bridge/main.js";
import { STANDARD_TIMERS } from "../../sip-bridge/transactions/timers.js";
import { temporaryFolder } from "./temporary-folder.js";

export const TEST_DOMAIN = "voice.example";
export const TEST_TOKEN = "test-token-of-32-characters-0123";
export const TEST_PASSWORD = "s3cret!";

/** For tests of silence: it is over after 1.3 s, which is soon on a busy machine. */
export const IMPATIENT_SIP: SipBridgeConfig["sip"] = { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(20) };

export interface TestBridge extends SipBridge {
  readonly url: URL;
}

/** Silence is over after the 32 s of the standard (64*T1). The account `hgw1` exists. */
export async function startTestBridge(changes: Partial<SipBridgeConfig> = {}): Promise<TestBridge> {
  const folder = await temporaryFolder();
  const bridge = await startSipBridge({
    domains: { main: TEST_DOMAIN, aliases: ["127.0.0.1", "[::1]"] },
    storeFile: folder.file("bridge.sqlite"),
    sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: STANDARD_TIMERS },
    http: { host: "127.0.0.1", port: 0, token: new Secret(TEST_TOKEN) },
    ...changes,
  });
  await bridge.putAccount("hgw1", TEST_PASSWORD);
  return {
    ...bridge,
    url: new URL(`http://127.0.0.1:${bridge.httpPort}`),
    close: async () => {
      await bridge.close();
      await folder.remove();
    },
  };
}
