/**
 * Gateways under test: faithful ones with quick retries, their events and effects gathered, switched off afterwards.
 * Layer: test support.
 */
import type { LoggedEffect } from "../../device-sim/effects-log.js";
import type { GatewayEvent, GatewayOptions } from "../../device-sim/gateway/options.js";
import { createGateway, type Gateway } from "../../device-sim/gateway.js";

export interface BenchGateway {
  readonly gateway: Gateway;
  readonly events: readonly GatewayEvent[];
  readonly effects: readonly LoggedEffect[];
  /** Resolves when the nth event of this kind has happened. */
  event<K extends GatewayEvent["kind"]>(kind: K, nth?: number): Promise<Extract<GatewayEvent, { kind: K }>>;
}

export interface GatewayBench {
  add(options: Pick<GatewayOptions, "acsUrl"> & Partial<GatewayOptions>): BenchGateway;
  close(): Promise<void>;
}

export const ACS_PASSWORD = "acs-password";

export function openGatewayBench(): GatewayBench {
  const gateways: Gateway[] = [];
  return {
    add: (options) => {
      const bench = makeGateway(options);
      gateways.push(bench.gateway);
      return bench;
    },
    close: async () => {
      await Promise.all(gateways.splice(0).map((gateway) => gateway.powerOff()));
    },
  };
}

function makeGateway(options: Pick<GatewayOptions, "acsUrl"> & Partial<GatewayOptions>): BenchGateway {
  const events: GatewayEvent[] = [];
  const effects: LoggedEffect[] = [];
  const waiting: (() => void)[] = [];
  const gateway = createGateway({
    seed: 1,
    number: 0,
    acsPassword: ACS_PASSWORD,
    retryTimeScale: 0.002,
    answerTimeoutMs: 2_000,
    bootMs: 5,
    effects: { write: (effect) => effects.push(effect), close: () => {} },
    ...options,
    onEvent: (event) => {
      events.push(event);
      for (const look of waiting.splice(0)) look();
    },
  });
  const event: BenchGateway["event"] = (kind, nth = 1) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = events.filter((one) => one.kind === kind)[nth - 1];
        if (found === undefined) waiting.push(look);
        else resolve(found as Extract<GatewayEvent, { kind: typeof kind }>);
      };
      look();
    });
  return { gateway, events, effects, event };
}
