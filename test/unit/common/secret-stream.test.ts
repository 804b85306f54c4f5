/** Sealed streams: what goes in comes out, and what was touched does not. */
import { expect } from "chai";
import { SecretBoxError, SecretKey } from "../../../common/secret-box.js";
import { openStream, sealStream } from "../../../common/secret-stream.js";

const KEY = new SecretKey(Buffer.alloc(32, 1));
const HEADER_BYTES = 40;
const RECORD_BYTES = 65_536 + 16;

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const bytes of stream) all.push(bytes);
  return Buffer.concat(all);
}

const plainOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 31) % 251));
const seal = (plain: Buffer, size = 10_000, owner = "d1") => gather(sealStream(KEY, pieces(plain, size), owner));
const open = (sealed: Buffer, size = 7_777, owner = "d1", key = KEY) => gather(openStream(key, pieces(sealed, size), owner));

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("sealed streams", () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
    it(`${length} octets come back, however the pieces were cut`, async () => {
      const plain = plainOf(length);
      const sealed = await seal(plain);
      expect(sealed.length).to.equal(HEADER_BYTES + length + 16 * Math.max(1, Math.ceil(length / 65_536)));
      for (const size of [39, 41, 100_000, 1_000_000]) expect((await open(sealed, size)).equals(plain), `pieces of ${size}`).to.equal(true);
    });
  }

  it("the same plaintext is never sealed alike, and can't be found in what is stored", async () => {
    const [first, second] = [await seal(Buffer.from("password=hunter2")), await seal(Buffer.from("password=hunter2"))];
    expect(first.equals(second)).to.equal(false);
    expect(first.includes("hunter2")).to.equal(false);
  });

  it("another owner and another key open nothing", async () => {
    const sealed = await seal(Buffer.from("x"));
    expect(await failure(open(sealed, 100, "d2"))).to.be.instanceOf(SecretBoxError);
    expect(await failure(open(sealed, 100, "d1", new SecretKey(Buffer.alloc(32, 2))))).to.be.instanceOf(SecretBoxError);
  });

  it("one bit that was changed is noticed, wherever it is", async () => {
    const sealed = await seal(plainOf(70_000));
    for (const at of [0, 8, 39, HEADER_BYTES, HEADER_BYTES + RECORD_BYTES - 1, HEADER_BYTES + RECORD_BYTES, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await failure(open(changed)), `octet ${at}`).to.be.instanceOf(SecretBoxError);
    }
  });

  it("one that was cut is noticed, also between two chunks", async () => {
    const sealed = await seal(plainOf(140_000));
    for (const length of [
      0,
      7,
      HEADER_BYTES,
      HEADER_BYTES + 15,
      HEADER_BYTES + RECORD_BYTES,
      HEADER_BYTES + 2 * RECORD_BYTES,
      sealed.length - 1,
    ])
      expect(await failure(open(sealed.subarray(0, length))), `${length} octets`).to.be.instanceOf(SecretBoxError);
  });

  it("chunks that change places, or come twice, are noticed", async () => {
    const sealed = await seal(plainOf(140_000));
    const header = sealed.subarray(0, HEADER_BYTES);
    const [a, b, rest] = [0, 1, 2].map((n) => sealed.subarray(HEADER_BYTES + n * RECORD_BYTES, HEADER_BYTES + (n + 1) * RECORD_BYTES));
    const built = (...parts: readonly (Buffer | undefined)[]) => Buffer.concat([header, ...parts.map((part) => part ?? Buffer.alloc(0))]);
    expect((await open(built(a, b, rest))).length).to.equal(140_000);
    for (const wrong of [built(b, a, rest), built(a, a, rest), built(a, rest), built(a, b, rest, rest)])
      expect(await failure(open(wrong))).to.be.instanceOf(SecretBoxError);
  });

  it("gives nothing of a chunk before its tag is proved", async () => {
    const sealed = await seal(plainOf(140_000));
    sealed[HEADER_BYTES + RECORD_BYTES + 5] = (sealed[HEADER_BYTES + RECORD_BYTES + 5] ?? 0) ^ 1;
    let given = 0;
    const error = await failure(
      (async () => {
        for await (const bytes of openStream(KEY, pieces(sealed, 1_000_000), "d1")) given += bytes.length;
      })(),
    );
    expect(error).to.be.instanceOf(SecretBoxError);
    expect(given).to.equal(65_536);
  });
});
