/** The strict scanner: what it takes, what it refuses, and that nothing makes it work more than once over its input. Layer: test. */
import { expect } from "chai";
import { LimitExceeded, MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { scanXml, XML_LIMITS } from "../../../../acs/cwmp/scan-xml.js";
import { el } from "../../../../acs/cwmp/xml.js";
import { cpuMsOf } from "../../../support/cpu-time.js";

const A = (text: string): string => `<a>${text}</a>`;

describe("scanXml: what a document means", () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof el>])[] = [
    ["an empty root", "<a/>", el("a", {})],
    ["start and end tag", "<a></a>", el("a", {})],
    ["blanks inside tags", "<a \t\n></a \t\n>", el("a", {})],
    ["text as sent, blanks included", A(" x "), el("a", {}, " x ")],
    ["a value of blanks only", A(" \n"), el("a", {}, " \n")],
    ["blanks beside child elements are layout", A("\n <b/>\n <c> </c>\n"), el("a", {}, el("b", {}), el("c", {}, " "))],
    ["text beside child elements is kept", A("x <b/> y"), el("a", {}, "x ", " y", el("b", {}))],
    ["the five entities", A("&lt;&gt;&amp;&quot;&apos;"), el("a", {}, "<>&\"'")],
    ["a reference is not expanded twice", A("&amp;lt;"), el("a", {}, "&lt;")],
    [
      "decimal and hexadecimal references, leading zeros, planes above 0",
      A("&#65;&#x42;&#x000000043;&#120000;&#x10ffFF;"),
      el("a", {}, "ABC𝓀\u{10ffff}"),
    ],
    ["CDATA as it is", A("<![CDATA[<b>&amp;]]]]><![CDATA[>]]>"), el("a", {}, "<b>&amp;]]>")],
    ["comments and processing instructions leave no trace", A("x<!-- <b> & -->y<?p <b> & ?>z"), el("a", {}, "xyz")],
    ["attributes in both quotes", `<a b="'" c='"' d = "&lt;&#9;"/>`, el("a", { b: "'", c: '"', d: "<\t" })],
    ["blanks in attributes become spaces (XML 1.0 3.3.3)", '<a b="x\t\n\r\ny&amp;\tz"/>', el("a", { b: "x   y& z" })],
    ["line ends become LF, a referenced CR stays (XML 1.0 2.11)", A("1\r\n2\r3\n4&#13;"), el("a", {}, "1\n2\n3\n4\r")],
    [
      "a declaration, comments and blanks around the root",
      '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!----> <a/> <?p?>\n',
      el("a", {}),
    ],
    ["a byte order mark before it", "\ufeff<a/>", el("a", {})],
    ["prefixes, declared or not, stay as written", '<x:a y:b="1"/>', el("x:a", { "y:b": "1" })],
    ["names beyond ASCII", "<é𐀀·/>", el("é𐀀·", {})],
    ["names that other languages stumble over", '<__proto__ constructor="1"/>', el("__proto__", { constructor: "1" })],
  ];
  for (const [title, text, meaning] of cases) {
    it(title, () => expect(scanXml(text)).to.deep.equal(meaning));
  }
});

