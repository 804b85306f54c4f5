/**
 * Mutations of the code for rules of docs/spec-map.md: system V, voice-signalled management.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const SPEC = "test/spec/us-2012-0089717.test.ts";
const ENDPOINT = "test/integration/nms-endpoint.test.ts";
const TURN = "test/unit/acs/tasks/nms-turn.test.ts";

export const NMS_MUTANTS: readonly Mutant[] = [
  {
    rule: "[0048], [0055], [0065] Without the identifier it belongs to the voice service, and management does not answer it",
    file: "device-sim/phone/judge-notify.ts",
    find: "facts.event === TRIGGER_EVENT ?",
    replace: 'facts.event !== "" ?',
    heldBy: {
      file: SPEC,
      title: "[0048], [0055], [0065] a NOTIFY without the identifier belongs to the voice service: management neither hears nor answers it",
    },
  },
  {
    rule: "[0086-0097] The NOTIFY's headers",
    file: "sip-bridge/notify/build-notify.ts",
    find: "`;user=${userParameter}`",
    replace: '""',
    heldBy: { file: SPEC, title: "[0086-0097] the NOTIFY, header by header" },
  },
  {
    rule: "[0091-0092] One Call-ID per gateway; CSeq goes up by one per request received, and by one when none came; durable",
    file: "sip-bridge/notify/call-identity.ts",
    find: "Math.max(requestsReceived - known.requestsReceived, 1)",
    replace: "1",
    heldBy: {
      file: SPEC,
      title: "[0092] same Call-ID; CSeq is incremented by 1 for each non-voice request received, and by 1 when none came",
    },
  },
  {
    rule: "[0053] Voice signalling is sent only after a registration message was received",
    file: "acs/wake/voice-signalling.ts",
    find: "if (nms.registeredAtMs === null)",
    replace: "if (nms.registeredAtMs === 0)",
    heldBy: { file: ENDPOINT, title: "is not sent before a registration message was received ([0053])" },
  },
  {
    rule: "[0064] Immediately, regularly, or after multiple registration messages",
    file: "acs/wake/voice-signalling.ts",
    find: "if (registrations >= nmsSignalRegistrations) return NOW;",
    replace: "return NOW;",
    heldBy: { file: ENDPOINT, title: "is sent after several registration messages, if the model wants that" },
  },
  {
    rule: "[0018-0020], [0051] A computed response: another version than the one stored locally means upgrade",
    file: "acs/session/computed-upgrades.ts",
    find: "|| version === wanted) return undefined;",
    replace: ") return undefined;",
    heldBy: { file: SPEC, title: "[0051] computed: the version is the wanted one, so that there is nothing to do" },
  },
  {
    rule: "[0052], [0079], [0098] A pre-encapsulated response, in the format that the gateway supports, returned as it is",
    file: "acs/session/nms-service.ts",
    find: "const kept = await responses.kept(device, task);",
    replace: "const kept = undefined;",
    heldBy: { file: ENDPOINT, title: "whose response was made in advance is returned as those bytes" },
  },
  {
    rule: "[0099-0110] Embodiment 1: the response that has the gateway reboot",
    file: "acs/nms/non-voice-response.ts",
    find: 'return [el("reboot", {}, "yes")];',
    replace: 'return [el("reboot", {}, "1")];',
    heldBy: {
      file: SPEC,
      title: "[0111-0115] registration, NOTIFY, non-voice request, the response of [0100-0109], and the outcome with the next registration",
    },
  },
  {
    rule: "[0121-0134], [0140] Embodiment 2: file type, name, download method; the path agreed in advance, or added",
    file: "acs/tasks/nms-order.ts",
    find: "downloadPath: extended ? place.url : null,",
    replace: "downloadPath: null,",
    heldBy: {
      file: SPEC,
      title: "[0140] where no file server is agreed upon, the field of the download path is added, for models that read it",
    },
  },
  {
    rule: "Ours: the next message tells the outcome; what was sent is not repeated blindly, and waits a bounded time",
    file: "acs/tasks/nms-turn.ts",
    find: "return id === task.id;",
    replace: "return true;",
    heldBy: { file: TURN, title: "NMS: the outcome of the last action" },
  },
  {
    rule: "Ours: bad input: strangers, others' serial numbers, replays, malformed and huge messages",
    file: "acs/http/nms-endpoint.ts",
    find: "if (device.quarantine !== null) return",
    replace: 'if (device.id === "") return',
    heldBy: { file: ENDPOINT, title: "a gateway with somebody else's serial number: it is quarantined, and the other is untouched" },
  },
];
