#!/usr/bin/env node
/**
 * The one executable: `reveille <command>`. Exit 0: done. 1: failed. 2: the command line or the configuration is wrong.
 * Layer: bin.
 */
import { Command, CommanderError } from "commander";
import { addAcsCommand } from "../acs/cli.js";
import { VERSION } from "../acs/main.js";
import { ConfigError } from "../common/config.js";
import { addDemoCommand } from "../demo/cli.js";
import { addDeviceSimCommand } from "../device-sim/cli.js";
import { addSipBridgeCommand } from "../sip-bridge/cli.js";

const program = new Command("reveille")
  .description("A TR-069 ACS that wakes voice gateways over SIP.")
  .version(VERSION)
  .showHelpAfterError("(see reveille --help)")
  .exitOverride();
for (const add of [addAcsCommand, addSipBridgeCommand, addDeviceSimCommand, addDemoCommand]) add(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError)) console.error(process.exitCode === 2 && error instanceof Error ? error.message : error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof ConfigError || (error instanceof Error && error.name === "UsageError") ? 2 : 1;
}
