/**
 * RFC 4475, the SIP torture test messages, as the npm package `sip` ships them: what the parser makes of them. What the bridge answers to
 * each of the 49 is in rfc4475-answers.test.ts.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseCredentials } from "../../common/digest.js";
import { refusalOf } from "../../sip-bridge/sip/admit-request.js";
import { readContacts } from "../../sip-bridge/sip/header-values.js";
import { headerValue, MalformedMessage, param, type SipMessage, type SipRequest } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { aorKey, decodeEscapes, parseUri } from "../../sip-bridge/sip/uri.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";
import { type NpmSipAddress, npmSip } from "../support/npm-sip.js";
import { repositoryPath } from "../support/shared-data.js";

const FOLDER = repositoryPath("node_modules/sip/test/messages");
const bytesOf = (name: string): Buffer => readFileSync(join(FOLDER, `${name}.dat`));
const parse = (name: string): SipMessage => parseMessage(bytesOf(name));
function parseRequest(name: string): SipRequest {
  const message = parse(name);
  if (message.kind !== "request") throw new RangeError(`${name} is a response`);
  return message;
}

/** Files of that folder that are no messages of the RFC: cut off, empty, or of the package's own. */
const NOT_OF_THE_RFC = ["baddn", "baddn_sep", "test"];

const VALID = [
  ...[
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
  ],
];
/** Well formed, with a meaning that somebody has to refuse or ignore: 3.1.2.12, 3.2, 3.3, 3.4. */
const ODD_BUT_PARSED = [
  ...["baddate", "badbranch", "bext01", "novelsc", "unkscm", "unksm2", "regaut01", "invut", "bcast", "zeromf", "cparam01", "cparam02"],
  ...["regescrt", "sdp01", "inv2543"],
];
const REFUSED = {
  "3.1.2.1 extraneous separators": ["badinv01", 400],
  "3.1.2.2 Content-Length larger than the message": ["clerr", 400],
  "3.1.2.3 negative Content-Length": ["ncl", 400],
  "3.1.2.4 overlarge CSeq in a request": ["scalar02", 400],
  "3.1.2.6 unterminated quoted string": ["quotbal", 400],
  "3.1.2.7 angle brackets around the Request-URI": ["ltgtruri", 400],
  "3.1.2.8 white space in the Request-URI": ["lwsruri", 400],
  "3.1.2.9 several spaces between start-line elements": ["lwsstart", 400],
  "3.1.2.10 spaces at the end of the request line": ["trws", 400],
  "3.1.2.11 escaped headers in the Request-URI": ["escruri", 400],
  "3.1.2.13 a Contact that needs brackets": ["regbadct", 400],
  "3.1.2.14 spaces within an addr-spec": ["badaspec", 400],
  "3.1.2.16 unknown protocol version": ["badvers", 505],
  "3.1.2.17 start-line and CSeq methods differ": ["mismatch01", 400],
  "3.1.2.18 the same with an unknown method": ["mismatch02", 501],
  "3.3.1 no From, To and Call-ID": ["insuf", 400],
  "3.3.8 several values of single headers": ["multi01", 400],
  "3.3.9 several Content-Length values": ["mcl01", 400],
  "the package's own: CSeq too large": ["badcseq", 400],
} as const;
const DROPPED = { "3.1.2.5 overlarge CSeq in a response": "scalarlg", "3.1.2.19 overlarge status code": "bigcode" } as const;

