/**
 * A client without a cookie store: only its TCP connection holds the session together.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const noCookies: Behaviour = { name: "no-cookies", description: "cookies of the ACS are never sent back", cookies: "forgotten" };