describe("scanXml: what is refused", () => {
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ["nothing", ["", " ", "\ufeff", '<?xml version="1.0"?>', "<!-- -->"]],
    [
      "a document type declaration, whatever is in it",
      ["<!DOCTYPE a><a/>", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ],
    ["a declaration inside", [A("<!DOCTYPE a>"), A("<!ENTITY x 'y'>"), A("<!-"), A("<![cdata[x]]>")]],
    [
      "a reference to anything but five entities and characters",
      [A("&nbsp;"), A("&a;"), A("&;"), A("&"), A("& "), A("&amp"), A("&constructor;"), '<a b="&x;"/>'],
    ],
    [
      "a reference to no character",
      [
        "&#;",
        "&#x;",
        "&#0;",
        "&#2;",
        "&#xD800;",
        "&#xFFFE;",
        "&#x110000;",
        "&#99999999999999999999;",
        "&#-1;",
        "&#1a;",
        "&#65",
        "&#X41;",
      ].map(A),
    ],
    ["characters that XML does not allow", ["\0", "\x08", "\x1b", "\ufffe", "\uffff", "\ud800", "\udc00\ud800"].map(A)],
    [
      "tags that do not match",
      ["<a>", "<a></b>", "<a></A>", "<a><b></a></b>", "<a></ab>", "<ab></a>", "</a>", "<a></a ", "<a></a x>", "<a></ a>"],
    ],
    ["tags that do not end", ["<", "<a", "<a ", "<a/", "<a / >", "<a b", '<a b="1"', "<a><", "<a></"]],
    ["what is no name", ["<1/>", "< a/>", "<-a/>", "<>", '<a 1="x"/>', "<é\u00d7/>"]],
    [
      "careless attributes",
      ["<a b/>", "<a b=1/>", '<a b="1/>', '<a b="<"/>', '<a b="1"c="2"/>', '<a b="1" b="2"/>', "<a b='1\"/>", '<a ="1"/>'],
    ],
    ["more than one root, or text around it", ["<a/><b/>", "<a/>x", "x<a/>", "<a/>&#65;", "<![CDATA[]]><a/>", "<a/></a>"]],
    [
      "sections that do not end",
      [A("<!-- "), A("<!--->"), A("<!-- -- -->"), A("<!-- --->"), A("<![CDATA[ ]]"), A("<?p "), A("<?"), A("<??>"), A("<?p/?>")],
    ],
    ['"]]>" in text', [A("x]]>"), A("]]>"), A("<b/>]]>")]],
    [
      "an XML declaration that is late or is none",
      [
        " <?xml version='1.0'?><a/>",
        A("<?xml version='1.0'?>"),
        A("<?XML?>"),
        "<?xml?><a/>",
        "<?xml encoding='a'?><a/>",
        "<?xml version='2.0'?><a/>",
        "<?xml version='1.0' standalone='x'?><a/>",
        "<?xml version='1.0'><a/>",
        "<?xml version='1.0' encoding='-'?><a/>",
        "<?xml version='1.0' encoding='&#65;'?><a/>",
      ],
    ],
  ];
  for (const [title, texts] of refused) {
    it(title, () => {
      for (const text of texts) expect(() => scanXml(text), JSON.stringify(text)).to.throw(MalformedMessage);
    });
  }

  it("tells where, in element names and characters", () => {
    expect(() => scanXml("<s:Envelope><s:Body><Inform>&x;</Inform></s:Body></s:Envelope>"))
      .to.throw(MalformedMessage, "a reference to an unknown entity, at character 29")
      .with.property("path", "Envelope/Body/Inform");
  });
});

describe("scanXml: limits by name", () => {
  const cases: readonly (readonly [keyof typeof XML_LIMITS, number, string, string])[] = [
    ["charactersMax", 8, "<a></a> ", "<a> </a> "],
    ["depthMax", 2, "<a><b/></a>", "<a><b><c/></b></a>"],
    ["depthMax", 2, "<a><b>x</b></a>", "<a><b><c>x</c></b></a>"],
    ["elementsMax", 3, "<a><b/><b/></a>", "<a><b/><b/><b/></a>"],
    ["attributesPerElementMax", 2, '<a b="" c=""/>', '<a b="" c="" d=""/>'],
    ["attributeCharactersMax", 3, '<a b="123"/>', '<a b="1234"/>'],
    ["nameCharactersMax", 3, '<abc def=""/>', "<abcd/>"],
    ["nameCharactersMax", 3, "<abc/>", '<abc defg=""/>'],
    ["referencesMax", 2, '<a b="&lt;">&#50;</a>', '<a b="&lt;">&#50;&amp;</a>'],
    ["textCharactersMax", 3, A("123"), A("1234")],
    ["textCharactersMax", 3, A("1<!-- -->&#50;<![CDATA[3]]>"), A("1<!-- -->&#50;<![CDATA[34]]>")],
  ];
  for (const [limit, most, allowed, tooMuch] of cases) {
    it(`${limit} ${most}: takes ${allowed}, refuses ${tooMuch}`, () => {
      expect(() => scanXml(allowed, { [limit]: most })).to.not.throw();
      expect(() => scanXml(tooMuch, { [limit]: most }))
        .to.throw(LimitExceeded)
        .with.property("limit", limit);
    });
  }

  it("of more than 16,384 elements each has 24 characters on average: takes the smallest parameters, refuses bare tags", () => {
    const list = (one: string, count: number): string => `<a>${one.repeat(count)}</a>`;
    const smallest = "<ParameterInfoStruct><Name>Device.A.B</Name><Writable>0</Writable></ParameterInfoStruct>";
    expect(scanXml(list("<b/>", 16_000)).children).to.have.lengthOf(16_000);
    expect(scanXml(list(smallest, 20_000)).children).to.have.lengthOf(20_000);
    expect(() => scanXml(list("<b/>", 17_000)))
      .to.throw(LimitExceeded)
      .with.property("limit", "elementsMax");
  });

  it("reads 32 KiB and far more with the limits as they are (TR-069 3.5)", () => {
    expect(scanXml(A("x".repeat(8 * 1_048_576))).text).to.have.lengthOf(8 * 1_048_576);
  });
});

