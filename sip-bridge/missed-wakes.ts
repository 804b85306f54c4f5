/**
 * Targets that a wake did not reach: whoever wanted them is told when they register.
 * A NAT binding is fresh right after a REGISTER, so that this is the best moment for the next try.
 * Spec: sip.md 1.5 (local timeout), 1.7. Layer: sip-bridge (helper of the wake service).
 */
import type { WakeTarget } from "../schemas/wake-contract.js";
import { createRecent } from "./recent.js";
import { type Domains, readAddressOfRecord } from "./registrar/address-of-record.js";
import type { Binding } from "./registrar/binding.js";
import { instanceNode } from "./registrar/instance-id.js";

/** Targets whose next registration is reported. */
const MISSED = { entriesMax: 20_000, ageMsMax: 86_400_000 };

/** Who wants to hear of a NOTIFY. */
export interface Member {
  readonly wakeId: string;
  readonly deviceId: string;
  readonly target: WakeTarget;
}

export interface MissedWakes {
  remember(member: Member, nowMs: number): void;
  /** Those that one of these bindings brings back, each with its key. */
  found(
    bindings: readonly Binding[],
    nowMs: number,
  ): readonly { readonly key: string; readonly member: Member; readonly binding: Binding }[];
  /** false: it was told meanwhile, or another wake missed the target since. */
  take(key: string, member: Member, nowMs: number): boolean;
  readonly size: number;
}

export function createMissedWakes(domains: Domains): MissedWakes {
  const missed = createRecent<Member>(MISSED);
  const keyOf = (target: WakeTarget): string | undefined =>
    target.by === "instance-node" ? target.macAddress : readAddressOfRecord(target.addressOfRecord, domains);
  return {
    remember(member, nowMs) {
      const key = keyOf(member.target);
      if (key !== undefined) missed.set(key, member, nowMs);
    },
    found(bindings, nowMs) {
      if (missed.size === 0) return [];
      return bindings.flatMap((binding) =>
        [binding.addressOfRecord, instanceNode(binding.instanceId)].flatMap((key) => {
          const member = missed.get(key, nowMs);
          return member === undefined ? [] : [{ key, member, binding }];
        }),
      );
    },
    take(key, member, nowMs) {
      if (missed.get(key, nowMs) !== member) return false;
      missed.delete(key);
      return true;
    },
    get size() {
      return missed.size;
    },
  };
}
