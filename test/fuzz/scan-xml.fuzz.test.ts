/**
 * Differential fuzz: mutated documents must mean the same to our scanner and to saxes (namespaces off), or be refused by both.
 * Where the two differ on purpose, a row of EXCEPTIONS says why. SEED=n repeats a run, FUZZ_RUNS=n makes it longer.
 * Layer: test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { SaxesParser } from "saxes";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import { scanXml } from "../../acs/cwmp/scan-xml.js";
import type { Element } from "../../acs/cwmp/xml.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";
import { filesBelow, repositoryPath } from "../support/shared-data.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 5_000);

/** What both parsers are compared by. In elements with children, blanks are layout to ours and text to saxes: not compared. */
interface Shape {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Shape[];
  text: string;
}

/** Why the two may differ on a document. Each row must be needed by some document: the last test holds them to it. */
const EXCEPTIONS: readonly { readonly why: string; readonly example: string; readonly holds: (text: string) => boolean }[] = [
  {
    why: "a document type declaration: saxes skips it, we refuse it (SOAP 1.1 3)",
    example: "<!DOCTYPE a><a/>",
    holds: (text) => text.includes("<!DOCTYPE"),
  },
  {
    why: "XML 1.1: saxes follows its character rules, we read any 1.x as 1.0 (XML 1.0 fifth edition 2.8)",
    example: '<?xml version="1.1"?><a>&#1;</a>',
    holds: (text) => /<\?xml[^>]*version[^>]*1\.1/.test(text),
  },
  {
    why: "a processing instruction without blank after its target: saxes takes <?x?y?>, XML 1.0 2.6 does not",
    example: "<?x?y?><a/>",
    holds: (text) => /<\?[^\s?]+\?(?!>)/.test(text),
  },
  {
    why: "half of a surrogate pair: saxes takes it with whatever follows, it is no character (XML 1.0 2.2)",
    example: "<a>\ud800x</a>",
    holds: (text) => /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text),
  },
];

function ours(text: string): Shape | "refused" {
  try {
    return shapeOf(scanXml(text));
  } catch (error) {
    if (error instanceof MalformedMessage) return "refused";
    throw error; // a crash on hostile input is the finding
  }
}

function shapeOf({ name, attributes, children, text }: Element): Shape {
  const named = Object.fromEntries(attributes.map((one) => [one.name, one.value]));
  return { name, attributes: named, children: children.map(shapeOf), text: children.length === 0 ? text : withoutBlanks(text) };
}

function theirs(text: string): Shape | "refused" {
  const parser = new SaxesParser();
  const top: Shape = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  let refused = false;
  const add = (run: string): void => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += run;
  };
  parser.on("error", () => {
    refused = true;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const shape: Shape = { name, attributes: { ...attributes }, children: [], text: "" };
    open.at(-1)?.children.push(shape);
    open.push(shape);
  });
  parser.on("text", add);
  parser.on("cdata", add);
  parser.on("closetag", () => {
    const closed = open.pop();
    if (closed !== undefined && closed.children.length > 0) closed.text = withoutBlanks(closed.text);
  });
  parser.write(text).close();
  const root = top.children[0];
  return refused || root === undefined ? "refused" : root;
}

function withoutBlanks(text: string): string {
  return text.replace(/[ \t\n\r]/g, "");
}

const TOKENS = [
  ..."<>&;\"'=/?!-[] \t\n\r#x:é\0\ud800\ufffe",
  ...[
    "&amp;",
    "&lt;",
    "&#65;",
    "&#x0;",
    "&#x1F600;",
    "&#13;",
    "&nbsp;",
    "&",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<?xml ",
    "<?p x?>",
  ],
  ...[
    "<a>",
    "</a>",
    "<a/>",
    "<b c='1'>",
    "</b>",
    ' a="1"',
    ' xsi:type="xsd:string"',
    "<!DOCTYPE a>",
    "\r\n",
    '<?xml version="1.0"?>',
    "\ufeff",
    "𝄞",
    "·",
  ],
];

/** One to four small changes: what bad firmware and bad people do to a document. */
function mutate(random: Random, document: string, all: readonly string[]): string {
  let text = document;
  for (let left = 1 + random.int(4); left > 0; left--) {
    const from = random.int(text.length + 1);
    const to = Math.min(text.length, from + random.int(random.bool() ? 4 : 40));
    const middle = random.pick([
      () => random.pick(TOKENS),
      () => "",
      () => text.slice(from, to).repeat(2),
      () => random.pick(all).slice(0, 30),
      () => random.pick(TOKENS) + text.slice(from, to) + random.pick(TOKENS),
    ])();
    text = text.slice(0, from) + middle + text.slice(to);
  }
  return text;
}

function corpus(): readonly string[] {
  const golden = repositoryPath("test/golden/cwmp");
  const documents = filesBelow(golden).filter((file) => file.endsWith(".xml"));
  const decoded = documents.map((file) => decodeBody(readFileSync(join(golden, file))).text);
  const small = [
    "<a/>",
    "<a>x</a>",
    "<a b='1' c=\"2\">&lt;<b/> y<![CDATA[z]]></a>",
    '<?xml version="1.0" encoding="UTF-8"?><!-- c --><a:b/>',
    "<a>\r\n<b> </b>\r</a>",
  ];
  return [...decoded, ...small, ...small, ...small];
}

describe("fuzz: scanXml against saxes", () => {
  it(`${RUNS} mutated documents mean the same to both, or are refused by both`, function () {
    this.timeout(60_000 + RUNS);
    const seed = runSeed();
    const random = seededRandom(seed);
    const documents = corpus();
    let read = 0;
    for (let run = 0; run < RUNS; run++) {
      const text = mutate(random, random.pick(documents), documents);
      const mine = ours(text);
      if (mine !== "refused") read++;
      if (EXCEPTIONS.some(({ holds }) => holds(text))) continue; // still: no crash of ours
      expect(mine, `SEED=${seed} run ${run}: ${JSON.stringify(text)}`).to.deep.equal(theirs(text));
    }
    expect(read, "some must survive, or nothing is compared").to.be.above(RUNS / 50);
    expect(read).to.be.below(RUNS);
  });

  for (const { why, example, holds } of EXCEPTIONS) {
    it(`is needed: ${why}`, () => {
      expect(holds(example)).to.equal(true);
      expect(ours(example)).to.not.deep.equal(theirs(example));
    });
  }
});
