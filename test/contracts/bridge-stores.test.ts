/**
 * The bridge's stores on SQLite.
 * Layer: contract test.
 */
import BetterSqlite3 from "better-sqlite3";
import { expect } from "chai";
import { openBridgeStores } from "../../sip-bridge/stores/sqlite/bridge-database.js";
import { applicationId, migrations } from "../../sip-bridge/stores/sqlite/operations.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";
import { aBinding } from "../support/sip-messages.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { accountStoreContract } from "./account-store.contract.js";
import { bindingStoreContract } from "./binding-store.contract.js";
import { callIdentityStoreContract } from "./call-identity-store.contract.js";
import { connectionRequestStoreContract } from "./connection-request-store.contract.js";
import { eventMemoryStoreContract } from "./event-memory-store.contract.js";
import { notifierStoreContract } from "./notifier-store.contract.js";
import { outcomeStoreContract } from "./outcome-store.contract.js";
import { subscriptionStoreContract } from "./subscription-store.contract.js";

/** How many migrations made the tables before a binding could be one flow of several. */
const BEFORE_FLOWS = 3;

async function openStores() {
  const folder = await temporaryFolder();
  const stores = await openBridgeStores(folder.file("bridge.sqlite"));
  return {
    ...stores,
    close: async () => {
      await stores.close();
      await folder.remove();
    },
  };
}

bindingStoreContract("SQLite", async () => {
  const { bindings: store, close } = await openStores();
  return { store, close };
});

accountStoreContract("SQLite", async () => {
  const { accounts: store, close } = await openStores();
  return { store, close };
});

callIdentityStoreContract("SQLite", async () => {
  const { callIdentities: store, close } = await openStores();
  return { store, close };
});

connectionRequestStoreContract("SQLite", async () => {
  const { connectionRequests: store, close } = await openStores();
  return { store, close };
});

eventMemoryStoreContract("SQLite", async () => {
  const { eventMemory: store, close } = await openStores();
  return { store, close };
});

subscriptionStoreContract("SQLite", async () => {
  const { subscriptions: store, close } = await openStores();
  return { store, close };
});

notifierStoreContract("SQLite", async () => {
  const { watchers: store, close } = await openStores();
  return { store, close };
});

outcomeStoreContract("SQLite", async () => {
  const { outcomes: store, close } = await openStores();
  return { store, close };
});

describe("bridge stores on SQLite", () => {
  it("keep registrations of the version before several flows", async () => {
    const folder = await temporaryFolder();
    const database = new BetterSqlite3(folder.file("bridge.sqlite"));
    for (const migration of migrations.slice(0, BEFORE_FLOWS)) database.exec(migration);
    database.pragma(`application_id = ${applicationId}`);
    database.pragma(`user_version = ${BEFORE_FLOWS}`);
    database.exec(
      `INSERT INTO bindings VALUES ('anna@r', 'sip:a@h', '', '', 'anna', 'c', 7, 'tcp', 5060, '192.0.2.1', 9, 'UA', '', 1, 2, 30, 'k')`,
    );
    database.close();
    const stores = await openBridgeStores(folder.file("bridge.sqlite"));
    const [kept] = await stores.bindings.current("anna@r", 3);
    expect(kept).to.deep.include({ contact: "sip:a@h", q: 1, regId: 0, path: [], callId: "c", cseq: 7, expiresAtMs: 30 });
    expect(kept?.flow).to.deep.equal({ transport: "tcp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 9, connection: "k" });
    await stores.close();
    await folder.remove();
  });

  const seed = runSeed();
  it(`know the same bindings in memory and on disk, after whatever changes (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const { bindings, close } = await openStores();
    const anyContact = (): string => `sip:${random.int(4)}@h`;
    for (let nowMs = 1; nowMs < 1_000; nowMs += random.int(20)) {
      const addressOfRecord = `${random.int(3)}@home`;
      const put = random.list(2, () =>
        aBinding({ addressOfRecord, contact: anyContact(), registeredAtMs: nowMs - random.int(3), expiresAtMs: nowMs + random.int(100) }),
      );
      const change = {
        addressOfRecord,
        callId: `${random.int(2)}`,
        cseq: random.int(1_000),
        nowMs,
        put,
        remove: random.list(1, anyContact),
      };
      await Promise.all([bindings.change(change), bindings.current(addressOfRecord, nowMs), bindings.change({ ...change, put: [] })]);
      if (random.int(10) === 0) await bindings.prune(nowMs + random.int(50), 2);
      const askedMs = nowMs + random.int(60) - 10;
      const onDisk = await bindings.list({ filter: { state: "registered", addressOfRecord }, limit: 10 }, askedMs);
      const oldestFirst = onDisk.toSorted((a, b) => a.registeredAtMs - b.registeredAtMs || (a.contact < b.contact ? -1 : 1));
      expect(await bindings.current(addressOfRecord, askedMs)).to.deep.equal(oldestFirst);
    }
    await close();
  });

  it("hold after a restart what they held before", async () => {
    const folder = await temporaryFolder();
    const account = { username: "anna", realm: "r", ha1s: { MD5: "0" }, addressesOfRecord: ["anna@r"], changedAtMs: 1 };
    const first = await openBridgeStores(folder.file("bridge.sqlite"));
    await first.accounts.put(account);
    const notify = { deviceId: "d1", requestsReceived: 0, freshCallId: "c1", nowMs: 1 };
    await first.callIdentities.next(notify);
    await first.close();
    const second = await openBridgeStores(folder.file("bridge.sqlite"));
    expect(await second.accounts.get("anna", "r")).to.deep.equal(account);
    expect(await second.callIdentities.next({ ...notify, freshCallId: "c2" })).to.deep.equal({ callId: "c1", cseq: 2 });
    await second.close();
    await folder.remove();
  });
});
