/**
 * The gateways of a crash test and the file server that they fetch from, in a process of their own: it outlives every ACS,
 * and the effects that it writes down are the judge.
 * Layer: test support (started by devices-process.ts).
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { makeFirmware } from "../../../device-sim/device/firmware.js";
import { openEffectsLog } from "../../../device-sim/effects-log.js";
import { createGateway, type Gateway } from "../../../device-sim/gateway.js";
import type { FromDevices, NewGateway, ToDevices } from "./messages.js";

/** Up for an hour when the test begins, so that UpTime can tell that no reboot has happened. */
const UP_TIME_BASE_S = 3_600;
const BOOT_MS = 40;
/** First retries after 50 to 100 ms instead of 5 to 10 s. */
const RETRY_TIME_SCALE = 0.01;
const FIRMWARE_BYTES = 200_000;
/** Longer than a killed ACS needs to come back, so that it finds the transfer under way. */
const SLOW_FILE_MS = 900;

const gateways = new Map<number, Gateway>();

const say = (message: FromDevices): void => void process.send?.(message);

function add({ number, acsUrl, acsPassword, effectsFile }: NewGateway): Gateway {
  const gateway = createGateway({
    ...{ seed: 1, number, acsUrl, acsPassword },
    effects: openEffectsLog(effectsFile),
    upTimeBaseS: UP_TIME_BASE_S,
    bootMs: BOOT_MS,
    retryTimeScale: RETRY_TIME_SCALE,
    onEvent: (event) => {
      if (event.kind === "session-started") say({ kind: "session-began", number });
      if (event.kind === "session-ended") say({ kind: "session-over", number, isWell: event.outcome === "done" });
    },
  });
  gateways.set(number, gateway);
  return gateway;
}

async function obey(command: ToDevices): Promise<void> {
  const gateway = command.kind === "add" ? add(command.gateway) : gateways.get(command.number);
  if (gateway === undefined) throw new RangeError("there is no such gateway");
  if (command.kind === "power-on") await gateway.powerOn();
  if (command.kind === "power-off") await gateway.powerOff();
  if (command.kind === "call-in") gateway.triggerPeriodic();
  const { oui, productClass, serialNumber } = gateway.instance;
  say({ kind: "ok", id: command.id, identity: { oui, productClass, serialNumber } });
}

process.on("message", (command: ToDevices) => void obey(command));
process.on("disconnect", () => process.exit());

/** Any path is the firmware of the version that the path ends in; below /slow/ it takes its time, as firmware does. */
const files = createServer(({ url = "" }, response) => {
  const image = makeFirmware(url.split("/").at(-1) ?? "", FIRMWARE_BYTES);
  setTimeout(() => response.end(image), url.startsWith("/slow/") ? SLOW_FILE_MS : 0);
});
files.listen(0, "127.0.0.1", () => say({ kind: "ready", filesUrl: `http://127.0.0.1:${(files.address() as AddressInfo).port}` }));
