/**
 * What each SIP message and each Inform passes makes its objects as plain literals. A spread at their beginning costs half a microsecond for each property
 * that comes after it (Node 20), and made of groups, `{ ...{ a, b }, ...{ c } }`, a REGISTER cost half as much again (docs/performance.md).
 * Layer: tidy.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const HOT_IN_ACS = [
  ...["cwmp", "cwmp/rpc", "session/run-session.ts", "session/session.ts", "session/own-tasks.ts", "session/session-lore.ts"],
  ...[
    "http/cwmp-endpoint.ts",
    "http/session-table.ts",
    "http/cwmp-answers.ts",
    "http/callers.ts",
    "http/cwmp-auth.ts",
    "http/admission.ts",
  ],
  ...[
    "stores/sqlite/inform-operations.ts",
    "stores/sqlite/device-row.ts",
    "stores/sqlite/telling-writer.ts",
    "stores/sqlite/device-writer.ts",
  ],
  ...["stores/sqlite/tree-writer.ts", "stores/sqlite/parameter-row.ts", "stores/sqlite/event-writer.ts"],
];
const HOT_IN_BRIDGE = [
  ...["sip", "transactions", "registrar", "notify", "stores/sqlite/binding-rows.ts", "stores/sqlite/known-bindings.ts"],
  ...["net/client-transactions.ts", "net/server-transactions.ts", "net/invite-client-transactions.ts", "net/invite-server-transactions.ts"],
  ...["net/machines.ts", "net/outbox.ts", "net/own-via.ts", "net/udp-transport.ts", "net/server-key.ts", "net/hand-over.ts"],
  ...["identify.ts", "registrar-service.ts", "registration-outcomes.ts", "wake-service.ts", "wake-run.ts"],
];

const filesOf = (path: string): readonly string[] =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path, { withFileTypes: true }).flatMap((one) => (one.isFile() ? [join(path, one.name)] : []));

for (const [message, folder, hot, filesMin] of [
  ["a SIP message", "sip-bridge", HOT_IN_BRIDGE, 50],
  ["an Inform", "acs", HOT_IN_ACS, 50],
] as const) {
  describe(`the path of ${message}`, () => {
    it("puts no object together from groups of properties", () => {
      const root = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
      const files = hot.flatMap((path) => filesOf(join(root, path)));
      expect(files.length).to.be.greaterThan(filesMin);
      const grouped = files.filter((file) => /\.\.\.\s*\{/.test(readFileSync(file, "utf8")));
      expect(grouped.map((file) => file.slice(root.length + 1))).to.deep.equal([]);
    });
  });
}
