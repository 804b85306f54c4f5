/**
 * A SIP bridge on loopback with free ports and a store of its own.
 * Layer: test support.
 */
import { Secret } from "../../common/config.js";
import { type SipBridge, type SipBridgeConfig, startSipBridge, timersOf } from "../../sip-bridge/main.js";
import { temporaryFolder } from "./temporary-folder.js";

export const TEST_DOMAIN = "voice.example";
export const TEST_TOKEN = "test-token-of-32-characters-0123";
export const TEST_PASSWORD = "s3cret!";

export interface TestBridge extends SipBridge {
  readonly url: URL;
}

/** T1 is 20 ms, so that silence is over after 1.3 s. The account `hgw1` exists. */
export async function startTestBridge(changes: Partial<SipBridgeConfig> = {}): Promise<TestBridge> {
  const folder = await temporaryFolder();
  const bridge = await startSipBridge({
    domains: { main: TEST_DOMAIN, aliases: ["127.0.0.1", "[::1]"] },
    storeFile: folder.file("bridge.sqlite"),
    sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(20) },
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
