/**
 * Where a command writes: results to standard output, progress and remarks to standard error. With --json results are lines of JSON and
 * nothing else is shown but failures.
 * Layer: command line.
 */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface Terminal {
  readonly out: Output;
  readonly err: NodeJS.WriteStream | (NodeJS.WritableStream & Output);
  readonly json: boolean;
}

/** A result: as JSON, or as what people read. */
export function tell({ out, json }: Terminal, document: unknown, text: string): void {
  out.write(json ? `${JSON.stringify(document)}\n` : `${text}\n`);
}

/** A remark: not for programs. */
export function remark({ err, json }: Terminal, text: string): void {
  if (!json) err.write(`${text}\n`);
}

/** Only for programs, beside the remarks that people read. */
export function tellPrograms({ out, json }: Terminal, document: unknown): void {
  if (json) out.write(`${JSON.stringify(document)}\n`);
}
