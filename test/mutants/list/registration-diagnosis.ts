/**
 * Mutations of the code for rules of docs/spec-map.md: system D in the gateway.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const MACHINE = "test/unit/device-sim/diagnosis/registration-diagnosis.test.ts";
const RUN = "test/unit/device-sim/diagnosis/run-diagnosis.test.ts";
const OBJECT = "test/integration/device-sim-registration-diagnosis.test.ts";
const CODE = "device-sim/diagnosis/registration-diagnosis.ts";
const OURS = "Ours: code 4, pings at the end of the timer, nine attempts, branches that change";

export const REGISTRATION_DIAGNOSIS_MUTANTS: readonly Mutant[] = [
  {
    rule: "S11-S15, [0069-0072] Incomplete configuration: code 1",
    file: "device-sim/diagnosis/basic-configuration.ts",
    find: '["AuthPassword", authPassword !== ""],',
    replace: "",
    heldBy: {
      file: "test/unit/device-sim/diagnosis/basic-configuration.test.ts",
      title: "lacks ${name} with ${JSON.stringify(broken)}",
    },
  },
  {
    rule: "S21-S23, [0082-0085] The timer of 32 s",
    file: "device-sim/diagnosis/run-diagnosis.ts",
    find: 'clock.after(effect.delayMs, () => this.#step({ kind: "timeout" }))',
    replace: "() => {}",
    heldBy: {
      file: RUN,
      title: "with the default timers a diagnosis never takes longer than Timeout + 1 s, whatever the server does (seed ${seed})",
    },
  },
  {
    rule: "S301-S312 Three silences, three lost pings: code 2",
    file: CODE,
    find: 'state.pings.includes("unanswered") ? FAULT.networkDown : fallback(state)',
    replace: "FAULT.serverSilent",
    heldBy: {
      file: MACHINE,
      title: "embodiment 3 (S301-S312): three attempts without a response, then three pings without a reply: code 2, the network is down",
    },
  },
  {
    rule: "[0090-0091] Provisional responses are none",
    file: CODE,
    find: 'input.kind === "ping" || input.status < 200',
    replace: 'input.kind === "ping"',
    heldBy: { file: MACHINE, title: "embodiment 3 [0090-0091]: provisional responses, 100 to 199, count as none: code 2 as well" },
  },
  {
    rule: "S401-S412 Three silences, a ping answered: code 3",
    file: CODE,
    find: 'state.pings.includes("answered")) return',
    replace: 'state.pings.every((one) => one === "answered")) return',
    heldBy: {
      file: MACHINE,
      title: "embodiment 4 (S401-S412): three attempts without a response, but a ping is answered: code 3, the server does not respond",
    },
  },
  {
    rule: "S501-S511 401 and 407, three times running",
    file: CODE,
    find: "again({ ...next, isChallenged: true })",
    replace: "again(next)",
    heldBy: {
      file: MACHINE,
      title: "embodiment 5 (S501-S511): ${status} three times: the first attempt without credentials, the others with them; code ${status}",
    },
  },
  {
    rule: "S601-S611 423, three times running",
    file: CODE,
    find: "minExpiresS > askedS ? minExpiresS : PRESET_EXPIRES_S",
    replace: "askedS",
    heldBy: {
      file: MACHINE,
      title: "embodiment 6 (S601-S611): 423 three times: attempts 2 and 3 ask for an interval that meets the required value; code 423",
    },
  },
  {
    rule: "S701-S707, [0176-0186] Every other final code ends it",
    file: "sip-bridge/sip/parse-message.ts",
    find: "digits(line.slice(8, 11), 999)",
    replace: "digits(line.slice(8, 11), 699)",
    heldBy: { file: OBJECT, title: "700 and more: undefined in SIP, and told as they are" },
  },
  {
    rule: OURS,
    file: CODE,
    find: "trials.branch === branch ? trials.inBranch + 1 : 1",
    replace: "trials.inBranch + 1",
    heldBy: { file: MACHINE, title: "a branch counts anew when another one was between" },
  },
  {
    rule: OURS,
    file: CODE,
    find: "trials.attempts < DIAGNOSIS_COUNTS.attemptsMax ? register(trials)",
    replace: "trials.attempts < 99 ? register(trials)",
    heldBy: { file: MACHINE, title: "nine attempts at most, however the answers change; then the last code is kept" },
  },
  {
    rule: "[0182] A broken SIP module does not stop it",
    file: "device-sim/diagnostics/registration.ts",
    find: "contact: () => phone()?.contact,",
    replace: 'contact: () => phone()?.contact ?? { contactUri: "", isOutbound: false },',
    heldBy: { file: OBJECT, title: "a broken SIP module does not stop it: the phone never registers, the diagnosis succeeds ([0182])" },
  },
  {
    rule: "Ours: the Contact is the line's, and nothing is removed",
    file: "device-sim/diagnostics/registration.ts",
    find: "if (report.registeredAtMs !== undefined) phone()?.renew();",
    replace: "",
    heldBy: {
      file: OBJECT,
      title: "over ${transport} the line can be woken afterwards as before: one binding, and the way to it is the phone's",
    },
  },
  {
    rule: "8.1, 9.5 Its life: void with a new argument, Canceled, asked for again, lost by a restart",
    file: "schemas/data-models/registration-diagnostics.ts",
    find: 'writableValues: ["Requested", "Canceled"]',
    replace: 'writableValues: ["Requested"]',
    heldBy: { file: OBJECT, title: "Canceled: None, without an event" },
  },
];