/** A bound that quadratic work on a megabyte passes by orders of magnitude, and linear work meets on any machine. */
const LINEAR_CPU_MS = 1_500;

describe("scanXml: attack documents cost linear work", () => {
  const M = 1_000_000;
  const attacks: readonly (readonly [string, () => string, string])[] = [
    ["a million elements inside each other", () => "<a>".repeat(M), "depthMax"],
    ["a million elements side by side", () => A("<b/>".repeat(M)), "elementsMax"],
    ["100,000 attributes", () => `<a ${Array.from({ length: 100_000 }, (_, i) => `b${i}="1"`).join(" ")}/>`, "attributesPerElementMax"],
    ["elements of 64 attributes each", () => A(`<b ${Array.from({ length: 64 }, (_, i) => `b${i}=""`).join(" ")}/>`.repeat(1_500)), "none"],
    [
      "an entity bomb",
      () => `<!DOCTYPE a [${Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join("")}]><a>&e9;</a>`,
      "malformed",
    ],
    ["openings of comments", () => A("<!--".repeat(M / 4)), "malformed"],
    ["comments that nearly end", () => A(`<!--${"- ".repeat(M)}`), "malformed"],
    ["empty comments", () => A("<!---->".repeat(M / 7)), "none"],
    ["openings of CDATA", () => A("<![CDATA[".repeat(M / 9)), "malformed"],
    ["empty CDATA", () => A("<![CDATA[]]>x".repeat(M / 13)), "none"],
    ["openings of processing instructions", () => A("<?p ".repeat(M / 4)), "malformed"],
    ["brackets that nearly are ]]>", () => A("]]".repeat(M)), "none"],
    ["as many references as there may be", () => A("&amp;".repeat(XML_LIMITS.referencesMax)), "none"],
    ["more references", () => A("&amp;".repeat(M / 5)), "referencesMax"],
    ["a reference of a million digits", () => A(`&#${"0".repeat(M)}65;`), "none"],
    ["references in attributes and none after", () => A(`${'<b c="&amp;"/>'.repeat(M / 14)}${" ".repeat(M)}`), "none"],
    ["ampersands that only comments hold", () => A("<!--&--><b>x</b>".repeat(M / 16)), "none"],
    ["blanks, then children", () => A(`${" ".repeat(M / 8)}x${"<b/>".repeat(20_000)}`), "none"],
    ["text in pieces between children", () => A("x<b/>".repeat(100_000)), "none"],
    ["a name without end", () => `<${"a".repeat(M)}`, "nameCharactersMax"],
    ["an attribute without end", () => `<a b="${"x".repeat(M)}`, "attributeCharactersMax"],
    ["blanks in a tag", () => `<a${" ".repeat(M)}/>`, "none"],
    ["quotes that never close", () => `<a b=${`"'`.repeat(M)}`, "malformed"],
    ["less-than signs", () => "<".repeat(M), "malformed"],
    ["carriage returns", () => A("\r".repeat(M)), "none"],
    ["lone surrogates", () => A("\ud800".repeat(M)), "malformed"],
    ["NULs", () => "\0".repeat(M), "malformed"],
    ["names that all differ", () => A(Array.from({ length: 100_000 }, (_, i) => `<n${i}/>`).join("")), "none"],
  ];
  for (const [title, make, outcome] of attacks) {
    it(`${title}: ${outcome === "none" ? "read" : `refused, ${outcome}`}`, () => {
      const text = make();
      const cpuMs = cpuMsOf(() => expect(outcomeOf(text)).to.equal(outcome));
      expect(cpuMs).to.be.below(LINEAR_CPU_MS);
    });
  }
});

/** However close its elements stand: that they may not is a limit of its own. */
function outcomeOf(text: string): string {
  try {
    scanXml(text, { charactersPerElementMin: 1 });
    return "none";
  } catch (error) {
    if (error instanceof LimitExceeded) return error.limit;
    if (error instanceof MalformedMessage) return "malformed";
    throw error;
  }
}
