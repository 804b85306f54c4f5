#!/usr/bin/env node
/**
 * The one executable: `reveille <command>`. Exit 0: done. 1: failed. 2: the command line or the configuration is wrong. Others: cli/exit-codes.ts.
 * Layer: bin.
 */
import { Command, CommanderError } from "commander";
import { ConfigError } from "../common/config.js";
import { VERSION } from "../common/version.js";

type AddCommands = (program: Command) => void;

const operatorCommands = async (): Promise<AddCommands> => (await import("../cli/cli.js")).addOperatorCommands;

/** Only what is asked for is loaded: a command of an operator does not wait for a server's code. In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommands>>> = {
  acs: async () => (await import("../acs/cli.js")).addAcsCommand,
  "sip-bridge": async () => (await import("../sip-bridge/cli.js")).addSipBridgeCommand,
  "device-sim": async () => (await import("../device-sim/cli.js")).addDeviceSimCommand,
  demo: async () => (await import("../demo/cli.js")).addDemoCommand,
  diagnose: operatorCommands,
  upgrade: operatorCommands,
  group: operatorCommands,
};

const program = new Command("reveille")
  .description("A TR-069 ACS that wakes voice gateways over SIP.")
  .version(VERSION)
  .showHelpAfterError("(see reveille --help)")
  .exitOverride();
const [, , asked = ""] = process.argv;
const wanted = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
for (const load of new Set(wanted)) (await load?.())?.(program);

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
