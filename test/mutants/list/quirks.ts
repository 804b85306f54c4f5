/**
 * Mutations of the code for rules of docs/spec-map.md: field quirks: section 12.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const QUIRKS_MUTANTS: readonly Mutant[] = [
  {
    rule: "Quirks 1, 2",
    file: "acs/session/run-session.ts",
    find: "this.#namespace = inform.namespace;",
    replace: 'this.#namespace = inform.namespace.replace("1-4", "1-2");',
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title: "echoes the Inform's ID and namespace, aliases of 1.2 too (quirks 1, 2)",
    },
  },
  {
    rule: "Quirk 9",
    file: "acs/cwmp/decode-body.ts",
    find: "const DROPPED = /[\\0-\\x08\\x0b",
    replace: "const DROPPED = /[\\0-\\x0b",
    heldBy: {
      file: "test/unit/acs/cwmp/decode-body.test.ts",
      title: "control characters are dropped, tab and line ends stay (field quirk 9)",
    },
  },
  {
    rule: "Quirk 10",
    file: "acs/cwmp/decode-body.ts",
    find: 'repairs.push({ rule: "taken-for-latin1", count: countHighBytes(bytes) });\n    return decodeWindows1252(bytes);',
    replace: 'return new TextDecoder("utf-8").decode(bytes);',
    heldBy: { file: "test/unit/acs/cwmp/decode-body.test.ts", title: "no charset and no UTF-8: ISO 8859-1 (field quirk 10)" },
  },
  {
    rule: "Quirk 12",
    file: "acs/cwmp/parameter-value.ts",
    find: "return CANONICAL.get(local);",
    replace: "return CANONICAL.get(local) ?? written;",
    heldBy: {
      file: "test/unit/acs/cwmp/parameter-value.test.ts",
      title: "without a type, or with nonsense for one, is a string that says so (field quirk 12)",
    },
  },
  {
    rule: "Quirk 14",
    file: "acs/cwmp/values.ts",
    find: '"on", "enabled"]',
    replace: '"on"]',
    heldBy: {
      file: "test/unit/acs/cwmp/values.test.ts",
      title: "booleans: 0, 1, false, true, and the words devices use, in any case (field quirk 14)",
    },
  },
  {
    rule: "Quirk 15 (written)",
    file: "acs/planning/write-form.ts",
    find: "&& !dateTimeFractions)",
    replace: "&& dateTimeFractions)",
    heldBy: { file: "test/unit/acs/planning/planning.test.ts", title: "times without fractions unless the model takes them" },
  },
  {
    rule: "Quirk 17",
    file: "acs/cwmp/values.ts",
    find: 'return children(list, "string").map(',
    replace: 'return children(list, "string").slice(0, 1).map(',
    heldBy: {
      file: "test/unit/acs/cwmp/values.test.ts",
      title: "string arrays carry their exact count, and are read by their items (field quirk 17)",
    },
  },
  {
    rule: "Quirk 18",
    file: "acs/planning/discovered-names.ts",
    find: "return /^\\d{1,10}$/.test(segment)",
    replace: "return /^[1-9]\\d{0,9}$/.test(segment)",
    heldBy: {
      file: "test/unit/acs/planning/planning.test.ts",
      title: "instances are numbers right below the table, 0 among them (quirk 18)",
    },
  },
  {
    rule: "Quirk 20",
    file: "acs/tasks/kinds/read-values.ts",
    find: '!name.endsWith(".") && !isAnswered(name, answered)',
    replace: '!name.endsWith(".") && name === ""',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/read-values.test.ts",
      title: "forgets a parameter that was left out, and fails with its name (quirk 20)",
    },
  },
  {
    rule: "Quirk 21",
    file: "acs/tasks/kinds/refresh.ts",
    find: 'const ROOTS = ["InternetGatewayDevice.", "Device."];',
    replace: 'const ROOTS = ["InternetGatewayDevice."];',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/read-values.test.ts",
      title: "begins at the usual roots when the device never told its own, and refuses the empty path (quirk 21)",
    },
  },
  {
    rule: "Quirk 22",
    file: "acs/planning/discovered-names.ts",
    find: " && !objects.has(name));",
    replace: ");",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/read-values.test.ts",
      title: "knows an object without its dot by what lies below it (quirk 22)",
    },
  },
  {
    rule: "Quirk 23",
    file: "acs/tasks/check-order.ts",
    find: "trustsWritable ? entry : { ...entry, writable: null }",
    replace: "entry",
    heldBy: {
      file: "test/unit/acs/tasks/check-order.test.ts",
      title: "a parameter told as read-only may be set where the model tells Writable wrongly (quirk 23)",
    },
  },
  {
    rule: "Quirk 26",
    file: "acs/tasks/settle.ts",
    find: 'commandKey === "" && sent.length === 1 ?',
    replace: 'commandKey === "" ?',
    heldBy: {
      file: "test/unit/acs/tasks/settle.test.ts",
      title: "takes an empty key for the only download under way, and for none of two",
    },
  },
  {
    rule: "Quirk 28",
    file: "acs/cwmp/values.ts",
    find: "return readCount(text, 1) === 0 ? 0 : 1;",
    replace: "return readCount(text, 0) === 0 ? 0 : 1;",
    heldBy: { file: "test/unit/acs/cwmp/values.test.ts", title: "a status is in force only if it says 0 (field quirk 28)" },
  },
  {
    rule: "Quirk 29",
    file: "acs/http/session-table.ts",
    find: "const entry = named ?? last ??",
    replace: "const entry = cookie !== undefined ? named : last ??",
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title: "an Inform begins anew, whatever cookie it brings; a device that never updates it is still served (quirk 29)",
    },
  },
  {
    rule: "Quirk 31",
    file: "acs/http/cwmp-auth.ts",
    find: 'Buffer.from(encoded, "base64")',
    replace: 'Buffer.from(encoded, "latin1")',
    heldBy: { file: "test/integration/cwmp-tls.test.ts", title: "serves over TLS where it is allowed, and is offered after digest" },
  },
  {
    rule: "Quirk 32",
    file: "acs/http/cwmp-auth.ts",
    find: "if (credentials === undefined || credentials.username",
    replace: 'if (credentials?.username === undefined) throw new Error("no credentials");\n    if (credentials.username',
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "a malformed Authorization header gets 401 (quirk 32)" },
  },
  {
    rule: "Quirk 34",
    file: "acs/cwmp/decode-body.ts",
    find: "const trimmed = text.trimEnd(); // takes",
    replace: "const trimmed = text; // takes",
    heldBy: {
      file: "test/unit/acs/cwmp/decode-body.test.ts",
      title: "NUL padding, blanks and byte order marks after the end (field quirk 34)",
    },
  },
  {
    rule: "Quirk 36",
    file: "acs/http/cwmp-endpoint.ts",
    find: 'const envelope = text === "" ? null : readOrWhy(text);',
    replace: "const envelope = exchange.bytes.length === 0 ? null : readOrWhy(text);",
    heldBy: {
      file: "test/integration/cwmp-endpoint.test.ts",
      title: "a body of blanks or NULs is an empty POST, whatever headers it has (quirk 36)",
    },
  },
  {
    rule: "Quirk 39",
    file: "acs/http/read-body.ts",
    find: "hasZlibHeader(bytes) ? inflateAsync : inflateRawAsync",
    replace: "inflateRawAsync",
    heldBy: { file: "test/integration/cwmp-endpoint.test.ts", title: "a gzip or deflate Inform is read; another coding gets 415 (row 34)" },
  },
  {
    rule: "Quirk 44",
    file: "acs/wake/ladder.ts",
    find: "if (isDoubtful) return 3;",
    replace: "",
    heldBy: {
      file: "test/unit/acs/wake/ladder.test.ts",
      title: "a private address, or a URL without port, waits behind the others until it has proved itself (quirk 44)",
    },
  },
  {
    rule: "Quirk 45",
    file: "acs/cwmp/xml.ts",
    find: "return all.find(({ localName: name }) => name.length === wanted.length && name.toLowerCase() === wanted);",
    replace: "return undefined;",
    heldBy: { file: "test/unit/acs/cwmp/xml.test.ts", title: "falls back to a name that differs in case only (field quirk 45)" },
  },
  {
    rule: "Quirk 48",
    file: "acs/wake/http-connection-request.ts",
    find: 'const isAllowed = policy === "always" ||',
    replace: 'const isAllowed = policy !== "tls" ||',
    heldBy: { file: "test/integration/http-connection-request.test.ts", title: "Basic is not answered unless the policy says so" },
  },
  {
    rule: "Quirk 49",
    file: "acs/wake/udp-address.ts",
    find: "number >= 1 && number <= 65_535",
    replace: "number >= 0 && number <= 99_999",
    heldBy: { file: "test/unit/acs/wake/udp-address.test.ts", title: "UDPConnectionRequestAddress (quirk 49)" },
  },
  {
    rule: "Quirk 55",
    file: "acs/cwmp/messages.ts",
    find: "const read = readers.get(body.localName) ??",
    replace: 'const read = readers.get(body.localName.replace("Autonomous", "")) ??',
    heldBy: {
      file: "test/unit/acs/cwmp/messages.test.ts",
      title: "AutonomousTransferComplete is not taken for TransferComplete (field quirk 55)",
    },
  },
  {
    rule: "Quirk 56",
    file: "acs/session/session.ts",
    find: 'return to(speaking, { do: "answer", message: acsFault(8000) }); // row 13',
    replace: 'return to(speaking, { do: "refuse", why: "unknown method" }); // row 13',
    heldBy: { file: "test/spec/tr069-1.11-rows.test.ts", title: "row 13: unknown ACS method: SOAP fault 8000 in HTTP 200" },
  },
];
