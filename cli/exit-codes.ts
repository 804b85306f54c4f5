/**
 * How a command ends, for scripts. Documented in docs/how-to/groups.md and in each command's help.
 * Layer: command line.
 */

export const EXIT = {
  done: 0,
  /** The work failed, or the ACS refused it or is not there. */
  failed: 1,
  /** The command line or the configuration is wrong, the token among it. */
  usage: 2,
  /** --timeout has passed; the work goes on. */
  timedOut: 3,
  /** A diagnosis was made, and something is wrong with what it tested. */
  notGood: 4,
  /** Ctrl-C: nobody waits any more; the work goes on. */
  interrupted: 130,
} as const;

export const EXIT_HELP = `Exit codes: 0 done, 1 failed or refused, 2 wrong usage or token, 3 --timeout has passed (the work goes on),
4 diagnosed, and something is wrong, 130 interrupted (the work goes on).`;

/** Ends the command with a sentence and no stack: what is wrong is not in our code. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
