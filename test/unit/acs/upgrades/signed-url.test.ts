import { expect } from "chai";
import {
  fileNameCharactersMax,
  judgeLink,
  type ReturnedLink,
  readLink,
  signFileUrl,
  URL_CHARACTERS_MAX,
} from "../../../../acs/upgrades/signed-url.js";

const KEY = Buffer.alloc(32, 7);
const FILE = { id: "01hx0000000000000000000000", name: "fw-2.0.bin" };
const EXPIRES_MS = 1_800_000_000_000;

function returned(url: string): ReturnedLink {
  const { pathname, searchParams } = new URL(url);
  return { path: pathname, expires: searchParams.get("expires") ?? "", signature: searchParams.get("signature") ?? "" };
}
const link = returned(signFileUrl("http://f:7567", FILE, EXPIRES_MS, KEY));

describe("signed links to files", () => {
  it("have the form <public URL>/files/<id>/<name>?expires=<s>&signature=<43 characters>", () => {
    expect(signFileUrl("https://f.example/acs/", FILE, EXPIRES_MS, KEY)).to.match(
      /^https:\/\/f\.example\/acs\/files\/01hx0{22}\/fw-2\.0\.bin\?expires=1800000000&signature=[A-Za-z0-9_-]{43}$/,
    );
  });
  it("are valid until they expire", () => {
    expect(judgeLink(link, EXPIRES_MS - 1, KEY)).to.equal("valid");
    expect(judgeLink(link, EXPIRES_MS, KEY)).to.equal("expired");
  });
  it("are forged when anything of them was changed", () => {
    const changes: readonly Partial<ReturnedLink>[] = [
      { path: link.path.replace("fw", "xx") },
      { expires: "1900000000" },
      { expires: "" },
      { signature: "" },
      { signature: `${link.signature}A` },
      { signature: link.signature.replace(/^./, (c) => (c === "A" ? "B" : "A")) },
      { signature: "ü".repeat(43) },
    ];
    for (const change of changes) expect(judgeLink({ ...link, ...change }, 0, KEY), JSON.stringify(change)).to.equal("forged");
  });
  it("are forged under another key, also when they have expired", () => {
    expect(judgeLink(link, EXPIRES_MS + 1, Buffer.alloc(32, 8))).to.equal("forged");
  });
  it("serve one purpose: that of an upload is forged for reading", () => {
    const upload = returned(signFileUrl("http://f:7567", FILE, EXPIRES_MS, KEY, "uploads"));
    expect(judgeLink(upload, 0, KEY)).to.equal("valid");
    for (const purpose of ["files", "received"])
      expect(judgeLink({ ...upload, path: upload.path.replace("uploads", purpose) }, 0, KEY), purpose).to.equal("forged");
  });
  it("are read back with purpose, id and name; what is no link of ours is none", () => {
    const { pathname, search } = new URL(signFileUrl("http://f:7567", FILE, EXPIRES_MS, KEY, "received"));
    expect(readLink(pathname + search)).to.deep.include({ purpose: "received", ...FILE });
    for (const target of [
      "/",
      "*",
      `/other/${FILE.id}/a`,
      `/files/${FILE.id}/../a`,
      `/files/${FILE.id}/.a`,
      `/files/${FILE.id}/a%2fb`,
      "/files/x/a",
    ])
      expect(readLink(target), target).to.equal(undefined);
  });
  it("fit the 256 characters of a Download exactly when the name has the most characters (TR-069 A.3.2.8)", () => {
    for (const base of ["http://f:7567", "https://files.example.net/some/path/"]) {
      const name = "n".repeat(fileNameCharactersMax(base, FILE.id));
      expect(signFileUrl(base, { ...FILE, name }, EXPIRES_MS, KEY).length).to.equal(URL_CHARACTERS_MAX);
    }
  });
});
