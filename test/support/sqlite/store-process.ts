/**
 * A process with a store, to be killed: registers devices for ever and prints each one whose promise was fulfilled.
 * Arguments: the file, and when to die by SIGKILL: "before" or "after" the third commit, or "never" (then it writes one device and ends).
 * Layer: test support (started by test/integration/store-process.test.ts).
 */
import { openStores } from "../../../acs/stores/sqlite/open-stores.js";
import { newDevice } from "../acs-stores.js";

const FATAL_COMMIT = 3;
const [file = "", when = "never"] = process.argv.slice(2);

async function main(): Promise<void> {
  const die = (moment: string) => (batch: { readonly number: number }) => {
    if (moment === when && batch.number === FATAL_COMMIT) process.kill(process.pid, "SIGKILL");
  };
  const stores = await openStores({ file, observer: { beforeCommit: die("before"), afterCommit: die("after") } });
  do {
    const device = await stores.devices.register(newDevice(), []);
    if (device === "exists") throw new Error("registered twice");
    process.stdout.write(`${device.id}\n`);
  } while (when !== "never");
  await stores.close();
}

await main();
