/**
 * A gateway that refuses to be configured.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const spvFault: Behaviour = { name: "spv-fault", description: "SetParameterValues is answered with fault 9002", setFault: 9002 };
