/** Lenient looks into a tree. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { scanXml } from "../../../../acs/cwmp/scan-xml.js";
import { attribute, child, children, childText, el, optionalChild, optionalText, withoutPrefix } from "../../../../acs/cwmp/xml.js";

describe("xml: building an element", () => {
  it("takes attributes, text, elements and lists of elements in the order given", () => {
    const built = el("cwmp:A", { "xsi:type": "t" }, el("B", {}), [el("C", {}), el("D", {})], "x", "y");
    expect(built).to.deep.equal(scanXml('<cwmp:A xsi:type="t">xy<B/><C/><D/></cwmp:A>'));
  });

  it("takes more children than a call can have arguments", () => {
    const many = Array.from({ length: 200_000 }, () => el("Item", {}));
    expect(el("List", {}, many).children).to.have.lengthOf(200_000);
  });
});

describe("xml: looking into an element", () => {
  const tree = scanXml(
    '<r xmlns:type="u" x:Kind="1" b:type="2"><soap:Body/><body/><ITEM>one</ITEM><a:Item> two </a:Item><Item>three</Item></r>',
  );

  it("finds a child whatever its prefix", () => {
    expect(child(tree, "Body").name).to.equal("soap:Body");
  });

  it("prefers the exact name to one that differs in case", () => {
    expect(child(tree, "body").name).to.equal("body");
    expect(children(tree, "Item").map((one) => one.text)).to.deep.equal([" two ", "three"]);
  });

  it("falls back to a name that differs in case only (field quirk 45)", () => {
    expect(child(tree, "iTEM").text).to.equal("one");
    expect(children(tree, "BODY").map((one) => one.name)).to.deep.equal(["soap:Body", "body"]);
  });

  it("says with a path what is missing", () => {
    expect(() => child(tree, "Event"))
      .to.throw(MalformedMessage, "r/Event: missing")
      .with.property("path", "r/Event");
    expect(() => childText(tree, "Event")).to.throw(MalformedMessage);
    expect(optionalChild(tree, "Event")).to.equal(undefined);
    expect(optionalText(tree, "Event")).to.equal("");
    expect(children(tree, "Event")).to.deep.equal([]);
  });

  it("gives the text of a child without blanks around it", () => {
    expect(childText(el("r", {}, el("Name", {}, "\n Device.A ")), "Name")).to.equal("Device.A");
  });

  it("finds an attribute by its name as written, else by any prefix, never a namespace declaration", () => {
    expect(attribute(tree, "b:type")).to.equal("2");
    expect(attribute(tree, "xsi:type")).to.equal("2");
    expect(attribute(tree, "kind")).to.equal("1");
    expect(attribute(tree, "arrayType")).to.equal(undefined);
  });

  it("takes the prefix off a name", () => {
    expect(["cwmp:Inform", "Inform", "a:b:c", ":x"].map(withoutPrefix)).to.deep.equal(["Inform", "Inform", "b:c", "x"]);
  });
});
