/**
 * What follows from a request of the ACS: books it, and hands it to the part of the gateway that acts on it.
 * Spec: TR-069 A.3.2, A.4.1. Layer: device-sim.
 */
import type { ManagementClient } from "../cpe/management-client.js";
import type { TransferRunner } from "../cpe/transfer-runner.js";
import type { UnitRunner } from "../cpe/unit-runner.js";
import type { Consequence } from "../device/answer-request.js";
import type { Chassis } from "./chassis.js";
import type { ConnectionRequests } from "./connection-requests.js";
import type { DiagnosticTests } from "./diagnostic-tests.js";
import type { Restart } from "./restart.js";
import type { UdpEchoServer } from "./udp-echo-server.js";

const REPEATED = /^ManagementServer\.(PeriodicInform|HeartbeatPolicy\.)/;

export interface ActingParts {
  readonly chassis: Chassis;
  readonly client: ManagementClient;
  readonly transfers: TransferRunner;
  readonly units: UnitRunner;
  readonly restart: Restart;
  readonly tests: DiagnosticTests;
  readonly echoServer: UdpEchoServer;
  readonly connectionRequests: ConnectionRequests;
}

export function carryOut(parts: ActingParts, consequence: Consequence): void {
  const { chassis, client, transfers, units, restart } = parts;
  switch (consequence.kind) {
    case "set":
      afterSet(parts, consequence);
      break;
    case "set-attributes":
      chassis.log({ effect: "set-attributes", names: consequence.names });
      break;
    case "add-object": {
      const { objectName, instanceNumber, parameterKey } = consequence;
      chassis.log({ effect: "add-object", objectName, instanceNumber, parameterKey });
      break;
    }
    case "delete-object": {
      const { objectName, parameterKey } = consequence;
      chassis.log({ effect: "delete-object", objectName, parameterKey });
      applyDeletion(parts, objectName);
      parts.tests.forget(objectName);
      break;
    }
    case "reboot":
      restart.reboot(consequence.commandKey);
      break;
    case "factory-reset":
      restart.factoryReset();
      break;
    case "transfer":
      client.whenIdle(() => transfers.look());
      break;
    case "cancel-transfer":
      chassis.log({ effect: "cancel-transfer", commandKey: consequence.commandKey, count: consequence.count });
      break;
    case "schedule-inform":
      client.planScheduled();
      break;
    case "change-units":
      client.whenIdle(() => units.look());
      break;
  }
}

function afterSet(parts: ActingParts, { parameterKey, names, changed }: Extract<Consequence, { kind: "set" }>): void {
  parts.chassis.log({ effect: "set", parameterKey, names, changed });
  parts.chassis.tell({ kind: "value-set", parameterKey, changed });
  applyChanges(parts, changed);
  parts.tests.look(names);
}

/** New values take effect. @param names Full names of what changed. */
export function applyChanges({ chassis, client, connectionRequests, echoServer }: ActingParts, names: readonly string[]): void {
  if (!chassis.isOn) return;
  const paths = names.map((name) => name.slice(chassis.model.root.length));
  if (paths.some((path) => REPEATED.test(path))) client.planRepeated();
  if (paths.includes("ManagementServer.HTTPConnectionRequestEnable")) connectionRequests.look();
  if (paths.some((path) => echoServer.concerns(path))) echoServer.look();
  if (paths.some(chassis.voice.concerns)) chassis.phone()?.configure();
}

function applyDeletion({ chassis }: ActingParts, objectName: string): void {
  if (chassis.isOn && (chassis.model.root + chassis.voice.line).startsWith(objectName)) chassis.phone()?.configure();
}
