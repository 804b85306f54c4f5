/**
 * The smaller share of the million SIP messages: over real UDP and TCP to a whole bridge with its store. After each burst the bridge must
 * answer an OPTIONS; at the end a good gateway must still register.
 * Layer: test (npm run fuzz).
 */
import { once } from "node:events";
import { connect } from "node:net";
import { damagedSip, damagedStream, sipOriginals } from "../../support/damage-sip.js";
import { openRawSender } from "../../support/raw-udp.js";
import { seededRandom } from "../../support/seeded-random.js";
import { openGateway } from "../../support/sip-gateway.js";
import { startTestBridge, type TestBridge } from "../../support/test-bridge.js";
import { seedOfRun } from "../million/tally.js";
import type { BrokenShot } from "./world-share.js";

export interface SocketResult {
  readonly datagrams: number;
  readonly streams: number;
  /** Statuses that came back over UDP. */
  readonly answers: Record<string, number>;
  readonly counters: Readonly<Record<string, number>>;
  readonly broken: readonly BrokenShot[];
}

const LANES = 8;
const BURST = 20;
/** Of the messages: sent as streams. */
const STREAM_SHARE = 0.1;
/** Nobody on loopback waits so long for anything. */
const SILENCE_MS = 10_000;

export async function playSocketShare(seed: number, runs: number, onProgress: (done: number) => void): Promise<SocketResult> {
  const bridge = await startTestBridge({ domains: { main: "voice.example", aliases: ["example.com", "127.0.0.1"] } });
  const answers: Record<string, number> = {};
  const broken: BrokenShot[] = [];
  const streams = Math.round(runs * STREAM_SHARE);
  let run = 0;
  const take = (count: number): readonly number[] => {
    const seeds = Array.from({ length: Math.min(count, runs - run) }, () => seedOfRun(seed, run++));
    onProgress(run);
    return seeds;
  };
  const fail = (one: BrokenShot): void => void (broken.length < 20 && broken.push(one));
  try {
    const lane = async (number: number): Promise<void> => {
      for (let seeds = take(BURST); seeds.length > 0; seeds = take(BURST)) {
        if (run <= streams) for (const one of seeds) await sendStream(bridge, one, number, fail);
        else await sendBurst(bridge, seeds, answers, fail);
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
    await mustStillServe(bridge, seed, fail);
    return { datagrams: runs - streams, streams, answers, counters: bridge.counters(), broken };
  } finally {
    await bridge.close();
  }
}

type Fail = (broken: BrokenShot) => void;

async function sendBurst(bridge: TestBridge, seeds: readonly number[], answers: Record<string, number>, fail: Fail): Promise<void> {
  const originals = sipOriginals();
  const sender = await openRawSender(bridge.sipPort);
  const shots = seeds.map((seed) => damagedSip(seededRandom(seed), originals).bytes);
  try {
    const heard = await within(sender.answersBefore(...shots));
    if (heard === undefined)
      fail({ seed: seeds[0] ?? 0, why: "the bridge is silent after this burst", base64: Buffer.concat(shots).toString("base64") });
    for (const { status } of heard ?? []) answers[status] = (answers[status] ?? 0) + 1;
  } finally {
    sender.close();
  }
}

/** Sends it whole and says that it is over; the bridge closes, whatever it was. */
async function sendStream(bridge: TestBridge, seed: number, lane: number, fail: Fail): Promise<void> {
  const bytes = damagedStream(
    seededRandom(seed),
    sipOriginals().map((original) => original.bytes),
  );
  const socket = connect({ port: bridge.sipPort, host: "127.0.0.1", localAddress: `127.46.${seed & 0xff}.${lane + 1}` });
  socket.on("error", () => undefined); // a reset is an answer, too
  socket.resume();
  socket.end(bytes);
  if ((await within(once(socket, "close"))) === undefined) {
    fail({ seed, why: "the bridge does not close a stream that has ended", base64: bytes.toString("base64") });
  }
  socket.destroy();
}

async function mustStillServe(bridge: TestBridge, seed: number, fail: Fail): Promise<void> {
  const gateway = await openGateway({ bridgePort: bridge.sipPort });
  const { status } = await gateway.register();
  await gateway.close();
  if (status !== 200) fail({ seed, why: `after all of it a good gateway is answered ${status}`, base64: "" });
}

async function within<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), SILENCE_MS);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), silence]);
  } finally {
    clearTimeout(timer);
  }
}
