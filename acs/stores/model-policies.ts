/**
 * How each model wants to be spoken to: what the operator set, else the defaults. Kept in memory, since every session asks.
 * Layer: stores.
 */

import type { DeviceIdentity } from "../devices/device.js";
import { DEFAULT_MODEL_POLICY, type ModelPolicy } from "../devices/model-policy.js";
import { modelOf } from "../devices/reachability.js";
import type { SettingsStore } from "./settings-store.js";

export interface ModelPolicies {
  of(identity: DeviceIdentity): Promise<ModelPolicy>;
  /** @param model `OUI-ProductClass`. */
  get(model: string): Promise<ModelPolicy>;
  set(model: string, policy: ModelPolicy): Promise<void>;
}

/** Models kept in memory; a fleet has some dozens. */
const CACHED_MAX = 10_000;

export function openModelPolicies(settings: SettingsStore): ModelPolicies {
  const cached = new Map<string, ModelPolicy>();
  const keep = (model: string, policy: ModelPolicy): ModelPolicy => {
    if (cached.size >= CACHED_MAX) cached.clear();
    cached.set(model, policy);
    return policy;
  };
  const get = async (model: string): Promise<ModelPolicy> => {
    const known = cached.get(model);
    if (known !== undefined) return known;
    const stored = await settings.get(settingOf(model));
    // Fields that a newer version knows begin with their defaults.
    return keep(
      model,
      stored === undefined ? DEFAULT_MODEL_POLICY : { ...DEFAULT_MODEL_POLICY, ...(JSON.parse(stored) as Partial<ModelPolicy>) },
    );
  };
  return {
    get,
    of: (identity) => get(modelOf(identity)),
    set: async (model, policy) => {
      await settings.set(settingOf(model), JSON.stringify(policy));
      keep(model, policy);
    },
  };
}

const settingOf = (model: string): string => `model-policy:${model}`;
