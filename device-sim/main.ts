/**
 * Starts a number of simulated gateways in this process.
 * Layer: device-sim, main.
 */
import { setTimeout as pause } from "node:timers/promises";
import { findBehaviour } from "./behaviours/find-behaviour.js";
import { type EffectsLog, NO_EFFECTS_LOG, openEffectsLog } from "./effects-log.js";
import type { GatewayEvent, GatewayOptions } from "./gateway/options.js";
import { createGateway, type Gateway } from "./gateway.js";

export interface DeviceSimConfig extends Omit<GatewayOptions, "number" | "behaviours" | "effects" | "memoryFile" | "onEvent"> {
  /** How many gateways; their numbers are 0 to count-1. */
  readonly count: number;
  /** Names of behaviours that all of them have. @see BEHAVIOUR_NAMES */
  readonly behaviours?: readonly string[];
  /** They are switched on one after another within this time. Default 0. */
  readonly startWithinMs?: number;
  /** Path of the effects log (JSON lines, appended). Absent: none. */
  readonly effectsLog?: string;
  /** Folder of the nonvolatile memories, a file per device. Absent: they are forgotten with the process. */
  readonly memoryFolder?: string;
  readonly onEvent?: (event: GatewayEvent, gateway: Gateway) => void;
}

export interface DeviceSim {
  readonly gateways: readonly Gateway[];
  /** Pulls all plugs and closes the effects log. */
  stop(): Promise<void>;
}

/** @throws {RangeError} a behaviour that does not exist; the system's error for a log or memory that can't be opened. */
export async function startDeviceSim(config: DeviceSimConfig): Promise<DeviceSim> {
  const effects = config.effectsLog === undefined ? NO_EFFECTS_LOG : openEffectsLog(config.effectsLog);
  const gateways = Array.from({ length: config.count }, (_, number) => makeGateway(config, number, effects));
  const stepMs = (config.startWithinMs ?? 0) / Math.max(config.count, 1);
  for (const [number, gateway] of gateways.entries()) {
    if (number > 0 && stepMs > 0) await pause(stepMs);
    await gateway.powerOn();
  }
  return {
    gateways,
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.powerOff()));
      effects.close();
    },
  };
}

function makeGateway(config: DeviceSimConfig, number: number, effects: EffectsLog): Gateway {
  const { behaviours = [], memoryFolder, onEvent, count: _count, startWithinMs: _within, effectsLog: _log, ...shared } = config;
  let gateway: Gateway | undefined;
  gateway = createGateway({
    ...shared,
    number,
    effects,
    behaviours: behaviours.map(behaviourOf),
    ...(memoryFolder === undefined ? {} : { memoryFile: `${memoryFolder}/device-${config.seed}-${number}.json` }),
    onEvent: (event) => {
      if (gateway !== undefined) onEvent?.(event, gateway);
    },
  });
  return gateway;
}

function behaviourOf(name: string) {
  const behaviour = findBehaviour(name);
  if (behaviour === undefined) throw new RangeError(`no behaviour ${name}`);
  return behaviour;
}
