/**
 * What each model taught, on disk and in memory. It changes seldom and is looked at in every session.
 * Layer: stores.
 */
import { type ModelLore, NO_LORE } from "../devices/model-lore.js";
import type { SettingsStore } from "./settings-store.js";

export interface ModelLores {
  /** @param model `OUI-ProductClass`. */
  get(model: string): Promise<ModelLore>;
  /** On disk when fulfilled. `learn` gets what is known at that moment; the same object back: nothing is written. True: it changed. */
  change(model: string, learn: (lore: ModelLore) => ModelLore): Promise<boolean>;
}

/** Models kept in memory; a fleet has some dozens. */
const CACHED_MAX = 10_000;

export function openModelLores(settings: SettingsStore): ModelLores {
  const cached = new Map<string, ModelLore>();
  /** Changes go one after another: each is of what the one before it left. */
  let last: Promise<unknown> = Promise.resolve();
  const get = async (model: string): Promise<ModelLore> => {
    const known = cached.get(model);
    if (known !== undefined) return known;
    const stored = await settings.get(settingOf(model));
    return keep(cached, model, stored === undefined ? NO_LORE : (JSON.parse(stored) as ModelLore));
  };
  const changeNow = async (model: string, learn: (lore: ModelLore) => ModelLore): Promise<boolean> => {
    const known = await get(model);
    const next = learn(known);
    if (next === known) return false;
    await settings.set(settingOf(model), JSON.stringify(next));
    keep(cached, model, next);
    return true;
  };
  return {
    get,
    change: (model, learn) => {
      const changed = last.then(() => changeNow(model, learn));
      last = changed.catch(() => undefined);
      return changed;
    },
  };
}

/** A read that was under way while the model changed must not bring back what it was. */
function keep(cached: Map<string, ModelLore>, model: string, lore: ModelLore): ModelLore {
  if (cached.size >= CACHED_MAX) cached.clear();
  cached.set(model, lore);
  return lore;
}

const settingOf = (model: string): string => `model-lore:${model}`;
