/**
 * A gateway whose SIP module has crashed and is not started again; everything else works.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const sipModuleBroken: Behaviour = {
  name: "sip-module-broken",
  description: "its SIP module does not run: the line never registers",
  isSipModuleBroken: true,
};
