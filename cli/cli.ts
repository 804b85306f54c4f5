/**
 * `reveille diagnose`, `upgrade` and `group`: what operators and their scripts order at a running ACS, over its REST interface.
 * Layer: command line.
 */
import { type Command, Option } from "commander";
import { Secret } from "../common/config.js";
import { AcsClient } from "./acs-client.js";
import type { ConnectionOptions, Run } from "./context.js";
import { DIAGNOSE } from "./diagnose-command.js";
import { CommandFailed, EXIT } from "./exit-codes.js";
import { GROUP_CREATE, GROUP_LIST, GROUP_SHOW, GROUP_WATCH, GROUP_WISHES } from "./group-commands.js";
import { register } from "./register.js";
import { UPGRADE } from "./upgrade-command.js";

const DEFAULT_URL = "http://127.0.0.1:3000";
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export function addOperatorCommands(program: Command): void {
  register(program, DIAGNOSE, connectionOption, carryOut);
  register(program, UPGRADE, connectionOption, carryOut);
  const group = program.command("group").summary("the same work on many devices: make, list, show, watch, pause, resume, abort");
  group.description("The same task, upgrade or diagnosis on many devices, with a result for each.");
  register(group, GROUP_CREATE, connectionOption, carryOut);
  register(group, GROUP_LIST, connectionOption, carryOut);
  register(group, GROUP_SHOW, connectionOption, carryOut);
  register(group, GROUP_WATCH, connectionOption, carryOut);
  for (const wish of GROUP_WISHES) register(group, wish, connectionOption, carryOut);
}

const connectionOption = (): Option =>
  new Option("--acs-url <url>", "REST interface of the ACS").env("REVEILLE_ACS_URL").default(DEFAULT_URL);

async function carryOut<Options>(run: Run<Options>, options: Options & ConnectionOptions, argument: string): Promise<void> {
  const terminal = { out: process.stdout, err: process.stderr, json: options.json === true };
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  process.stdout.on("error", leaveQuietly);
  try {
    const client = new AcsClient({ url: readUrl(options.acsUrl), token: readToken() });
    process.exitCode = await run({ client, terminal, interrupted: interrupt.signal }, options, argument);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}

/** Whoever reads our output has had enough of it, as `head` has. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
}

/** Never an option: the command lines of all processes can be read by everybody on the machine. */
function readToken(): Secret {
  const token = process.env["REVEILLE_TOKEN"]?.trim() ?? "";
  if (token === "") {
    throw new CommandFailed(
      "REVEILLE_TOKEN is not set: export the administrator's token, which the ACS printed at its first start (reveille acs --new-token makes another)",
      EXIT.usage,
    );
  }
  if (!/^[!-~]+$/.test(token)) throw new CommandFailed("REVEILLE_TOKEN holds a space or a character that no token has", EXIT.usage);
  return new Secret(token);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.username !== "" || url.search !== "")
    throw new CommandFailed("--acs-url must be like https://acs.example:3000, without user name and query", EXIT.usage);
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    process.stderr.write(`the token goes to ${url.host} without encryption: use https where others can listen\n`);
  return `${url.origin}${url.pathname.replace(/\/(?:api\/?)?$/, "")}`;
}
