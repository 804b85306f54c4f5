/**
 * Mutations of the code for rules of docs/spec-map.md: what the ACS must do when the CPE does X (1.11), and output hygiene.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const ROWS_MUTANTS: readonly Mutant[] = [
  {
    rule: "Row 1: first POST without credentials",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'const headers = { "WWW-Authenticate": [...challenge], "Content-Length": "0" };',
    replace: 'const headers = { "Content-Length": "0" };',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 1: first POST without credentials: 401 + WWW-Authenticate; the Inform is not processed",
    },
  },
  {
    rule: "Row 4: empty POST, ACS has work",
    file: "acs/session/run-session.ts",
    find: "return this.#envelope(this.#nextRequestId(), effect.request);",
    replace: 'return { kind: "empty" };',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 4: empty POST, ACS has work: 200 with one SOAP request" },
  },
  {
    rule: "Row 6: SOAP request of the CPE",
    file: "acs/session/session.ts",
    find: '{ do: "answer", message: { kind: "TransferCompleteResponse" } },',
    replace: '{ do: "take-task" },',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 6: SOAP request of the CPE: 200 with its response, never an ACS request in its place",
    },
  },
  {
    rule: "Row 7: SOAP response, more work",
    file: "acs/session/session.ts",
    find: 'return to({ phase: "device-speaks" }, store, ...lessons(task, taskStep.learnt), { do: "take-task" });',
    replace: 'return to({ phase: "acs-done" }, store, { do: "send-empty" });',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 7: SOAP response, more work: 200 with the next ACS request" },
  },
  {
    rule: "Row 8: SOAP response, no more work",
    file: "acs/session/session.ts",
    find: 'return to(session, { do: "send-empty" }); // A superfluous',
    replace: 'return to(session, { do: "refuse", why: "done" }); // A superfluous',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 8: SOAP response, no more work: 204; the CPE may still ask, then an empty POST is answered with 204 or a late request",
    },
  },
  {
    rule: "Row 10: fault 9005 on a known path",
    file: "acs/tasks/kinds/read-values.ts",
    find: 'return ask({ ...run, step: "rediscover" }, { kind: "GetParameterNames", path: parent, nextLevel: true });',
    replace: "return next(withMissing(run, [name]), null, context);",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 10: fault 9005 on a known path: its cached value is dropped, its parent rediscovered with GetParameterNames, and on",
    },
  },
  {
    rule: "Row 11: fault 9003 + SetParameterValuesFault",
    file: "acs/cwmp/faults.ts",
    find: ".slice(0, PARAMETER_FAULTS_MAX)",
    replace: ".slice(0, 0)",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 11: fault 9003 + SetParameterValuesFault: reported per parameter; nothing was applied",
    },
  },
  {
    rule: "Row 12: SetParameterValues Status=1",
    file: "acs/cwmp/values.ts",
    find: "return readCount(text, 1) === 0 ? 0 : 1;",
    replace: "return readCount(text, 1) === 0 ? 0 : 0;",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 12: SetParameterValues Status=1: the session is finished, the value verified with GetParameterValues in the next one",
    },
  },
  {
    rule: "Row 15: response element of another method",
    file: "acs/session/session.ts",
    find: 'if (taskStep.change.failure?.code === "protocol")',
    replace: 'if (taskStep.change.failure?.code === "expired")',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 15: response element of another method: protocol error, the task fails, the session ends with 204",
    },
  },
  {
    rule: "Row 16: message before Inform, or unknown cookie",
    file: "acs/http/cwmp-endpoint.ts",
    find: "if (entry === undefined) return refuseTurn(",
    replace: "if (entry === undefined) return void response.writeHead(403).end(); else if (false) return refuseTurn(",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 16: message before Inform, or unknown cookie: 400 and close; the CPE retries with Inform",
    },
  },
  {
    rule: "Row 17: Inform inside a live session of the same cookie",
    file: "acs/stores/sqlite/inform-operations.ts",
    find: "const lost = losesSession(state, record);",
    replace: "const lost: ReturnType<typeof losesSession> = [];",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title:
        "row 17: Inform inside a live session of the same cookie: the old session is dropped, its task taken up, the new Inform answered",
    },
  },
  {
    rule: "Row 20: no cookie support",
    file: "acs/http/session-table.ts",
    find: "cookie === current?.takenOver ? undefined : current)",
    replace: "cookie === current?.takenOver ? undefined : undefined)",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 20: no cookie support: the TCP connection, then the digest user name; never the source address",
    },
  },
  {
    rule: "Row 21: silent for longer than the time-out",
    file: "acs/http/session-table.ts",
    find: "if (left > 0 || entry.busy) return",
    replace: "if (left > -1_000_000 || entry.busy) return",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 21: silent for longer than the time-out: unsuccessful end; the task stays to be done",
    },
  },
  {
    rule: "Row 22: 0 BOOTSTRAP",
    file: "acs/stores/sqlite/inform-operations.ts",
    find: "if (record.bootstrap) tree.forgetAll(state);",
    replace: "",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 22: 0 BOOTSTRAP: cached values are forgotten; connection-request credentials and provisioning are applied again",
    },
  },
  {
    rule: "Row 23: 1 BOOT + M Reboot",
    file: "acs/tasks/settle.ts",
    find: 'if (keys.has(task.id)) return { task, change: done({ nowMs }, "the device restarted (M Reboot)") };',
    replace: "",
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 23: 1 BOOT + M Reboot: the reboot task is closed by its CommandKey" },
  },
  {
    rule: "Row 24: 4 VALUE CHANGE",
    file: "acs/session/run-session.ts",
    find: "parameters: inform.parameters.map(",
    replace: "parameters: [].map(",
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 24: 4 VALUE CHANGE: the values of the ParameterList are stored" },
  },
  {
    rule: "Row 26: 7 TRANSFER COMPLETE",
    file: "acs/session/session.ts",
    find: '{ do: "record-transfer-complete", message: request },',
    replace: "",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 26: 7 TRANSFER COMPLETE: TransferComplete is expected later in this session, and ends the task by its CommandKey",
    },
  },
  {
    rule: "Row 28: unknown event, or X vendor event",
    file: "acs/session/session.ts",
    find: "// A second Inform starts anew",
    replace:
      'if (message.kind === "Inform" && message.events.some(({ code }) => code.startsWith("X "))) return refuse(session, "unknown event");\n  // A second Inform starts anew',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 28: unknown event, or X vendor event: accepted" },
  },
  {
    rule: "Row 29: Inform with unknown DeviceId",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'if (why === "unknown-user") await',
    replace: 'if (why === "locked-out") await',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 29: Inform with unknown DeviceId: refused, and an event names who asked",
    },
  },
  {
    rule: "Row 31: malformed XML",
    file: "acs/session/session.ts",
    find: 'return end(session, input.why, { do: "refuse", why: input.why });',
    replace: 'return end(session, "", { do: "refuse", why: "" });',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 31: malformed XML: HTTP 400, the CPE sees session failure; the reason is kept",
    },
  },
  {
    rule: "Row 32: ACS overloaded",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'refuse(request, response, 503, { "Retry-After"',
    replace: 'refuse(request, response, 500, { "Retry-After"',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 32: ACS overloaded: 503 + Retry-After; the sessions that are open go on",
    },
  },
  {
    rule: "Row 32: under load merely periodic calls wait first, what is begun goes on",
    file: "acs/http/admission.ts",
    find: "{ first: 1, middle: 0.85, last: 0.7 }",
    replace: "{ first: 1, middle: 0.85, last: 1 }",
    heldBy: {
      file: "test/integration/cwmp-overload.test.ts",
      title: "when too many begin, periodic calls wait, bootstrap and connection requests don't",
    },
  },
  {
    rule: "Row 33: GET or PUT on the CWMP URL",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'refuse(request, response, 405, { Allow: "POST" })',
    replace: "refuse(request, response, 400, {})",
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 33: GET or PUT on the CWMP URL: 405" },
  },
  {
    rule: "Row 36: MaxEnvelopes other than 1",
    file: "acs/session/session.ts",
    find: '{ kind: "InformResponse", maxEnvelopes: 1 }',
    replace: '{ kind: "InformResponse", maxEnvelopes: inform.maxEnvelopes }',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 36: MaxEnvelopes other than 1: ignored, the answer is 1" },
  },
  {
    rule: "UTF-8 without XML declaration",
    file: "acs/cwmp/envelope.ts",
    find: "return declaration ? DECLARATION + text : text;",
    replace: "return DECLARATION + text;",
    heldBy: {
      file: "test/unit/acs/cwmp/envelope.test.ts",
      title: "goes out without XML declaration, unless the model profile asks for one",
    },
  },
  {
    rule: "Five prefixes on the Envelope, stable; bytes as golden",
    file: "acs/cwmp/envelope.ts",
    find: 'const MUST_UNDERSTAND = { "SOAP-ENV:mustUnderstand": "1" };',
    replace: 'const MUST_UNDERSTAND = { "SOAP-ENV:mustUnderstand": "true" };',
    heldBy: { file: "test/unit/acs/cwmp/golden.test.ts", title: "${name}: is written byte for byte" },
  },
  {
    rule: "No chunks to HTTP/1.0, Content-Length always",
    file: "acs/http/cwmp-answers.ts",
    find: '"Content-Length": text.length, ...fields });',
    replace: "...fields });",
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title: "HTTP/1.0 is served, with Content-Length and a closed connection (quirk 30)",
    },
  },
];
