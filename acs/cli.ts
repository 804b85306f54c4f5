/**
 * `reveille acs`: starts the ACS from the environment and stops it on a signal.
 * Layer: command line.
 */
import type { Command } from "commander";
import { ConfigError, describeConfig } from "../common/config.js";
import { createLog, type Logger } from "../common/log.js";
import { type AcsConfig, acsSchema, loadAcsConfig } from "./config.js";
import { makeAdminToken, startAcs } from "./main.js";

export function addAcsCommand(program: Command): void {
  program
    .command("acs")
    .summary("the TR-069 server: CWMP, file server, REST")
    .description("Runs the ACS: CWMP endpoint for devices, file server for firmware, REST for you. Settings come from the environment.")
    .option("--new-token", "make a new administrator's token, print it, and end; the ACS must not be running")
    .option("--insecure", "allow REST on other than loopback addresses without TLS")
    .addHelpText(
      "after",
      `\nEnvironment:\n${describeConfig(acsSchema)}\n\nExample:\n  ACS_DATA_DIR=/var/lib/reveille ACS_SIP_BRIDGE_URL=http://127.0.0.1:7549 ACS_SIP_BRIDGE_TOKEN=… reveille acs`,
    )
    .action(async ({ insecure, newToken }: { readonly insecure?: boolean; readonly newToken?: boolean }) => {
      const config = loadAcsConfig(insecure === true ? { ...process.env, ACS_INSECURE: "true" } : process.env);
      const log = createLog({ name: "acs", level: config.LOG_LEVEL });
      try {
        if (newToken === true) console.log(await makeAdminToken(config));
        else await run(config, log);
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        log.fatal({ err: error }, "the ACS can't run");
        process.exitCode = 1;
      }
    });
}

async function run(config: AcsConfig, log: Logger): Promise<void> {
  const onTokenMade = (token: string): void => console.log(`Administrator's token, shown this once: ${token}`);
  const acs = await startAcs(config, { log, onTokenMade });
  log.info({ cwmp: acs.cwmpPort, files: acs.filesPort, api: acs.apiPort }, "the ACS is up");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  log.info("stopping");
  await acs.close();
}
