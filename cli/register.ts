/**
 * A command as its text, and how it is put into the program.
 * Layer: command line.
 */
import type { Command, Option } from "commander";
import type { ConnectionOptions, Run } from "./context.js";
import { EXIT_HELP } from "./exit-codes.js";
import { jsonOption } from "./options.js";

export interface CommandText<Options> {
  readonly name: string;
  /** As commander writes it, like "<device>", and what it is; absent: the command takes none. */
  readonly argument?: readonly [name: string, description: string];
  readonly summary: string;
  readonly description: string;
  readonly options: () => readonly Option[];
  readonly examples: readonly string[];
  readonly run: Run<Options>;
}

const ENVIRONMENT = `
Environment:
  REVEILLE_TOKEN    the administrator's token of the ACS (needed)
  REVEILLE_ACS_URL  where its REST interface is, in place of --acs-url

${EXIT_HELP}`;

/** @param connection Makes the option --acs-url. @param carryOut Runs the command and sets the exit code. */
export function register<Options extends object>(
  program: Command,
  text: CommandText<Options>,
  connection: () => Option,
  carryOut: (run: Run<Options>, options: Options & ConnectionOptions, argument: string) => Promise<void>,
): void {
  const command = program.command(text.name).summary(text.summary).description(text.description);
  if (text.argument !== undefined) command.argument(...text.argument);
  const own = text.options();
  for (const option of [...own, connection(), ...(own.some(({ long }) => long === "--json") ? [] : [jsonOption()])])
    command.addOption(option);
  command.addHelpText("after", `${ENVIRONMENT}\n\nExamples:\n${text.examples.map((example) => `  ${example}`).join("\n")}`);
  command.action(async (...given: readonly unknown[]) => {
    const argument = text.argument === undefined ? "" : (given[0] as string | undefined);
    await carryOut(text.run, command.opts<Options & ConnectionOptions>(), argument ?? "");
  });
}
