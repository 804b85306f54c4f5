/**
 * Builds what diagnoses are made with: orders, runner, service.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import { DiagnosisOrders } from "./diagnoses/diagnosis-orders.js";
import { DiagnosisRunner } from "./diagnoses/diagnosis-runner.js";
import { DiagnosisService } from "./diagnoses/diagnosis-service.js";
import type { ModelPolicies } from "./stores/model-policies.js";
import type { Stores } from "./stores/sqlite/open-stores.js";

export interface DiagnosesParts {
  readonly stores: Pick<Stores, "devices" | "tasks" | "diagnoses" | "events">;
  readonly models: ModelPolicies;
  readonly wake: (deviceId: string) => void;
  /** How long a device may take to call in and be told to stop. */
  readonly stopSettleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** @param opened Takes what closes it. Running diagnoses are led on when this is fulfilled. */
export async function openDiagnoses(
  { stores, models, wake, stopSettleMs, clock, log }: DiagnosesParts,
  opened: (() => Promise<void>)[],
): Promise<DiagnosisService> {
  const { devices, diagnoses } = stores;
  const orders = new DiagnosisOrders({ devices, models, clock });
  const runner = new DiagnosisRunner({ ...stores, orders, wake, stopSettleMs, clock, log });
  opened.push(() => runner.close());
  await runner.rebuild();
  return new DiagnosisService({ devices, diagnoses, orders, runner, wake, clock });
}