describe("RFC 4475 3.1.1: valid messages", () => {
  for (const name of VALID)
    it(`${name} is parsed, and forwarded as it came`, () => {
      const bytes = bytesOf(name);
      const written = Buffer.from(writeMessage(parseMessage(bytes)));
      expect(bytes.subarray(0, written.length).equals(written)).to.equal(true);
    });

  it("3.1.1.1 wsinv: odd white space and folding change nothing", () => {
    const message = parseRequest("wsinv");
    expect(message.vias.map(({ transport, host, params }) => [transport, host, param(params, "branch")])).to.deep.equal([
      ["UDP", "192.0.2.2", "390skdjuw"],
      ["TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["UDP", "192.168.255.111", "z9hG4bK30239"],
    ]);
    expect(message.from).to.deep.equal({
      displayName: 'J Rosenberg \\"',
      uri: "sip:jdrosen@example.com",
      params: [{ name: "tag", value: "98asjd8" }],
    });
    expect(message).to.include({ maxForwards: 68 });
    expect(message.cseq).to.deep.equal({ number: 9, method: "INVITE" });
    expect(headerValue(message, "subject")).to.equal("");
    expect(headerValue(message, "newfangledheader")).to.equal("newfangled value continued newfangled value");
  });

  it("3.1.1.2 intmeth: all characters of a token, and control characters in quotes", () => {
    const message = parseRequest("intmeth");
    expect(message.method).to.equal("!interesting-Method0123456789_*+`.%indeed'~");
    expect(message.to.displayName).to.equal("BEL:\x07 NUL:\0 DEL:\x7f");
    expect(headerValue(message, "extensionheader-!.%*+_`'~")).to.be.a("string");
    expect(parseUri(message.uri).host).to.equal("example.com");
  });

  it("3.1.1.3 esc01: an escaped URI in the user part is a user part", () => {
    const uri = parseUri(parseRequest("esc01").uri);
    expect([uri.scheme, decodeEscapes(uri.user ?? ""), uri.host]).to.deep.equal(["sip", "sips:user@example.com", "example.net"]);
  });

  it("3.1.1.4 escnull: an escaped null is a character like others", () => {
    expect(aorKey(parseUri(parseRequest("escnull").to.uri))).to.equal("null-\0-null@example.com");
    expect(readContacts(parse("escnull"))).to.have.length(2);
  });

  it("3.1.1.5 esc02: where there are no escapes, a percent sign is one", () => {
    const message = parseRequest("esc02");
    expect(message.method).to.equal("RE%47IST%45R");
    expect(headerValue(message, "contact")).to.equal("<sip:alias1@host1.example.com>");
    expect(refusalOf(message, { methods: ["REGISTER"], extensions: [], bodyTypes: [] })?.status).to.equal(501);
  });

  it("3.1.1.6 lwsdisp: no space between display name and bracket", () => expect(parse("lwsdisp").from.displayName).to.equal("caller"));
  it("3.1.1.7 longreq: long values, and 34 hops", () => expect(parse("longreq").vias).to.have.length(34));
  it("3.1.1.8 dblreq: what follows the body is ignored", () => expect(parse("dblreq").body).to.have.length(0));

  it("3.1.1.9 semiuri: a semicolon in the user part", () => {
    const { user, params } = parseUri(parseRequest("semiuri").uri);
    expect([decodeEscapes(user ?? ""), params]).to.deep.equal(["user;par=u@example.net", []]);
  });

  it("3.1.1.10 transports: unknown transports in Via", () => {
    expect(parse("transports").vias.map(({ transport }) => transport)).to.deep.equal(["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
  });

  it("3.1.1.12 unreason: octets of a reason are kept", () => {
    const message = parse("unreason");
    const reason = message.kind === "response" ? Buffer.from(message.reason, "latin1").toString("utf8") : "";
    expect(reason).to.equal("= 2**3 * 5**2 но сто девяносто девять - простое");
  });

  it("3.1.1.13 noreason: an empty reason", () => expect(parse("noreason")).to.include({ status: 100, reason: "" }));
});

describe("RFC 4475 3.1.2 and 3.3: messages that are refused", () => {
  for (const [what, [name, status]] of Object.entries(REFUSED)) {
    it(`${what} (${name}): ${status}`, () => {
      expect(() => parse(name))
        .to.throw(MalformedMessage)
        .with.property("status", status);
    });
  }
  for (const [what, name] of Object.entries(DROPPED)) {
    it(`${what} (${name}): dropped, not answered`, () => {
      expect(() => parse(name))
        .to.throw(MalformedMessage)
        .with.property("request", undefined);
    });
  }
});

describe("RFC 4475: messages that are well formed and odd", () => {
  const abilities = { methods: ["INVITE", "OPTIONS", "REGISTER"], extensions: [], bodyTypes: ["application/sdp"] };
  const refusal = (name: string): unknown => refusalOf(parseRequest(name), abilities)?.status;

  for (const name of ODD_BUT_PARSED) it(`${name} is parsed`, () => expect(parse(name).kind).to.be.a("string"));

  it("3.3.2, 3.3.3 a Request-URI of an unknown scheme: 416", () =>
    expect([refusal("unkscm"), refusal("novelsc")]).to.deep.equal([416, 416]));
  it("3.3.4 To and From of unknown schemes: no address-of-record", () => {
    expect(() => parseUri(parse("unksm2").to.uri)).to.throw(MalformedMessage);
  });
  it("3.3.5 unknown required extension: 420 with Unsupported", () => {
    const refused = refusalOf(parseRequest("bext01"), abilities);
    expect(refused?.status).to.equal(420);
    expect(refused?.headers.map(({ value }) => value)).to.deep.equal(["nothingSupportsThis, nothingSupportsThisEither"]);
  });
  it("3.3.6 unknown content type: 415 with Accept", () => expect(refusal("invut")).to.equal(415));
  it("3.3.7 unknown authorization scheme: as if there were none", () => {
    expect(parseCredentials(headerValue(parse("regaut01"), "authorization") ?? "")).to.equal(undefined);
  });
  it("3.3.11 Max-Forwards 0", () => expect(parseRequest("zeromf").maxForwards).to.equal(0));
  it("3.3.12, 3.3.13 parameters of a contact and of its URI are told apart", () => {
    const params = (name: string): unknown => {
      const contacts = readContacts(parse(name));
      return contacts === "*" ? contacts : contacts.map((contact) => [contact.params, parseUri(contact.uri).params]);
    };
    expect(params("cparam01")).to.deep.equal([[[{ name: "unknownparam" }], []]]);
    expect(params("cparam02")).to.deep.equal([[[], [{ name: "unknownparam" }]]]);
  });
  it("3.3.14 headers escaped in a contact stay there", () => {
    expect(readContacts(parse("regescrt"))).to.deep.equal([{ uri: "sip:user@example.com?Route=%3Csip:sip.example.com%3E", params: [] }]);
  });
  it("3.4.1 an INVITE of RFC 2543 has no branch and no Max-Forwards", () => {
    expect(param(parse("inv2543").vias[0]?.params ?? [], "branch")).to.equal(undefined);
    expect(parseRequest("inv2543").maxForwards).to.equal(70);
  });
});

describe("RFC 4475: the set", () => {
  it("has no message that no test looks at", () => {
    const refused = Object.values(REFUSED).map(([name]) => name);
    const looked = [...VALID, ...ODD_BUT_PARSED, ...refused, ...Object.values(DROPPED), ...NOT_OF_THE_RFC];
    const names = readdirSync(FOLDER)
      .filter((file) => file.endsWith(".dat"))
      .map((file) => file.slice(0, -4));
    expect([...looked].sort()).to.deep.equal(names.sort());
  });

  /** It unescapes the method (esc02), and cannot read this one (intmeth). */
  const npmSipMisreads = ["esc02", "intmeth"];
  const address = ({ uri, params }: NpmSipAddress): unknown => [uri, Object.keys(params).sort()];
  const ourAddress = ({ uri, params }: SipMessage["from"]): unknown => [uri, params.map(({ name }) => name).sort()];

  for (const name of [...VALID, ...ODD_BUT_PARSED].filter((candidate) => !npmSipMisreads.includes(candidate))) {
    it(`npm sip reads ${name} as we do`, () => {
      const theirs = npmSip.parse(bytesOf(name));
      const ours = parse(name);
      const contacts = readContacts(ours);
      expect(theirs).to.include(ours.kind === "request" ? { method: ours.method, uri: ours.uri } : { status: ours.status });
      expect(theirs?.headers["call-id"]).to.equal(ours.callId);
      expect(theirs?.headers.cseq).to.deep.equal({ seq: ours.cseq.number, method: ours.cseq.method });
      expect(theirs && [address(theirs.headers.from), address(theirs.headers.to)]).to.deep.equal([
        ourAddress(ours.from),
        ourAddress(ours.to),
      ]);
      expect(theirs?.headers.via.map(({ protocol, host, port, params }) => [protocol, host, port, params["branch"]])).to.deep.equal(
        ours.vias.map(({ transport, host, port, params }) => [transport, host, port, param(params, "branch")]),
      );
      if (contacts !== "*" && contacts.length > 0) {
        const theirContacts = theirs?.headers.contact;
        expect(theirContacts === undefined || theirContacts === "*" ? [] : theirContacts.map(address)).to.deep.equal(
          contacts.map(ourAddress),
        );
      }
      // It takes Content-Length 0 for none, so what follows becomes a body.
      if (headerValue(ours, "content-length") !== "0") expect(theirs?.content).to.equal(Buffer.from(ours.body).toString("latin1"));
    });
  }
});
