/**
 * Mutations of the code for rules of docs/spec-map.md: HTTP, TLS and authentication: sections 1.1 to 1.3.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const TRANSPORT_MUTANTS: readonly Mutant[] = [
  {
    rule: "Messages of both sides travel over the POSTs of the device",
    file: "acs/session/session.ts",
    find: 'return to(session, { do: "take-task" });',
    replace: 'return to({ phase: "acs-done" }, { do: "send-empty" });',
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "is challenge, Inform, empty POST, a request per task, 204" },
  },
  {
    rule: "One session at a time per device; what would trigger one during a session triggers exactly one after it",
    file: "device-sim/cpe/management-client.ts",
    find: "if (this.#power.signal.aborted || this.#isRunning || isMute",
    replace: "if (this.#power.signal.aborted || isMute",
    heldBy: {
      file: "test/integration/device-sim-session.test.ts",
      title: "several things that happen in a session are told in exactly one session after it",
    },
  },
  {
    rule: "No pipelining: request and response alternate",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'if (entry.busy) return refuseTurn("a request is being answered");',
    replace: "",
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title: "two requests at once: the second gets 400, the first its answer, and the session goes on",
    },
  },
  {
    rule: "An empty answer is 204",
    file: "acs/http/cwmp-answers.ts",
    find: "response.writeHead(204, fields).end();",
    replace: "response.writeHead(200, fields).end();",
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 5: empty POST, no work: 204, session closed" },
  },
  {
    rule: "An envelope goes with an empty SOAPAction and text/xml, an empty POST with neither",
    file: "device-sim/cpe/acs-connection.ts",
    find: '...(isSoap ? { SOAPAction: "" } : {}),',
    replace: "",
    heldBy: {
      file: "test/integration/device-sim-session.test.ts",
      title: "an envelope goes with an empty SOAPAction and text/xml, an empty POST with neither",
    },
  },
  {
    rule: "Bodies come by Content-Length or in chunks",
    file: "acs/http/read-body.ts",
    find: 'if (transfer === undefined && (length === undefined || length === "0")) return EMPTY;',
    replace: 'if (length === undefined || length === "0") return EMPTY;',
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "a chunked body in small pieces is read" },
  },
  {
    rule: "Characters are escaped; others than #9, #10, #32 to #126 are references",
    file: "acs/cwmp/write-xml.ts",
    find: "const TEXT_SPECIAL = /[^\\t\\n\\x20-\\x7e]",
    replace: "const TEXT_SPECIAL = /[^\\t\\n\\x20-\\xff]",
    heldBy: { file: "test/unit/acs/cwmp/write-xml.test.ts", title: "writes all but #9, #10 and #32 to #126 as references (TR-069 3.4.1)" },
  },
  {
    rule: "Envelopes of 32 KiB are taken; more has no limit of the standard",
    file: "acs/http/read-body.ts",
    find: '"too-large": 413,',
    replace: '"too-large": 400,',
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 30: envelope beyond the limit: 32 KiB work, beyond the own limit HTTP 413",
    },
  },
  {
    rule: "401 is answered in the same exchange; nonces are fresh",
    file: "acs/http/cwmp-auth.ts",
    find: 'return this.#refuse(socket, "stale-nonce", username, true);',
    replace: 'return this.#refuse(socket, "stale-nonce", username);',
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "a nonce serves for its lifetime only; then stale=true" },
  },
  {
    rule: "302 and 307 are followed, 5 in a row at most, for this session only",
    file: "device-sim/cpe/acs-connection.ts",
    find: "redirectsMax: 5,",
    replace: "redirectsMax: 6,",
    heldBy: { file: "test/integration/device-sim-session.test.ts", title: "${count} in a row: ${outcome}" },
  },
  {
    rule: "Several cookies are kept, sent on each later request, and die with the session",
    file: "device-sim/cpe/cookie-jar.ts",
    find: "matching.map(({ name, value })",
    replace: "matching.slice(0, 1).map(({ name, value })",
    heldBy: { file: "test/unit/device-sim/cpe/cookie-jar.test.ts", title: "several cookies go back in one header" },
  },
  {
    rule: "gzip and deflate bodies are read; another coding gets 415",
    file: "acs/http/read-body.ts",
    find: "default:\n      return undefined;",
    replace: 'default:\n      return "identity";',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 34: unknown Content-Encoding: 415" },
  },
  {
    rule: "Without TLS the ACS asks for digest, qop auth, MD5 at least",
    file: "acs/http/cwmp-auth.ts",
    find: "return failures.count >= FAILURES_MAX;",
    replace: "return false;",
    heldBy: {
      file: "test/spec/tr069-1.11-rows.test.ts",
      title: "row 2: wrong credentials again: 401, no session state, an event, throttled by user name and address",
    },
  },
  {
    rule: "The digest algorithms are those that are configured",
    file: "acs/http/cwmp-auth.ts",
    find: "return this.#services.algorithms.some(",
    replace: "return true || this.#services.algorithms.some(",
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "a digest algorithm that is not offered is refused" },
  },
  {
    rule: "The Inform is of the device whose credentials came with it",
    file: "acs/http/device-identifier.ts",
    find: "return deviceId(claim.identity) === device.id ? { device } : this.#mismatch(device, claim);",
    replace: "return { device };",
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title:
        "the Inform must be of the device whose credentials came with it: else that one is quarantined, and an event names the claim (DESIGN 12)",
    },
  },
  {
    rule: "A client certificate may name OUI-SerialNumber or OUI-ProductClass-SerialNumber; it opens no session of another device",
    file: "acs/http/device-identifier.ts",
    find: "if (!certifies(certified, claimed)) {",
    replace: 'if (claimed === "") {',
    heldBy: {
      file: "test/integration/cwmp-tls.test.ts",
      title: "opens no session of another device: its Inform quarantines the certificate's own, its cookie gets 400",
    },
  },
  {
    rule: "Basic only over TLS",
    file: "acs/http/cwmp-auth.ts",
    find: "return this.#services.allowsBasicOverTls && socket instanceof TLSSocket;",
    replace: "return this.#services.allowsBasicOverTls;",
    heldBy: { file: "test/integration/cwmp-tls.test.ts", title: "never serves without TLS" },
  },
];
