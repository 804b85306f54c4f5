/**
 * SYNTHETIC: tests of hardware that a simulated gateway does not have. The same device always finds the same.
 * Spec: TR-181 (WiFi.NeighboringWiFiDiagnostic, SelfTestDiagnostics), TR-098 (SelfTestDiagnostics), TR-104 issue 1 (PhyInterface.Tests)
 * and issue 2 (DiagTests). Layer: device-sim.
 */
import { createHash } from "node:crypto";
import { setting } from "../device/device.js";
import { complete, type TestRunner } from "./test-runner.js";

/** A telephone is connected where the device has SIP. */
export const phoneConnectivity: TestRunner = async ({ chassis }) =>
  complete({ PhoneConnectivity: chassis.options.sip === undefined ? "0" : "1" });

/** Every line circuit is sound. */
export const lineCircuit: TestRunner = async () => complete({ TestResult: "Success" });

export const selfTest: TestRunner = async ({ chassis }) => {
  const device = chassis.box.get();
  const version = setting(device, "DeviceInfo.SoftwareVersion");
  return complete({ Results: `synthetic: memory passed, flash passed (software ${version}), network interface passed, FXS 1 passed` });
};

const NEIGHBOURS_MAX = 6;
/** Those of 2.4 GHz that do not overlap, then some of 5 GHz. */
const CHANNELS = [1, 6, 11, 36, 44, 149] as const;
const FIRST_OF_5_GHZ = 36;
const NOISE_DBM = -95;

/** At least one. Their addresses are locally administered, so nobody's. */
export const wifiNeighbours: TestRunner = async ({ chassis }) => {
  const dice = createHash("sha256").update(chassis.deviceId).digest();
  const count = 1 + ((dice[0] ?? 0) % NEIGHBOURS_MAX);
  return complete({}, { Result: Array.from({ length: count }, (_, at) => neighbour(dice.subarray(1 + 4 * at, 5 + 4 * at))) });
};

/** @param dice Four octets. */
function neighbour([a = 0, b = 0, c = 0, d = 0]: Uint8Array): Readonly<Record<string, string>> {
  const channel = CHANNELS[a % CHANNELS.length] ?? 1;
  const isOpen = d % 8 === 0;
  const is5GHz = channel >= FIRST_OF_5_GHZ;
  const octets = [0x02, 0x00, a, b, c, d].map((octet) => octet.toString(16).padStart(2, "0").toUpperCase());
  return {
    ...{ SSID: `neighbour-${octets.slice(2).join("").toLowerCase()}`, BSSID: octets.join(":"), Mode: "Infrastructure" },
    ...{ Channel: String(channel), SignalStrength: String(-40 - (b % 50)), Noise: String(NOISE_DBM) },
    ...{ SecurityModeEnabled: isOpen ? "None" : "WPA2", EncryptionMode: isOpen ? "" : "AES" },
    ...{ OperatingFrequencyBand: is5GHz ? "5GHz" : "2.4GHz", SupportedStandards: is5GHz ? "a,n,ac" : "b,g,n" },
    ...{ OperatingStandards: is5GHz ? "ac" : "n", OperatingChannelBandwidth: is5GHz ? "80MHz" : "20MHz" },
    ...{ BeaconPeriod: "100", DTIMPeriod: "3", BasicDataTransferRates: "6,12,24", SupportedDataTransferRates: "6,9,12,18,24,36,48,54" },
  };
}
