/**
 * A device with more parameters than anybody asked for (field quirk 38).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

const REPLY_BYTES = 2_097_152;
const VALUE = "filler ".repeat(1_000);
const END = "</ParameterList>";

export const largeReplies: Behaviour = {
  name: "large-replies",
  description: "each GetParameterValuesResponse is 2 MiB larger than asked for",
  rewrite: (envelope) => {
    if (!envelope.includes("GetParameterValuesResponse")) return envelope;
    const root = /<Name>([A-Za-z]+)\./.exec(envelope)?.[1] ?? "Device";
    const filler = Array.from({ length: Math.ceil(REPLY_BYTES / VALUE.length) }, (_, at) => {
      const name = `${root}.X_0A1B2C_Filler.${at + 1}.Text`;
      return `<ParameterValueStruct><Name>${name}</Name><Value xsi:type="xsd:string">${VALUE}</Value></ParameterValueStruct>`;
    });
    return envelope.replace(END, filler.join("") + END);
  },
};
