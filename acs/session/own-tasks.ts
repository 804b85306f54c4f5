/**
 * Tasks that the ACS gives a device itself when it begins anew.
 * Spec: DESIGN 4 (first contact); TR-069 3.2.2.1 (PeriodicInform), Annex G (STUN). Layer: session, pure.
 */
import type { NewTask, TaskOrder } from "../tasks/task.js";

/** Outside of what operators can give (0 to 9): credentials before all their tasks, learning the tree after them. */
const PROVISION_PRIORITY = 12;
const STUN_PRIORITY = 11;
const PASSWORD_PRIORITY = 10;
const LEARN_PRIORITY = -1;

export interface FirstContact {
  readonly deviceId: string;
  readonly atMs: number;
  readonly isBootstrap: boolean;
  /** Its password is one of the factory, and was not replaced yet. */
  readonly replacesPassword: boolean;
  readonly policy: {
    readonly periodicInformIntervalS: number;
    readonly refreshAtBootstrap: boolean;
    readonly stun: { readonly host: string; readonly port: number } | null;
  };
  readonly newId: (atMs: number) => string;
}

/** What reaches the device first, each in a call of its own; then the tree is learnt, after all that operators want. */
export function ownTasks({ deviceId, atMs, isBootstrap, replacesPassword, policy, newId }: FirstContact): readonly NewTask[] {
  const { periodicInformIntervalS, refreshAtBootstrap, stun } = policy;
  const task = (order: TaskOrder, priority: number): NewTask => {
    return { id: newId(atMs), deviceId, order, priority, createdAtMs: atMs, expiresAtMs: null };
  };
  return [
    ...(isBootstrap ? [task({ kind: "provision", periodicInformIntervalS }, PROVISION_PRIORITY)] : []),
    ...(isBootstrap && stun !== null ? [task({ kind: "provisionStun", ...stun }, STUN_PRIORITY)] : []),
    ...(replacesPassword ? [task({ kind: "rotatePassword" }, PASSWORD_PRIORITY)] : []),
    ...(isBootstrap && refreshAtBootstrap ? [task({ kind: "refresh", path: "" }, LEARN_PRIORITY)] : []),
  ];
}
