/**
 * A gateway's deployment units: what is booked of their changes, and told to the ACS when all of an order are made.
 * Spec: TR-069 A.4.1.10, A.4.2.2. Layer: device-sim.
 */
import { UnitRunner } from "../cpe/unit-runner.js";
import type { Report } from "../device/reports.js";
import type { Chassis } from "./chassis.js";
import { DEFAULTS } from "./options.js";

/** @param owe Tells the ACS in a request of the device's own. */
export function makeUnitRunner(chassis: Chassis, owe: (report: Report) => void): UnitRunner {
  const { answerTimeoutMs, ca } = chassis.options;
  return new UnitRunner({
    box: chassis.box,
    clock: chassis.clock,
    silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
    newCnonce: () => chassis.randomHex(8),
    ...(ca === undefined ? {} : { ca }),
    onResult: ({ commandKey }, { operation }, { uuid, version, fault }) => {
      if (fault.faultCode === 0) chassis.log({ effect: "change-unit", commandKey, operation, uuid, version });
    },
    onDone: ({ id, commandKey }, results) => {
      chassis.box.change((device) => ({ ...device, unitChanges: device.unitChanges.filter((change) => change.id !== id) }));
      owe({ kind: "DUStateChangeComplete", results, commandKey });
    },
    onError: (error) => chassis.complain(error),
  });
}
