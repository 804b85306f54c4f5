/**
 * A device whose files arrive damaged: it finds out, and refuses them with 9018.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const damagesDownloads: Behaviour = {
  name: "damages-downloads",
  description: "what it downloads arrives damaged, and is refused with 9018",
  downloads: "damaged",
};
