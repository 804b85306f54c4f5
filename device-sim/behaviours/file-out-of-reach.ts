/**
 * A device that can't get at the file server: 9016.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const fileOutOfReach: Behaviour = {
  name: "file-out-of-reach",
  description: "can't get at any file that it is to download: 9016",
  downloads: "out-of-reach",
};
