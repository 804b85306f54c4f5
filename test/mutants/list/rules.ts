/**
 * Mutations of the code for rules of docs/spec-map.md: fault codes, events, parameters, connection requests, file types, voice: sections 3 to 9.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const RULES_MUTANTS: readonly Mutant[] = [
  {
    rule: "9000 to 9032 and 8000 to 8006",
    file: "acs/cwmp/faults.ts",
    find: '  9022: "Invalid UUID format",\n',
    replace: "",
    heldBy: { file: "test/unit/acs/cwmp/faults.test.ts", title: "names 9000 to 9032 and 8000 to 8006, all of them" },
  },
  {
    rule: "Client or Server, by who could have avoided it",
    file: "acs/cwmp/faults.ts",
    find: "9003, 9005, 9006, 9007, 9008, 8000",
    replace: "9003, 9005, 9006, 9008, 8000",
    heldBy: { file: "test/unit/acs/cwmp/faults.test.ts", title: "blames the side that could have avoided the fault" },
  },
  {
    rule: "A transfer's FaultStruct: success by its code alone",
    file: "acs/cwmp/fault-struct.ts",
    find: 'const faultCode = readCount(childText(fault, "FaultCode"), -1);\n',
    replace: 'const faultCode = readCount(optionalText(fault, "FaultCode"), 0);\n',
    heldBy: {
      file: "test/unit/acs/cwmp/fault-struct.test.ts",
      title: "without a code is malformed: nobody could tell whether it was a success",
    },
  },
  {
    rule: "The ACS matches codes by their number, unknown ones are kept",
    file: "acs/cwmp/event-codes.ts",
    find: "code.trim().toUpperCase().split(",
    replace: "code.split(",
    heldBy: { file: "test/unit/acs/cwmp/event-codes.test.ts", title: "are known by their number, whatever spaces and case" },
  },
  {
    rule: "Instance numbers: canonical only, kept, not given twice",
    file: "acs/cwmp/path-segments.ts",
    find: "const INSTANCE_NUMBER = /^[1-9][0-9]{0,9}$/;",
    replace: "const INSTANCE_NUMBER = /^[0-9]{1,10}$/;",
    heldBy: {
      file: "test/unit/acs/devices/parameter-path.test.ts",
      title: "only canonical instance numbers are numbers (TR-106 3.2): 0, 007 and digits without end are names",
    },
  },
  {
    rule: "Lexical rules of the types",
    file: "acs/devices/lexical.ts",
    find: "integer(0n, 2n ** 32n - 1n)",
    replace: "integer(0n, 2n ** 32n)",
    heldBy: { file: "test/unit/acs/devices/lexical.test.ts", title: "says why not for illegal values of ${type}" },
  },
  {
    rule: "Hidden parameters are never shown",
    file: "acs/devices/secret-names.ts",
    find: '"passphrase",',
    replace: "",
    heldBy: {
      file: "test/unit/acs/devices/secret-names.test.ts",
      title: "knows the hidden parameters of TR-098, TR-181 and TR-104, and vendors' own",
    },
  },
  {
    rule: "6.1 HTTP, the ACS: digest and never Basic; 503 is busy; 401 after digest is a wrong password",
    file: "acs/wake/http-connection-request.ts",
    find: 'outcome: "busy", detail: "503',
    replace: 'outcome: "refused", detail: "503',
    heldBy: { file: "test/integration/http-connection-request.test.ts", title: "503: busy (the simulator's limit of requests per minute)" },
  },
  {
    rule: "6.1 An idle connection that is reset is tried once more",
    file: "acs/wake/http-connection-request.ts",
    find: 'if ("error" in answer && answer.isReused) answer = await talk.get(authorization.header);',
    replace: "",
    heldBy: {
      file: "test/integration/http-connection-request.test.ts",
      title: "a device that resets the idle connection is asked again on a new one, once",
    },
  },
  {
    rule: "6.2 UDP over STUN: messages",
    file: "acs/wake/stun-message.ts",
    find: '(4 - (bytes.length % 4)) % 4, " ")',
    replace: "(4 - (bytes.length % 4)) % 4, 0)",
    heldBy: {
      file: "test/unit/acs/wake/stun-message.test.ts",
      title: "a binding request on the wire: user name filled up with blanks, TR-111 mark, integrity last",
    },
  },
  {
    rule: "6.2 UDP: ts, id, un, cn and sig",
    file: "acs/wake/udp-connection-request.ts",
    find: "`${signed.ts}${signed.id}${signed.username}${signed.cnonce}`",
    replace: "`${signed.id}${signed.ts}${signed.username}${signed.cnonce}`",
    heldBy: {
      file: "test/unit/acs/wake/udp-connection-request.test.ts",
      title: "is a GET with ts, id, un, cn and sig, and no body (signature computed by openssl dgst -sha1 -hmac)",
    },
  },
  {
    rule: "6.2 UDP: copies from the STUN port; one is taken",
    file: "acs/wake/udp-connection-request.ts",
    find: "UDP_CONNECTION_REQUEST_COPIES = 3",
    replace: "UDP_CONNECTION_REQUEST_COPIES = 2",
    heldBy: { file: "test/integration/stun-server.test.ts", title: "three copies from the STUN server's own port; the device takes one" },
  },
  {
    rule: "6.2 The binding is believed only when it is proved",
    file: "acs/wake/stun-server.ts",
    find: "this.#remember(username, source);\n",
    replace: "",
    heldBy: {
      file: "test/integration/stun-server.test.ts",
      title: "with user name: asks for proof once, then notes the binding, and keep-alives cost nothing",
    },
  },
  {
    rule: "6.4 Lightweight notification",
    file: "acs/wake/lightweight-notification.ts",
    find: 'createHmac("sha1", password).update(body)',
    replace: 'createHmac("sha1", password).update(body.subarray(1))',
    heldBy: {
      file: "test/unit/acs/wake/lightweight-notification.test.ts",
      title: "the signature is hex HMAC-SHA1 over the body with the device's password (golden, from openssl)",
    },
  },
  {
    rule: "File types of Download and Upload, and vendors' own",
    file: "acs/tasks/check-download.ts",
    find: '  "5 Ringer File",\n',
    replace: "",
    heldBy: { file: "test/unit/acs/tasks/check-download.test.ts", title: "knows the file types of a Download, and vendors' own" },
  },
  {
    rule: "A device's test: after the session, then 8 DIAGNOSTICS COMPLETE; a new argument voids the result",
    file: "device-sim/device/diagnostics.ts",
    find: "const cleared = withoutResults(left, test);",
    replace: "const cleared = left;",
    heldBy: {
      file: "test/integration/device-sim-ping.test.ts",
      title: "a new argument makes the result void, and so does a restart; only Requested may be written",
    },
  },
  {
    rule: "The line's SIP address is found in TR-104 i1 and i2",
    file: "acs/wake/sip-target.ts",
    find: 'const bare = uri.replace(/^sips?:/i, "") || user || number;',
    replace: 'const bare = user || uri.replace(/^sips?:/i, "") || number;',
    heldBy: { file: "test/unit/acs/wake/sip-target.test.ts", title: "is the line's URI (TR-104)" },
  },
];
