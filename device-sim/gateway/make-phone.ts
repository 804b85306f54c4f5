/**
 * The gateway's phone, wired to its parameters: the account is read from them, the line's status is shown in them.
 * The phone and the client know nothing of each other; a trigger is a message between them (US 2012/0089717 A1 [0073-0074]).
 * Spec: TR-104 issue 1 and issue 2. Layer: device-sim.
 */
import { setting, showStatus } from "../device/device.js";
import { Phone } from "../phone/phone.js";
import { instanceIdOf } from "../phone/registration.js";
import type { TriggerMessage, TriggerResponse } from "../phone/request-door.js";
import type { Chassis } from "./chassis.js";
import { DEFAULTS } from "./options.js";

const DEFAULT_NOTIFY_POLICY = { acceptance: "flow", strangerAnswer: 403, otherEventAnswer: 489 } as const;

/** @param onTrigger A NOTIFY wants the device's management. @returns undefined: no phone is connected, or none runs. */
export function makePhone(chassis: Chassis, onTrigger: (message: TriggerMessage) => TriggerResponse): Phone | undefined {
  const { box, voice } = chassis;
  const { sip, notifyPolicy, ca, certificate, retryTimeScale = DEFAULTS.retryTimeScale } = chassis.options;
  if (sip === undefined) return undefined;
  const hasNoLine = chassis.behaviour.newFirmware === "without-line" && hasNewFirmware(chassis);
  if (chassis.behaviour.isSipModuleBroken === true || hasNoLine) {
    box.change((device) => showStatus(device, voice.show("Error")));
    return undefined;
  }
  return new Phone({
    line: () => voice.read(box.get()),
    instanceId: instanceIdOf(chassis.instance.macAddress),
    userAgent: `${setting(box.get(), "DeviceInfo.ModelName")}/${setting(box.get(), "DeviceInfo.SoftwareVersion")}`,
    address: sip.address ?? "",
    port: sip.port ?? voice.read(box.get()).userAgentPort,
    tls: { ...(ca === undefined ? {} : { ca }), ...(certificate === undefined ? {} : { certificate }) },
    retryTimeScale,
    notifyPolicy: { ...DEFAULT_NOTIFY_POLICY, ...notifyPolicy, fixedAnswer: chassis.behaviour.notifyAnswer },
    clock: chassis.clock,
    random: chassis.random,
    randomBytes: chassis.randomBytes,
    onStatus: (status) => box.change((device) => showStatus(device, voice.show(status))),
    onTrigger,
    onEvent: (event) => chassis.tell(event),
    onError: (error) => chassis.complain(error),
  });
}

/** It runs another version than it left the factory with. */
function hasNewFirmware({ box, model }: Chassis): boolean {
  const name = "DeviceInfo.SoftwareVersion";
  return setting(box.get(), name) !== model.definitions.get(model.root + name)?.sample;
}
