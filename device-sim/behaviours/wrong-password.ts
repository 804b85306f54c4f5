/**
 * A gateway whose ACS password is not the one that the ACS knows.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const wrongPassword: Behaviour = {
  name: "wrong-password",
  description: "digest answers are made with a wrong password",
  acsPassword: "not the password",
};
