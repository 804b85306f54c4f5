/**
 * A device with bytes in its values that XML can not carry (field quirk 9).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const controlCharacters: Behaviour = {
  name: "control-characters",
  description: "string values begin with the character #2",
  rewrite: (envelope) => envelope.replace(/(<Value xsi:type="xsd:string">)(?=[^<])/g, "$1\u0002"),
};
