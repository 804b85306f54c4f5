/**
 * What each SIP message passes makes its objects as plain literals. A spread at their beginning costs half a microsecond for each property
 * that comes after it (Node 20), and made of groups, `{ ...{ a, b }, ...{ c } }`, a REGISTER cost half as much again (docs/performance.md).
 * Layer: tidy.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const BRIDGE = fileURLToPath(new URL("../../sip-bridge", import.meta.url));
const HOT = [
  ...["sip", "transactions", "registrar", "notify", "stores/sqlite/binding-rows.ts", "stores/sqlite/known-bindings.ts"],
  ...["net/client-transactions.ts", "net/server-transactions.ts", "net/invite-client-transactions.ts", "net/invite-server-transactions.ts"],
  ...["net/machines.ts", "net/outbox.ts", "net/own-via.ts", "net/udp-transport.ts", "net/server-key.ts", "net/hand-over.ts"],
  ...["identify.ts", "registrar-service.ts", "registration-outcomes.ts", "wake-service.ts", "wake-run.ts"],
];

const filesOf = (path: string): readonly string[] => (statSync(path).isFile() ? [path] : readdirSync(path).map((name) => join(path, name)));

describe("the path of a SIP message", () => {
  it("puts no object together from groups of properties", () => {
    const files = HOT.flatMap((path) => filesOf(join(BRIDGE, path)));
    expect(files.length).to.be.greaterThan(50);
    const grouped = files.filter((file) => /\.\.\.\s*\{/.test(readFileSync(file, "utf8")));
    expect(grouped.map((file) => file.slice(BRIDGE.length + 1))).to.deep.equal([]);
  });
});
