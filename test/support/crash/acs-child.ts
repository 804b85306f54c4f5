/**
 * An ACS to be killed: configured by its environment, it dies by SIGKILL at the commit that it is told, there or later.
 * Layer: test support (started by supervised-acs.ts).
 */
import { loadAcsConfig } from "../../../acs/config.js";
import { startAcs } from "../../../acs/main.js";
import type { FromAcs, Kill, ToAcs } from "./messages.js";

const { CRASH_TEST_KILL: fromStart } = process.env;
let armed: Kill | undefined = fromStart === undefined ? undefined : (JSON.parse(fromStart) as Kill);
let commits = 0;

const say = (message: FromAcs): void => void process.send?.(message);

function dieAt(moment: Kill["moment"]): () => void {
  return () => {
    if (moment === "before") commits++;
    if (armed?.moment === moment && armed.commit === commits) process.kill(process.pid, "SIGKILL");
  };
}

process.on("message", (message: ToAcs) => {
  armed = message.kill;
  commits = 0;
  say({ kind: "armed" });
});
process.on("disconnect", () => process.exit());

const observer = { beforeCommit: dieAt("before"), afterCommit: dieAt("after") };
const acs = await startAcs(loadAcsConfig(process.env), { observer });
say({ kind: "ready", token: acs.madeToken });
