/**
 * The wake contract, kept in process and over HTTP.
 * Layer: contract test.
 */
import { createHttpWakeBridge } from "../../acs/wake/http-wake-bridge.js";
import { systemClock } from "../../common/clock.js";
import { Secret } from "../../common/config.js";
import { startTestBridge, TEST_TOKEN } from "../support/test-bridge.js";
import { wakeBridgeContract } from "./wake-bridge.contract.js";

wakeBridgeContract("in process", (changes) => startTestBridge({ http: null, ...changes }));

wakeBridgeContract("over HTTP", async (changes) => {
  const started = await startTestBridge(changes);
  const onTrouble = (): void => undefined;
  const bridge = createHttpWakeBridge({
    url: started.url,
    token: new Secret(TEST_TOKEN),
    clock: systemClock,
    random: () => 0.5,
    onTrouble,
  });
  return { ...started, bridge };
});
