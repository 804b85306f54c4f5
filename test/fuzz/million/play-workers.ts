/**
 * Processes that play their orders and tell their results over IPC; progress is printed meanwhile.
 * Layer: test (npm run fuzz).
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export type WorkerMessage<Result> =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "result"; readonly result: Result };

export interface WorkersOptions<Order> {
  readonly file: URL;
  readonly orders: readonly Order[];
  readonly messages: number;
  readonly seed: number;
  /** Of the process with this place among the orders. */
  readonly env?: (place: number) => NodeJS.ProcessEnv;
}

const PROGRESS_MS = 30_000;

/** @throws when a process ends without a result: that is a crash. */
export async function playWorkers<Order extends object, Result>(options: WorkersOptions<Order>): Promise<readonly Result[]> {
  const startMs = performance.now();
  const done = options.orders.map(() => 0);
  const children = new Set<ChildProcess>();
  const timer = setInterval(() => {
    const all = done.reduce((sum, one) => sum + one, 0);
    console.log(`  ${all} of ${options.messages} after ${Math.round((performance.now() - startMs) / 1_000)} s`);
  }, PROGRESS_MS);
  try {
    return await Promise.all(
      options.orders.map((order, place) =>
        runWorker<Order, Result>(order, place, options, children, (count) => {
          done[place] = count;
        }),
      ),
    );
  } finally {
    clearInterval(timer);
    for (const child of children) child.kill("SIGKILL"); // one has crashed: the others are of no use
  }
}

function runWorker<Order extends object, Result>(
  order: Order,
  place: number,
  { file, seed, env }: WorkersOptions<Order>,
  children: Set<ChildProcess>,
  onProgress: (done: number) => void,
): Promise<Result> {
  const child = fork(fileURLToPath(file), { execArgv: ["--import", "tsx"], env: env?.(place) ?? process.env });
  children.add(child);
  child.send(order);
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    child.on("message", (message: WorkerMessage<Result>) => {
      if (message.kind === "progress") onProgress(message.done);
      else result = message.result;
    });
    child.once("exit", (code, signal) => {
      children.delete(child);
      if (result === undefined) reject(new Error(`SEED=${seed}: a process ended with ${signal ?? code} before its result`));
      else resolve(result);
    });
  });
}

export const tell = <Result>(message: WorkerMessage<Result>): void => void process.send?.(message);
