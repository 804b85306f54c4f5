/**
 * The bridge's stores on SQLite.
 * Layer: contract test.
 */
import { expect } from "chai";
import { openBridgeStores } from "../../sip-bridge/stores/sqlite/bridge-database.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { accountStoreContract } from "./account-store.contract.js";
import { bindingStoreContract } from "./binding-store.contract.js";
import { callIdentityStoreContract } from "./call-identity-store.contract.js";
import { connectionRequestStoreContract } from "./connection-request-store.contract.js";

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

describe("bridge stores on SQLite", () => {
  it("hold after a restart what they held before", async () => {
    const folder = await temporaryFolder();
    const account = { username: "anna", realm: "r", ha1s: { MD5: "0" }, addressesOfRecord: ["anna@r"], changedAtMs: 1 };
    const first = await openBridgeStores(folder.file("bridge.sqlite"));
    await first.accounts.put(account);
    await first.close();
    const second = await openBridgeStores(folder.file("bridge.sqlite"));
    expect(await second.accounts.get("anna", "r")).to.deep.equal(account);
    await second.close();
    await folder.remove();
  });
});
