/**
 * Programs that interoperability tests need. Where they are absent the test is skipped, and says why;
 * with REQUIRE_SERVICES=1 it fails instead.
 * Layer: test support.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Context } from "mocha";

/** Skips the running test or suite, or fails it, unless the command can be started. Call it first. */
export function requireCommand(context: Context, command: string): void {
  if (isInstalled(command)) return;
  if (isRequired()) throw new Error(`${command} is not installed, and REQUIRE_SERVICES=1 asks for it`);
  console.warn(`      (skipped: ${command} is not installed; REQUIRE_SERVICES=1 makes this a failure)`);
  context.skip();
}

/** Whether what is missing is a failure. */
export const isRequired = (): boolean => process.env["REQUIRE_SERVICES"] === "1";

function isInstalled(command: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
