/**
 * One gateway that sends damaged messages to a whole ACS over real HTTP, in every phase of a session, and looks after each refusal whether
 * its rows in the store are what they were.
 * Layer: test (npm run fuzz).
 */
import type { Stores } from "../../../acs/stores/sqlite/open-stores.js";
import { newId } from "../../../common/ids.js";
import { type HttpAnswer, heard } from "../../support/cwmp-client.js";
import { damaged, type Original } from "../../support/damage-cwmp.js";
import { FUZZ_ORDERS } from "../../support/play-damaged.js";
import { type Random, seededRandom } from "../../support/seeded-random.js";
import type { TestAcs, TestGateway } from "../../support/test-acs.js";
import type { Broken } from "./codec-share.js";
import type { StoreDigest } from "./store-digest.js";
import { seedOfRun } from "./tally.js";

/** What the message met. "no cookie": no session, or one that the gateway has left. "asked": it stands in the place of an answer to our request. */
export type Phase = "no cookie" | "begun" | "asked" | "done";

export interface LaneShare {
  readonly seed: number;
  /** Numbers of the runs that are left, shared by all lanes. */
  readonly next: () => number | undefined;
  readonly originals: readonly Original[];
  readonly digest: StoreDigest;
  readonly note: (phase: Phase, answer: string, isRefused: boolean, seed: number, wallMs: number) => void;
  readonly fail: (broken: Broken) => void;
}

/** A device is used for so many messages, then removed with all that it left. */
const MESSAGES_PER_DEVICE = 60;
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 413, 415]);
const STATUSES: ReadonlySet<number> = new Set([200, 204, ...REFUSALS]);

/** Until nothing is left. */
export async function runLane(acs: TestAcs, share: LaneShare): Promise<void> {
  for (;;) {
    const lane = new Lane(acs, await onceMore(() => acs.gateway()), share);
    const isOver = await lane.run();
    await lane.leave();
    if (isOver) return;
  }
}

/** REST keeps connections open for a while: one may be closed the moment that it is used again. */
async function onceMore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError) return work(); // fetch failed
    throw error;
  }
}

/** Good messages of this gateway: its identity in place of theirs, else all Informs would be somebody else's. */
function ownOriginals(originals: readonly Original[], { options }: TestGateway): readonly Original[] {
  const { oui, productClass, serialNumber } = options.identity;
  return originals.map((original) => {
    const text = original.bytes
      .toString("latin1")
      .replace(/(<[\w:]*OUI[^<>]*>)[^<]*/, `$1${oui}`)
      .replace(/(<[\w:]*ProductClass[^<>]*>)[^<]*/, `$1${productClass}`)
      .replace(/(<[\w:]*SerialNumber[^<>]*>)[^<]*/, `$1${serialNumber}`);
    return { ...original, bytes: Buffer.from(text, "latin1") };
  });
}

class Lane {
  readonly #acs: TestAcs;
  readonly #stores: Stores;
  readonly #gateway: TestGateway;
  readonly #share: LaneShare;
  readonly #originals: readonly Original[];
  #phase: Phase = "no cookie";

  constructor(acs: TestAcs, gateway: TestGateway, share: LaneShare) {
    this.#acs = acs;
    this.#stores = acs.stores;
    this.#gateway = gateway;
    this.#share = share;
    this.#originals = ownOriginals(share.originals, gateway);
  }

  /** @returns true when no run is left. */
  async run(): Promise<boolean> {
    for (let sent = 0; sent < MESSAGES_PER_DEVICE; sent++) {
      const run = this.#share.next();
      if (run === undefined) return true;
      await this.#one(seedOfRun(this.#share.seed, run));
    }
    return false;
  }

  async leave(): Promise<void> {
    this.#gateway.disconnect();
    await onceMore(() => this.#acs.call("DELETE", `/api/devices/${encodeURIComponent(this.#gateway.id)}`));
  }

  async #one(seed: number): Promise<void> {
    const { digest } = this.#share;
    const random = seededRandom(seed);
    const message = damaged(random, this.#originals);
    const shown = { seed, base64: message.bytes.toString("base64"), contentType: message.contentType };
    try {
      await this.#reach(random);
      const isAsked = digest.isAsked(this.#gateway.id); // also of a session that this gateway has left
      const before = digest.of(this.#gateway.id, isAsked);
      const startMs = performance.now();
      const answer = await this.#gateway.post(message.bytes, { headers: { "Content-Type": message.contentType ?? null } });
      const wallMs = performance.now() - startMs;
      const isRefused = REFUSALS.has(answer.status);
      this.#share.note(this.#phase, nameOf(answer), isRefused, seed, wallMs);
      if (!STATUSES.has(answer.status)) throw new Error(`answered ${answer.status}`);
      const after = digest.of(this.#gateway.id, isAsked);
      if (isRefused && after !== before)
        throw new Error(`refused with ${answer.status}, and yet the store changed: ${difference(before, after)}`);
      this.#goOn(answer);
    } catch (error) {
      this.#share.fail({ ...shown, why: `${this.#phase}: ${error instanceof Error ? error.message : String(error)}` });
      this.#start();
    }
  }

  /** Half of the messages go on with whatever session there is; for the others one is begun and brought to some phase. */
  async #reach(random: Random): Promise<void> {
    if (this.#phase !== "no cookie" && random.bool()) return;
    this.#start();
    const wanted = random.int(10);
    if (wanted < 2) return;
    this.#goOn(await this.#gateway.inform("2 PERIODIC"));
    if (wanted < 4) return;
    if (wanted < 9) await this.#addTask(random);
    this.#goOn(await this.#gateway.empty());
  }

  #start(): void {
    this.#gateway.disconnect();
    this.#gateway.cookie = undefined;
    this.#phase = "no cookie";
  }

  async #addTask(random: Random): Promise<void> {
    const [nowMs, order] = [Date.now(), random.pick(FUZZ_ORDERS)];
    const task = { id: newId(nowMs), deviceId: this.#gateway.id, order, priority: 5, createdAtMs: nowMs, expiresAtMs: null };
    await this.#stores.tasks.add(task, []);
  }

  #goOn(answer: HttpAnswer): void {
    const said = nameOf(answer);
    if (REFUSALS.has(answer.status)) this.#start();
    else if (said === "204") this.#phase = "done";
    else this.#phase = said.endsWith("Response") || said === "Fault" ? "begun" : "asked";
  }
}

const DIFFERENCE_CHARACTERS = 200;

/** Where the texts begin to differ. */
function difference(before: string, after: string): string {
  let at = 0;
  while (before[at] === after[at]) at++;
  const from = Math.max(at - DIFFERENCE_CHARACTERS / 2, 0);
  return [before, after].map((text) => text.slice(from, from + DIFFERENCE_CHARACTERS)).join(" -> ");
}

function nameOf(answer: HttpAnswer): string {
  return String(heard(answer));
}
