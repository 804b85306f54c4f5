/**
 * Laws of the relay's rewriter on documents that a seed makes: all but the value stays octet for octet, a document cut anywhere or damaged
 * is left alone or changed in a value alone, and work grows with length. SEED=n repeats a run, FUZZ_RUNS=n makes it longer.
 * Layer: test.
 */
import { expect } from "chai";
import { messageText } from "../../sip-bridge/connection-requests/message-text.js";
import { readMessage } from "../../sip-bridge/connection-requests/read-message.js";
import { replaceValues } from "../../sip-bridge/connection-requests/replace-values.js";
import { cpuMsOf } from "../support/cpu-time.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 2_000);
const OURS = "http://bridge.example:7548/cr/4kJ2";
const NAMES = ["Device.ManagementServer.ConnectionRequestURL", "InternetGatewayDevice.ManagementServer.ConnectionRequestURL"];
const isUrl = (name: string): boolean => NAMES.includes(name);
const SPACES = ["", "", " ", "\n  ", "\t", "\r\n", "<!-- x > y -->", "<?pi a='>'?>"];
const TEXTS = [
  "",
  "a",
  "http://10.0.0.1/",
  "&amp;&lt;",
  "äöü €",
  "<![CDATA[<Value>x</Value>]]>",
  "]]",
  "&#x41;",
  "<!-- </Value> -->",
  "\u{1F600}",
];
const ENCODINGS = ["utf8", "latin1", "utf16le", "utf16be"] as const;

function write(text: string, encoding: (typeof ENCODINGS)[number]): Buffer {
  return encoding === "utf16be" ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, encoding);
}

interface Made {
  readonly octets: Buffer;
  readonly contentType: string;
  /** With our URL in place of the values. */
  readonly expected: Buffer;
}

/** Text with `\x01` where a value of ours begins, `\x02` where it ends: it is made twice, with what the device says and with ours. */
function make(random: Random): Made {
  const encoding = random.pick(ENCODINGS);
  const prefix = random.pick(["", "soap:", "SOAP-ENV:", "e:"]);
  const space = (): string => random.pick(SPACES);
  const text = (): string => random.list(3, () => random.pick(TEXTS)).join("");
  const element = (name: string, content: string): string =>
    `<${name}${random.pick(["", " ", ' x:type="xsd:string"', " a='>/'"])}>${content}</${name}${random.pick(["", " "])}>`;
  const struct = (): string => {
    const isOurs = random.int(4) === 0;
    const name = element(
      "Name",
      isOurs ? `${random.pick(["", " "])}${random.pick(NAMES)}` : `Device.X_${random.int(99)}.${random.pick(TEXTS)}`,
    );
    const valueName = `${random.pick(["", "p:"])}Value`;
    const isEmpty = isOurs && random.int(4) === 0;
    const value = isEmpty ? `<${valueName}\x03${valueName}\x04` : element(valueName, isOurs ? `\x01${text()}\x02` : text());
    const parts = random.bool() ? [name, value] : [value, name];
    return element("ParameterValueStruct", parts.map((part) => space() + part).join("") + space());
  };
  const kind = random.pick(["Inform", "GetParameterValuesResponse"]);
  const list = element("ParameterList", random.list(12, struct).join(space()));
  const device = kind === "Inform" ? element("DeviceId", element("OUI", "0A1B2C") + element("SerialNumber", text())) : "";
  const body = element(`${prefix}Body`, space() + element(`cwmp:${kind}`, space() + device + space() + list + space()) + space());
  const document = `${encoding.startsWith("utf16") ? "\ufeff" : ""}${element(`${prefix}Envelope`, space() + body + space())}${random.pick(["", "\n", "\0"])}`;
  const said = document.replaceAll(/[\x01\x02]/g, "").replaceAll(/\x03[^\x04]*\x04/g, "/>");
  const ours = document.replaceAll(/\x01[^\x02]*\x02/g, OURS).replaceAll(/\x03([^\x04]*)\x04/g, `>${OURS}</$1>`);
  const contentType = encoding === "latin1" ? "text/xml; charset=iso-8859-1" : "text/xml";
  return { octets: write(said, encoding), contentType, expected: write(ours, encoding) };
}

function rewrite(octets: Buffer, contentType: string): Buffer | undefined {
  const message = messageText(octets, contentType);
  const found = message === undefined ? undefined : readMessage(message, isUrl);
  if (message === undefined || found === undefined) return undefined;
  return replaceValues(
    octets,
    message,
    found.values.map(({ place }) => place),
    OURS,
  );
}

describe("fuzz: the relay's rewriter", function () {
  this.timeout(60_000);
  const seed = runSeed();
  const random = seededRandom(seed);

  it(`changes the value of the URL and nothing else (SEED=${seed})`, () => {
    for (let run = 0; run < RUNS; run++) {
      const { octets, contentType, expected } = make(random);
      const got = rewrite(octets, contentType);
      if (got === undefined || !got.equals(expected))
        expect.fail(`run ${run}: ${octets.toString("base64")} became ${got?.toString("base64")}`);
    }
  });

  it(`leaves a message alone that is cut anywhere (SEED=${seed})`, () => {
    const { octets, contentType } = make(random);
    const whole = octets
      .toString("latin1")
      .trimEnd()
      .replace(/[\0\n]+$/, "").length;
    for (let end = 0; end < whole - 2; end++) expect(rewrite(octets.subarray(0, end), contentType), `cut at ${end}`).to.equal(undefined);
  });

  it(`never fails on a damaged message, and what it changes it changes to our URL (SEED=${seed})`, () => {
    for (let run = 0; run < RUNS; run++) {
      const { octets, contentType } = make(random);
      const damaged = Buffer.from(octets);
      for (let i = random.int(6); i >= 0; i--)
        damaged[random.int(damaged.length)] = random.pick([0, 0x3c, 0x3e, 0x26, 0x22, 0x2f, 0x21, random.int(256)]);
      const once = rewrite(damaged, contentType);
      if (once === undefined) continue;
      const twice = rewrite(once, contentType);
      if (!twice?.equals(once)) expect.fail(`run ${run}: ${damaged.toString("base64")}`);
    }
  });

  const attacks = [
    ["open tags", "<a>"],
    ["comments", "<!---->"],
    ["comments without end", "<!--"],
    ["CDATA without end", "<![CDATA["],
    ["quotes", '<a b="'],
    ["ampersands", "&"],
    ["entities without end", "&amp"],
    ["structs without end", "<ParameterValueStruct><Name>"],
    ["spaces in a declaration", "<?xml "],
  ] as const;
  for (const [what, piece] of attacks) {
    it(`reads ${what} in time that grows with their number`, () => {
      const document = (count: number): Buffer =>
        Buffer.from(`<E:Envelope><E:Body><Inform><ParameterList>${piece.repeat(count)}</ParameterList></Inform></E:Body></E:Envelope>`);
      const [small, large] = [document(20_000), document(160_000)];
      rewrite(small, "text/xml");
      const ratio = (cpuMsOf(() => rewrite(large, "text/xml")) + 1) / (cpuMsOf(() => rewrite(small, "text/xml")) + 1);
      expect(ratio, "8 times as long").to.be.below(40);
    });
  }
});
