/**
 * What each command is given: the ACS, the terminal, Ctrl-C.
 * Layer: command line.
 */
import type { AcsClient } from "./acs-client.js";
import type { Terminal } from "./terminal.js";

export interface CommandContext {
  readonly client: AcsClient;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** Options that every command has, as commander gives them. */
export interface ConnectionOptions {
  readonly acsUrl: string;
  readonly json?: true;
}

/** What a command does; its exit code. */
export type Run<Options> = (context: CommandContext, options: Options, argument: string) => Promise<number>;
