/**
 * Hostile names against what takes aliases and wildcards: the ACS's check of an order, and the simulated device that is sent one.
 * A failure names the seed; SEED=n repeats it.
 */
import { expect } from "chai";
import { knownRows } from "../../acs/devices/path-expansion.js";
import { ADDRESS_LIMITS, addressOrder, asAsked, NOTHING_KNOWN } from "../../acs/tasks/addressing.js";
import { checkOrder } from "../../acs/tasks/check-order.js";
import { aliasedModel } from "../../device-sim/device/aliased-model.js";
import { answerRequest } from "../../device-sim/device/answer-request.js";
import { newDevice } from "../../device-sim/device/device.js";
import { indexModel } from "../../device-sim/device/model-index.js";
import { tr098VoiceGateway } from "../../schemas/data-models/tr098-voice-gateway.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";

/** More for a long run: FUZZ_ROUNDS=1000000. */
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 2_000);
const LINES = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.";
const PIECES = [
  "[",
  "]",
  "*",
  ".",
  ".",
  "[cpe-1]",
  "[a.b]",
  "[new]",
  "1",
  "2",
  "0",
  "Enable",
  "Alias",
  "{i}",
  "",
  "\ud800",
  "ä",
  LINES,
  `${LINES}*.`,
];
const NAMES = [`${LINES}1.Enable`, `${LINES}1.Alias`, `${LINES}2.Enable`, `${LINES}2.Alias`];
const KNOWLEDGE = { trustsWritable: true, entries: [], productClass: "" };

/** Half of them are nearly right: a row of the lines, and something in it. */
function hostileName(random: Random): string {
  const hostile = random.list(7, () => random.pick(PIECES)).join(random.bool() ? "." : "");
  if (random.bool()) return (random.bool() ? LINES : "InternetGatewayDevice.") + hostile;
  return `${LINES}${random.pick(["[cpe-1]", "[cpe-1]", "*", "1", "[new]", hostile])}.${random.pick(["Enable", "Alias", "", hostile])}`;
}

describe("fuzz: aliases and wildcards", () => {
  const seed = runSeed();
  const rows = knownRows(NAMES, new Map([[`${LINES}1.Alias`, "cpe-1"]]));
  const device = newDevice(indexModel(aliasedModel(tr098VoiceGateway)), new Map());
  const server = "InternetGatewayDevice.ManagementServer.";

  it(`an order is stored within its limits, or refused with a field; what was asked for can be had back (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const outcomes = { "as it is": 0, "by the tree": 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const names = [hostileName(random), ...random.list(2, () => hostileName(random))];
      const checked = checkOrder({ kind: random.pick(["getParameterValues", "getParameterAttributes"]), names }, KNOWLEDGE);
      const takes = random.bool();
      const addressed =
        "order" in checked
          ? addressOrder(checked.order, { ...NOTHING_KNOWN, ...rows, takesAliases: takes, takesWildcards: takes, server })
          : checked;
      if ("errors" in addressed) {
        outcomes.refused++;
        if (!addressed.errors.every(({ field, detail }) => /^names(\[\d+\])?$/.test(field) && detail !== ""))
          expect.fail(JSON.stringify(names));
        continue;
      }
      const { order } = addressed;
      if (!("names" in order) || order.names.length > ADDRESS_LIMITS.meantPerOrderMax) expect.fail(JSON.stringify(names));
      outcomes[order.addressing?.by === "tree" ? "by the tree" : "as it is"]++;
      expect(asAsked(order), JSON.stringify(names)).to.deep.equal({ kind: order.kind, names: [...new Set(names)] });
    }
    for (const [outcome, count] of Object.entries(outcomes)) expect(count, outcome).to.be.greaterThan(ROUNDS / 200);
  });

  it(`a device answers every request, with a fault at worst, and a refused one changes nothing (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const creating = answerRequest(
      device,
      { kind: "SetParameterValues", values: [{ name: `${server}AutoCreateInstances`, type: "", text: "1" }], parameterKey: "" },
      0,
    ).device;
    const outcomes = { answered: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const name = hostileName(random);
      const request = random.pick([
        { kind: "GetParameterValues", names: [name] },
        { kind: "GetParameterNames", path: name, nextLevel: random.bool() },
        { kind: "SetParameterValues", values: [{ name, type: "", text: random.pick(["x", "cpe-1", ""]) }], parameterKey: "" },
        { kind: "AddObject", objectName: name, parameterKey: "" },
        { kind: "DeleteObject", objectName: name, parameterKey: "" },
        { kind: "SetParameterAttributes", parameters: [{ name, notification: 1 }] },
      ] as const);
      const { response, device: after } = answerRequest(creating, request, 0);
      outcomes[response.kind === "Fault" ? "refused" : "answered"]++;
      if (response.kind === "Fault" && after !== creating) expect.fail(`${request.kind} ${JSON.stringify(name)}`);
    }
    expect(Math.min(outcomes.answered, outcomes.refused)).to.be.greaterThan(ROUNDS / 100);
  });
});
