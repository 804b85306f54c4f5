/**
 * A device that takes a Download, forgets it, and never tells an end.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const losesDownloads: Behaviour = {
  name: "loses-downloads",
  description: "forgets each Download that it has taken, and tells nothing of it",
  downloads: "lost",
};
