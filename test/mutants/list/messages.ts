/**
 * Mutations of the code for rules of docs/spec-map.md: SOAP envelopes and versions: sections 1.4 to 1.6.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const MESSAGES_MUTANTS: readonly Mutant[] = [
  {
    rule: "Arrays carry their exact count; received counts mean nothing",
    file: "acs/cwmp/values.ts",
    find: 'arrayOf("xsd:string", values.length)',
    replace: 'arrayOf("xsd:string", values.length + 1)',
    heldBy: {
      file: "test/unit/acs/cwmp/values.test.ts",
      title: "string arrays carry their exact count, and are read by their items (field quirk 17)",
    },
  },
  {
    rule: "A value has an xsi:type",
    file: "acs/cwmp/parameter-value.ts",
    find: 'untyped === true ? {} : { "xsi:type": type }',
    replace: "{}",
    heldBy: { file: "test/unit/acs/cwmp/parameter-value.test.ts", title: "is written with its type and an exact count" },
  },
  {
    rule: "Exactly one message in the Body",
    file: "acs/cwmp/envelope.ts",
    find: "if (sent === undefined || another !== undefined) {",
    replace: "if (sent === undefined) {",
    heldBy: { file: "test/unit/acs/cwmp/envelope.test.ts", title: "holds exactly one message" },
  },
  {
    rule: "Unknown elements are ignored, an unknown method gets 8000 or 9000",
    file: "acs/session/session.ts",
    find: "acsFault(8000)",
    replace: "acsFault(8003)",
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 13: unknown ACS method: SOAP fault 8000 in HTTP 200" },
  },
  {
    rule: 'A fault has faultstring "CWMP fault" and a cwmp:Fault in its detail; without it is an invalid message',
    file: "acs/cwmp/faults.ts",
    find: 'if (fault === undefined) throw new MalformedMessage("Fault/detail/Fault", "missing");',
    replace: "if (fault === undefined) return cpeFault(9002);",
    heldBy: { file: "test/unit/acs/cwmp/faults.test.ts", title: "without CWMP detail is an invalid message" },
  },
  {
    rule: "ID is echoed exactly, empty too; where there is none, none",
    file: "acs/cwmp/envelope.ts",
    find: "{ id: detached(id) }",
    replace: "{ id: detached(id.trim()) }",
    heldBy: { file: "test/unit/acs/cwmp/envelope.test.ts", title: "keeps the ID exactly as sent, to be echoed" },
  },
  {
    rule: "HoldRequests keeps the device from requests of its own",
    file: "device-sim/cpe/cpe-session.ts",
    find: "if (hold) return",
    replace: "if (hold && session.isFinished) return",
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "while HoldRequests is true it sends only responses and empty POSTs" },
  },
  {
    rule: "NoMoreRequests is read and ignored",
    file: "acs/cwmp/envelope.ts",
    find: "{ noMoreRequests: readBoolean(noMore) }",
    replace: "{ noMoreRequests: true }",
    heldBy: { file: "test/unit/acs/cwmp/envelope.test.ts", title: "reads every header, and leaves out what was not sent" },
  },
  {
    rule: "SessionTimeout: the ACS waits as long as the device asks",
    file: "acs/http/session-table.ts",
    find: "timeoutMs: Math.max(limits.sessionTimeoutMs, asked),",
    replace: "timeoutMs: limits.sessionTimeoutMs,",
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "the device may ask for more time with SessionTimeout" },
  },
  {
    rule: "SupportedCWMPVersions brings UseCWMPVersion, and only then",
    file: "acs/session/run-session.ts",
    find: "this.#useVersion = isOffered ? version : undefined;",
    replace: "this.#useVersion = version;",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 37: Inform with SupportedCWMPVersions: UseCWMPVersion in the InformResponse",
    },
  },
  {
    rule: "1.0 to 1.2 by namespace, 1.3 by SessionTimeout, 1.4 by SupportedCWMPVersions",
    file: "acs/cwmp/version.ts",
    find: 'if (supportedCwmpVersions !== undefined) return "1.4";',
    replace: "",
    heldBy: {
      file: "test/unit/acs/cwmp/version.test.ts",
      title: "1.3 is 1.2 with SessionTimeout, and 1.4 is 1.2 with SupportedCWMPVersions, whatever else comes with it",
    },
  },
  {
    rule: "cwmp-1-3 and cwmp-1-4 are aliases of 1.2, and echoed",
    file: "acs/cwmp/version.ts",
    find: 'if (Number(minor) === 1) return "1.1";',
    replace: 'if (Number(minor) === 1) return "1.1";\n  if (Number(minor) > 2) return undefined;',
    heldBy: { file: "test/unit/acs/cwmp/version.test.ts", title: "a namespace that claims 1.3 or more is an alias of 1.2 (field quirk 1)" },
  },
  {
    rule: "No common version: fault 8006",
    file: "acs/cwmp/version.ts",
    find: "throw new RefusedRequest(8006,",
    replace: "throw new RefusedRequest(8003,",
    heldBy: {
      file: "test/integration/device-reports.test.ts",
      title: "answers a device that speaks none of ours with fault 8006 in its own namespace, and the session is over",
    },
  },
  {
    rule: "The ACS answers in the namespace of the Inform",
    file: "acs/session/run-session.ts",
    find: "envelope: { namespace: this.#namespace, message",
    replace: 'envelope: { namespace: "urn:dslforum-org:cwmp-1-1", message',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 3: Inform: 200 InformResponse(MaxEnvelopes=1), same ID, same namespace, Set-Cookie, no ACS request in it",
    },
  },
];
