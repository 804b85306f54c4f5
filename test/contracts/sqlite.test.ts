/**
 * The contracts of the ACS's stores, on SQLite.
 * Layer: contracts.
 */
import { openStores } from "../../acs/stores/sqlite/open-stores.js";
import type { AcsStores } from "../support/acs-stores.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { deviceStoreContract } from "./device-store.contract.js";
import { diagnosisStoreContract } from "./diagnosis-store.contract.js";
import { enrolmentStoreContract } from "./enrolment-store.contract.js";
import { eventStoreContract } from "./event-store.contract.js";
import { fileStoreContract } from "./file-store.contract.js";
import { groupStoreContract } from "./group-store.contract.js";
import { nmsStoreContract } from "./nms-store.contract.js";
import { quarantineStoreContract } from "./quarantine-store.contract.js";
import { reachStoreContract } from "./reach-store.contract.js";
import { receivedFileStoreContract } from "./received-file-store.contract.js";
import { sealedStoreContract } from "./sealed-store.contract.js";
import { settingsStoreContract } from "./settings-store.contract.js";
import { tagStoreContract } from "./tag-store.contract.js";
import { taskStoreContract } from "./task-store.contract.js";
import { upgradeStoreContract } from "./upgrade-store.contract.js";

const folders: TemporaryFolder[] = [];

async function open(): Promise<{ readonly stores: AcsStores; reopen(): Promise<AcsStores> }> {
  const folder = await temporaryFolder();
  folders.push(folder);
  const file = folder.file("acs.db");
  const stores = await openStores({ file });
  return {
    stores,
    reopen: async () => {
      await stores.close();
      return openStores({ file });
    },
  };
}

describe("contracts on SQLite", () => {
  after(() => Promise.all(folders.map((folder) => folder.remove())));

  for (const contract of [
    deviceStoreContract,
    taskStoreContract,
    diagnosisStoreContract,
    eventStoreContract,
    fileStoreContract,
    reachStoreContract,
    receivedFileStoreContract,
    settingsStoreContract,
    enrolmentStoreContract,
    quarantineStoreContract,
    nmsStoreContract,
    sealedStoreContract,
    upgradeStoreContract,
    tagStoreContract,
    groupStoreContract,
  ]) {
    describe(contract.name, () => contract("sqlite", open));
  }
});
