/**
 * What a session stands on, what it hears and what it answers.
 * Layer: session shell.
 */
import type { Clock } from "../../common/clock.js";
import type { Envelope } from "../cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../cwmp/messages.js";
import type { DeviceIdentity, SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Relaxation } from "../devices/relaxations.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { ModelLores } from "../stores/model-lores.js";
import type { TaskStore } from "../stores/task-store.js";
import type { BroughtFile } from "../tasks/own-upload.js";
import type { Task } from "../tasks/task.js";

export interface SessionPolicy {
  readonly periodicInformIntervalS: number;
  /** Read the whole tree after 0 BOOTSTRAP: SIP wake-up finds the device's voice line there. */
  readonly refreshAtBootstrap: boolean;
  readonly rebootSettleMs: number;
  readonly downloadSettleMs: number;
  readonly applySettleMs: number;
  readonly unknownSettleMs: number;
  /** A task whose answer does not come is looked at again after this long. */
  readonly answerTimeoutMs: number;
  /** A device that took a new password and goes on with the old one is sent it again after this long. */
  readonly passwordUseMs: number;
  /** Where devices reach our STUN server; null: they are not told. */
  readonly stun: { readonly host: string; readonly port: number } | null;
  /** Tasks that carry secrets are sent to devices that call without TLS, too. */
  readonly secretsWithoutTls: boolean;
}

export interface SessionServices {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
  /** @throws when the secret was sealed with another key or for another owner. */
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
  readonly seal: (secret: string, owner: string) => SealedSecret;
  /** Our file server, as far as tasks are about its files. */
  readonly files: TransferFiles;
  /** How the devices of this model want to be spoken to. */
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  /** What they taught. */
  readonly lores: ModelLores;
  /** A rule was bent for the device. */
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
}

export interface TransferFiles {
  /** Signed URL under which the device fetches or brings the file of this task; null when there is no file, or none of ours. */
  urlFor(task: Pick<Task, "id" | "order">): Promise<string | null>;
  /** What an upload to us has brought; null for other tasks. */
  broughtBy(task: Task): Promise<BroughtFile | null>;
}

/** What the endpoint sends. `refused`: the session is over, HTTP 400. `failed`: our store can't now, HTTP 503. */
export type SessionAnswer =
  | { readonly kind: "envelope"; readonly envelope: Envelope<AcsMessage>; readonly declaration: boolean }
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly why: string };

export type Heard =
  | { readonly kind: "message"; readonly envelope: Envelope<DeviceMessage> }
  | { readonly kind: "empty" }
  | { readonly kind: "malformed"; readonly why: string };

/** A newer session of the device has taken over, or the device was removed. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}
