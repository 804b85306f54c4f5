/**
 * The gateways of a crash test and the file server that they fetch from, in a process of their own: it outlives every ACS,
 * and the effects that it writes down are the judge.
 * Layer: test support (started by devices-process.ts).
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Behaviour } from "../../../device-sim/behaviours/behaviour.js";
import { findBehaviour } from "../../../device-sim/behaviours/find-behaviour.js";
import { makeFirmware } from "../../../device-sim/device/firmware.js";
import { openEffectsLog } from "../../../device-sim/effects-log.js";
import { createGateway, type Gateway } from "../../../device-sim/gateway.js";
import type { FromDevices, NewGateway, ToDevices } from "./messages.js";

const BOOT_MS = 40;
/** First retries after 50 to 100 ms instead of 5 to 10 s. */
const RETRY_TIME_SCALE = 0.01;
const FIRMWARE_BYTES = 200_000;

const gateways = new Map<number, Gateway>();
/** Gateways whose last session has failed, with the files that wait for a better one. */
const failing = new Map<number, (() => void)[]>();

const say = (message: FromDevices): void => void process.send?.(message);

function add({ number, acsUrl, acsPassword, upTimeBaseS, effectsFile, behaviours = [], sip }: NewGateway): Gateway {
  const gateway = createGateway({
    ...{ seed: 1, number, acsUrl, acsPassword },
    effects: openEffectsLog(effectsFile),
    behaviours: behaviours.map(behaviourOf),
    ...(sip === undefined ? {} : { sip: { registrar: "127.0.0.1", ...sip } }),
    upTimeBaseS,
    bootMs: BOOT_MS,
    retryTimeScale: RETRY_TIME_SCALE,
    onEvent: (event) => {
      if (event.kind === "session-started") say({ kind: "session-began", number });
      if (event.kind === "session-ended") endSession(number, event.outcome === "done");
    },
  });
  gateways.set(number, gateway);
  return gateway;
}

function behaviourOf(name: string): Behaviour {
  const behaviour = findBehaviour(name);
  if (behaviour === undefined) throw new RangeError(`no behaviour ${name}`);
  return behaviour;
}

function endSession(number: number, isWell: boolean): void {
  say({ kind: "session-over", number, isWell });
  const held = failing.get(number) ?? [];
  if (!isWell) failing.set(number, held);
  else if (failing.delete(number)) for (const answer of held) answer();
}

async function obey(command: ToDevices): Promise<void> {
  const gateway = command.kind === "add" ? add(command.gateway) : gateways.get(command.number);
  if (gateway === undefined) throw new RangeError("there is no such gateway");
  if (command.kind === "power-on") await gateway.powerOn();
  if (command.kind === "power-off") await gateway.powerOff();
  if (command.kind === "call-in") gateway.triggerPeriodic();
  const { oui, productClass, serialNumber, lineNumber } = gateway.instance;
  say({ kind: "ok", id: command.id, identity: { oui, productClass, serialNumber, lineNumber } });
}

process.on("message", (command: ToDevices) => void obey(command));
process.on("disconnect", () => process.exit());

/**
 * /<version> is firmware of that version. /late/<gateway>/<version> is held back while that gateway's last session has failed:
 * an ACS that comes back finds the transfer under way.
 */
const files = createServer(({ url = "" }, response) => {
  const [, number] = /^\/late\/(\d+)\//.exec(url) ?? [];
  const answer = (): void => void response.end(makeFirmware(url.split("/").at(-1) ?? "", FIRMWARE_BYTES));
  if (number === undefined || !failing.has(Number(number))) answer();
  else failing.get(Number(number))?.push(answer);
});
files.listen(0, "127.0.0.1", () => say({ kind: "ready", filesUrl: `http://127.0.0.1:${(files.address() as AddressInfo).port}` }));
