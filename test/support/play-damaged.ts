/**
 * One damaged message through everything that reads a device's request, in process: bytes -> text -> message -> session -> answer.
 * What it expects holds for every input; what is thrown is the finding.
 * Layer: test support.
 */
import { isDeepStrictEqual } from "node:util";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import { type Envelope, readDeviceEnvelope, writeAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import type { DeviceMessage } from "../../acs/cwmp/messages.js";
import { type Effect, type Input, type Session, type Step, step } from "../../acs/session/session.js";
import type { TaskOrder } from "../../acs/tasks/task.js";
import { beginTask } from "../../acs/tasks/task-run.js";
import { aContext, anInform, aTask } from "./builders.js";
import type { Damaged } from "./damage-cwmp.js";
import type { Random } from "./seeded-random.js";

/** "unreadable": no message. The others reached the session; "refused" ended it there. */
export type Outcome = "unreadable" | "refused" | "answered" | "asked" | "empty";

export interface Played {
  readonly outcome: Outcome;
  /** undefined: unreadable. */
  readonly message: DeviceMessage["kind"] | undefined;
}

export const FUZZ_ORDERS: readonly TaskOrder[] = [
  { kind: "getParameterValues", names: ["Device.DeviceInfo.Description"] },
  { kind: "setParameterValues", values: [{ name: "Device.Time.NTPServer1", value: "ntp.example", type: "xsd:string" }] },
  { kind: "refresh", path: "Device." },
  { kind: "reboot" },
  { kind: "download", file: { fileType: "1 Firmware Upgrade Image", url: "http://files.example/a", fileSizeBytes: 1, targetFileName: "" } },
  { kind: "getParameterAttributes", names: ["Device.DeviceInfo."] },
  { kind: "setParameterAttributes", attributes: [{ name: "Device.DeviceInfo.", notification: 1 }] },
  { kind: "addObject", path: "Device.Users.User." },
  { kind: "deleteObject", path: "Device.Users.User.1." },
  { kind: "scheduleInform", delayS: 60 },
  { kind: "cancelTransfer", commandKey: "a" },
  { kind: "getQueuedTransfers" },
  { kind: "getRpcMethods" },
  { kind: "factoryReset" },
  { kind: "provision", periodicInformIntervalS: 300 },
];

const ANSWERS: ReadonlySet<Effect["do"]> = new Set(["answer", "ask", "send-empty", "refuse"]);
const WRITES: ReadonlySet<Effect["do"]> = new Set(["record-inform", "record-transfer-complete", "record-device-report", "store"]);

/** @throws {Error} A rule that must hold for every input does not. */
export function playDamaged(random: Random, damaged: Damaged): Played {
  const envelope = readOrNothing(damaged);
  if (envelope === undefined) return { outcome: "unreadable", message: undefined };
  const again = readDeviceEnvelope(writeDeviceEnvelope(envelope)).message;
  must(isDeepStrictEqual(again, envelope.message), "what we read, we can write and read again");
  const { effects } = turn(random, someSession(random), { kind: "message", message: envelope.message, context: aContext() });
  return { outcome: judge(envelope, effects), message: envelope.message.kind };
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`broken: ${rule}`);
}

function judge(envelope: Envelope<DeviceMessage>, effects: readonly Effect[]): Outcome {
  const answers = effects.filter((effect) => ANSWERS.has(effect.do));
  const [answer] = answers;
  must(answers.length === 1, "a request, an answer");
  must(effects.at(-1) === answer, "store, then answer");
  if (answer?.do === "answer") writeAcsEnvelope({ ...envelope, message: answer.message });
  if (answer?.do === "ask") writeAcsEnvelope({ ...envelope, message: answer.request });
  if (answer?.do !== "refuse") return answer?.do === "ask" ? "asked" : answer?.do === "answer" ? "answered" : "empty";
  must(!effects.some((effect) => WRITES.has(effect.do)), "what is refused is not stored");
  return "refused";
}

function readOrNothing({ bytes, contentType }: Damaged): Envelope<DeviceMessage> | undefined {
  try {
    return readDeviceEnvelope(decodeBody(bytes, contentType).text);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error; // a crash on hostile input is the finding
  }
}

/** One request of a device: the machine and a shell that has a task or none. All effects, in order. */
function turn(random: Random, session: Session, first: Input): { readonly session: Session; readonly effects: readonly Effect[] } {
  const effects: Effect[] = [];
  let next: Step = step(session, first);
  for (let tasks = 0; ; tasks++) {
    effects.push(...next.effects);
    if (next.effects.at(-1)?.do !== "take-task") return { session: next.session, effects };
    next = step(next.session, { kind: "next-task", begun: tasks > 3 || random.bool() ? null : someTask(random) });
  }
}

function someTask(random: Random) {
  const order = random.pick(FUZZ_ORDERS);
  const values = order.kind === "setParameterValues" ? order.values : [];
  const task = aTask(order);
  return { task, step: beginTask(task, aContext({ values })) };
}

/** A session as it may be when the damaged message comes. */
function someSession(random: Random): Session {
  const inform: Input = { kind: "message", message: anInform("2 PERIODIC"), context: null };
  const begun = turn(random, { phase: "awaiting-inform" }, inform).session;
  switch (random.int(6)) {
    case 0:
      return { phase: "awaiting-inform" };
    case 1:
      return begun;
    default:
      return turn(random, begun, { kind: "empty" }).session;
  }
}
