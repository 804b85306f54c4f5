/** Transcripts as files: what a restart finds again, and what it does not believe. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { TranscriptFolder } from "../../../../acs/http/transcript-folder.js";
import type { Transcript } from "../../../../acs/http/transcripts.js";
import { newId } from "../../../../common/ids.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

const AT_MS = Date.UTC(2026, 0, 1);
const LIMITS = { keptMax: 3, keptCharactersMax: 100 };

function aTranscript(more: Partial<Transcript> = {}): Transcript {
  const text = more.text ?? "Device d1, failed";
  return { id: newId(AT_MS), deviceId: "d1", atMs: AT_MS, kept: "failed", outcome: "it broke", ...more, text, characters: text.length };
}

describe("the folder of transcripts", () => {
  let folder: TemporaryFolder;
  let troubles: unknown[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    troubles = [];
  });
  afterEach(() => folder.remove());

  const path = (name = "") => folder.file(`transcripts${name === "" ? "" : `/${name}`}`);
  const open = (limits = LIMITS) => new TranscriptFolder({ directory: path(), limits, onTrouble: (error) => troubles.push(error) });
  const load = (limits = LIMITS, isKnown = async (_id: string) => true) => open(limits).load(isKnown);
  async function written(...transcripts: readonly Transcript[]): Promise<void> {
    const first = open();
    await first.load(async () => true);
    for (const transcript of transcripts) first.keep(transcript);
    await first.settled();
    expect(troubles).to.deep.equal([]);
  }

  it("gives back what an earlier run kept, oldest first", async () => {
    const [a, b] = [aTranscript({ kept: "asked", outcome: "done" }), aTranscript({ text: "\u00e9\ud83d\ude00\n" })];
    await written(a, b);
    expect(await load()).to.deep.equal([a, b]);
  });

  it("forgets what was dropped, written or not", async () => {
    const [a, b, c] = [aTranscript(), aTranscript(), aTranscript()];
    await written(a);
    const second = open();
    await second.load(async () => true);
    for (const transcript of [b, c]) second.keep(transcript);
    second.drop(b.id);
    second.drop(a.id);
    await second.settled();
    expect(await readdir(path())).to.deep.equal([`${c.id}.json`]);
  });

  it("keeps the newest within its limits, of count and of characters, and removes the rest", async () => {
    const all = Array.from({ length: 5 }, () => aTranscript());
    await written(...all);
    expect(await load()).to.deep.equal(all.slice(2));
    expect(await readdir(path())).to.have.length(3);
    expect(await load({ keptMax: 3, keptCharactersMax: 40 })).to.deep.equal(all.slice(3));
  });

  it("removes what a crash cut short, what was changed, and what is of a device that is gone", async () => {
    const [cut, renamed, stranger, good] = [aTranscript(), aTranscript(), aTranscript({ deviceId: "d2" }), aTranscript()];
    await written(cut, renamed, good);
    await writeFile(path(`${cut.id}.json`), (await readFile(path(`${cut.id}.json`), "utf8")).slice(0, -5));
    await writeFile(path(`${renamed.id}.json`), JSON.stringify({ ...renamed, id: good.id }));
    await writeFile(path(`${stranger.id}.json`), JSON.stringify(stranger));
    expect(await load({ keptMax: 9, keptCharactersMax: 1_000 }, async (id) => id === "d1")).to.deep.equal([good]);
    expect(await readdir(path())).to.deep.equal([`${good.id}.json`]);
  });

  it("tells of trouble once, and goes on when it is over", async () => {
    const blocked = open();
    for (let i = 0; i < 3; i++) blocked.keep(aTranscript()); // there is no folder
    await blocked.settled();
    expect(troubles).to.have.length(1);
    await blocked.load(async () => true);
    const later = aTranscript();
    blocked.keep(later);
    await blocked.settled();
    expect(await load()).to.deep.equal([later]);
  });
});
