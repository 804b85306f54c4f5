/**
 * RFC 3261 10.3, "Processing REGISTER Requests", step by step; with 22 for digest and 19.1.4 for comparing contacts.
 * Layer: spec test.
 */
import { expect } from "chai";
import { authorizationFor, DOMAIN, FLOW, type Login, registrarTalk } from "../support/registrar-talk.js";
import { sipRequest } from "../support/sip-messages.js";

const START = `REGISTER sip:${DOMAIN} SIP/2.0`;
const CONTACT = "Contact: <sip:anna@192.0.2.10:5060;line=abc>";

describe("RFC 3261 10.3 step 1: the domain of the Request-URI", () => {
  it("answers 404 for a domain that is not ours, without a challenge", () => {
    const answer = registrarTalk().send(sipRequest("REGISTER sip:elsewhere.example SIP/2.0", CONTACT));
    expect(answer).to.deep.equal({ status: 404 });
  });

  it("takes a name of ours in any case, and an alias", () => {
    const talk = registrarTalk();
    expect(talk.send(sipRequest("REGISTER sip:VOICE.example SIP/2.0", CONTACT)).status).to.equal(401);
    expect(talk.send(sipRequest("REGISTER sip:192.0.2.1:5060 SIP/2.0", CONTACT)).status).to.equal(401);
  });

  it("takes no user part: the Request-URI names a registrar", () => {
    expect(registrarTalk().send(sipRequest(`REGISTER sip:anna@${DOMAIN} SIP/2.0`, CONTACT)).status).to.equal(404);
  });
});

describe("RFC 3261 10.3 step 2: Require", () => {
  it("answers 420 and names in Unsupported what it does not understand", () => {
    const { status, headers } = registrarTalk().send(sipRequest(START, CONTACT, "Require: 100rel, precondition"));
    expect([status, headers?.map(({ name, value }) => `${name}: ${value}`)]).to.deep.equal([420, ["Unsupported: 100rel, precondition"]]);
  });
});

describe("RFC 3261 10.3 step 3: authentication", () => {
  function login(how: Login, ...lines: readonly string[]): number {
    const talk = registrarTalk();
    const request = sipRequest(START, CONTACT, ...lines);
    const challenged = talk.send(request);
    return talk.send(sipRequest(START, CONTACT, ...lines, authorizationFor(request, challenged, how))).status;
  }

  it("challenges with SHA-256 first and MD5 second, each with qop auth", () => {
    const { status, headers = [] } = registrarTalk().send(sipRequest(START, CONTACT));
    expect(status).to.equal(401);
    expect(headers.map(({ value }) => /algorithm=([\w-]+)/.exec(value)?.[1])).to.deep.equal(["SHA-256", "MD5"]);
    for (const { name, value } of headers)
      expect(`${name}: ${value}`).to.match(/^WWW-Authenticate: Digest realm="voice.example".*qop="auth"/);
  });

  it("lets in who answers the SHA-256 challenge", () => expect(login({})).to.equal(200));
  it("lets in who answers the MD5 challenge", () => expect(login({ place: 1 })).to.equal(200));
  it("lets nobody in with a wrong password", () => expect(login({ password: "guess" })).to.equal(401));

  it("answers an unknown user as it answers a wrong password", () => {
    const talk = registrarTalk();
    const request = sipRequest(START, CONTACT);
    const challenged = talk.send(request);
    const shapes = [{ password: "guess" }, { username: "nobody" }].map((how) => {
      const answer = talk.send(sipRequest(START, CONTACT, authorizationFor(request, challenged, how)));
      return JSON.stringify(answer).replaceAll(/nonce=\\"[^"]*"/g, "nonce");
    });
    expect(shapes[0]).to.equal(shapes[1]);
    expect(shapes[0]).to.include('"status":401').and.not.include("stale");
  });

  it("answers a replayed request with a fresh challenge, marked stale, and changes nothing", () => {
    const talk = registrarTalk();
    const request = sipRequest(START, CONTACT);
    const authorized = sipRequest(START, CONTACT, authorizationFor(request, talk.send(request)));
    expect(talk.send(authorized).status).to.equal(200);
    const before = talk.bindings;
    const replay = talk.send(authorized);
    expect([replay.status, replay.headers?.[0]?.value.includes("stale=true")]).to.deep.equal([401, true]);
    expect(talk.bindings).to.equal(before);
  });

  it("marks the challenge stale when the password is right but the nonce too old", () => {
    const talk = registrarTalk();
    const request = sipRequest(START, CONTACT);
    const authorized = sipRequest(START, CONTACT, authorizationFor(request, talk.send(request)));
    talk.pass(61);
    const answer = talk.send(authorized);
    expect([answer.status, answer.headers?.[0]?.value.includes("stale=true")]).to.deep.equal([401, true]);
  });

  it("takes a digest-uri that is not the Request-URI but names us (22.4 item 6)", () => {
    const talk = registrarTalk();
    const challenged = talk.send(sipRequest(START, CONTACT));
    const toAddress = sipRequest("REGISTER sip:192.0.2.1:5060 SIP/2.0", CONTACT);
    expect(talk.send(sipRequest(START, CONTACT, authorizationFor(toAddress, challenged))).status).to.equal(200);
  });

  it("takes a nonce count that skips numbers: requests get lost", () => {
    const talk = registrarTalk();
    const challenged = talk.send(sipRequest(START, CONTACT));
    const statuses = [1, 5].map((nc) => {
      const request = sipRequest(START, CONTACT, `CSeq: ${nc} REGISTER`);
      return talk.send(sipRequest(START, CONTACT, `CSeq: ${nc} REGISTER`, authorizationFor(request, challenged, { nc }))).status;
    });
    expect(statuses).to.deep.equal([200, 200]);
  });

  const refused: readonly (readonly [string, (line: string) => string])[] = [
    ["a nonce of somebody else's", (line) => line.replace(/nonce="[^"]*"/, 'nonce="AAAA"')],
    ["another realm", (line) => line.replace(/realm="[^"]*"/, 'realm="elsewhere.example"')],
    ["an algorithm that was not offered", (line) => line.replace("algorithm=SHA-256", "algorithm=SHA-512-256")],
    ["a session algorithm that was not offered", (line) => line.replace("algorithm=SHA-256", "algorithm=SHA-256-sess")],
    ["qop auth-int that was not offered", (line) => line.replace("qop=auth", "qop=auth-int")],
    ["a digest-uri of another host", (line) => line.replace(/uri="[^"]*"/, 'uri="sip:elsewhere.example"')],
    ["Basic", () => "Authorization: Basic YW5uYTpzM2NyZXQh"],
    ["no digest at all", () => "Authorization: Digest"],
  ];
  for (const [what, spoil] of refused) {
    it(`does not accept ${what}`, () => {
      const talk = registrarTalk();
      const request = sipRequest(START, CONTACT);
      const line = spoil(authorizationFor(request, talk.send(request)));
      expect(talk.send(sipRequest(START, CONTACT, line)).status).to.equal(401);
    });
  }
});

describe("RFC 3261 10.3 steps 4 and 5: who may change what", () => {
  it('"if the authenticated user is not authorized to modify bindings, the registrar MUST return a 403"', () => {
    const talk = registrarTalk();
    expect(talk.register(`To: <sip:berta@${DOMAIN}>`, CONTACT).status).to.equal(403);
    expect(talk.bindings).to.deep.equal([]);
  });

  it("asks the account, not the From header, whose address it is", () => {
    const talk = registrarTalk({ addressesOfRecord: [`berta@${DOMAIN}`] });
    expect(talk.register(`From: <sip:mallory@elsewhere.example>;tag=1`, `To: <sip:berta@${DOMAIN}>`, CONTACT).status).to.equal(200);
  });

  it('"if the address-of-record is not valid for the domain in the Request-URI, the registrar MUST send a 404"', () => {
    expect(registrarTalk().register("To: <sip:anna@elsewhere.example>", CONTACT).status).to.equal(404);
  });

  it("takes URI parameters and escapes out of the address-of-record, and keeps its user's case", () => {
    const talk = registrarTalk();
    expect(talk.register(`To: <sip:%61nna@VOICE.EXAMPLE;user=phone>`, CONTACT).status).to.equal(200);
    expect(talk.bindings[0]?.addressOfRecord).to.equal(`anna@${DOMAIN}`);
    expect(talk.register(`To: <sip:Anna@${DOMAIN}>`, CONTACT).status).to.equal(403);
  });

  it("does not let an escaped NUL cut the address-of-record (RFC 4475 3.1.1.4)", () => {
    expect(registrarTalk().register(`To: <sip:anna%00@${DOMAIN}>`, CONTACT).status).to.equal(404);
  });

  it("answers 400 for a To that is no SIP URI", () => {
    expect(registrarTalk().register("To: <tel:+4930123456>", CONTACT).status).to.equal(400);
  });
});

describe("RFC 3261 10.3 step 6: Contact *", () => {
  it('removes all bindings when it stands alone with "Expires: 0"', () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>, <sip:b@192.0.2.11>");
    const answer = talk.register("Contact: *", "Expires: 0");
    expect([answer.status, talk.contactsOf(answer), talk.bindings]).to.deep.equal([200, [], []]);
  });

  for (const lines of [["Contact: *"], ["Contact: *", "Expires: 60"], ["Contact: *, <sip:a@192.0.2.10>", "Expires: 0"]]) {
    it(`answers 400 for ${lines.join(" with ")} and changes nothing`, () => {
      const talk = registrarTalk();
      talk.register(CONTACT);
      const before = talk.bindings;
      expect(talk.register(...lines).status).to.equal(400);
      expect(talk.bindings).to.equal(before);
    });
  }

  it("does not remove a binding whose Call-ID is the same and whose CSeq is not lower", () => {
    const talk = registrarTalk();
    talk.register(CONTACT, "CSeq: 9 REGISTER");
    expect(talk.register("Contact: *", "Expires: 0", "CSeq: 9 REGISTER").status).to.equal(500);
    expect(talk.bindings).to.have.length(1);
  });
});

describe("RFC 3261 10.3 step 7: intervals", () => {
  function grantedFor(...lines: readonly string[]): string | undefined {
    const talk = registrarTalk();
    return /expires=(\d+)/.exec(talk.contactsOf(talk.register(...lines))[0] ?? "")?.[1];
  }

  it("takes the expires parameter before the header", () => {
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=120", "Expires: 240")).to.equal("120");
  });
  it("takes the Expires header when the contact has no parameter", () => {
    expect(grantedFor("Contact: <sip:a@192.0.2.10>", "Expires: 240")).to.equal("240");
  });
  it("grants an hour when the request names no interval", () => expect(grantedFor("Contact: <sip:a@192.0.2.10>")).to.equal("3600"));
  it("takes what it can't read as an hour (10.2.1.1)", () => {
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=soon")).to.equal("3600");
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=4294967296")).to.equal("3600");
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=1e3")).to.equal("3600");
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires")).to.equal("3600");
    expect(grantedFor("Contact: <sip:a@192.0.2.10>", "Expires: -5")).to.equal("3600");
  });
  it("takes the largest interval there is, 2^32-1, and shortens it", () => {
    expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=4294967295")).to.equal("7200");
  });
  it("may shorten a long interval", () => expect(grantedFor("Contact: <sip:a@192.0.2.10>;expires=86400")).to.equal("7200"));

  it("answers 423 with Min-Expires when the interval is too brief, and changes nothing", () => {
    const talk = registrarTalk();
    const { status, headers } = talk.register("Contact: <sip:a@192.0.2.10>;expires=59");
    expect([status, headers?.map(({ name, value }) => `${name}: ${value}`)]).to.deep.equal([423, ["Min-Expires: 60"]]);
    expect(talk.bindings).to.deep.equal([]);
    expect(talk.register("Contact: <sip:a@192.0.2.10>;expires=60").status).to.equal(200);
  });

  it("never calls an hour or zero too brief", () => {
    const talk = registrarTalk({ policy: { expiresMinS: 7_200 } });
    expect(talk.register("Contact: <sip:a@192.0.2.10>;expires=3600").status).to.equal(200);
    expect(talk.register("Contact: <sip:a@192.0.2.10>;expires=0").status).to.equal(200);
    expect(talk.bindings).to.deep.equal([]);
  });

  it("removes the binding when the interval is zero", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>, <sip:b@192.0.2.11>");
    const answer = talk.register("Contact: <sip:a@192.0.2.10>;expires=0");
    expect(talk.contactsOf(answer)).to.deep.equal(["<sip:b@192.0.2.11>;expires=3600"]);
  });

  it("forgets a binding when its interval is over", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>;expires=120");
    talk.pass(119);
    expect(talk.contactsOf(talk.register())).to.deep.equal(["<sip:a@192.0.2.10>;expires=1"]);
    talk.pass(1);
    expect(talk.contactsOf(talk.register())).to.deep.equal([]);
  });
});

describe("RFC 3261 10.3 step 7: order of requests", () => {
  it("answers 500 when the Call-ID agrees and the CSeq is not higher, and changes nothing", () => {
    for (const cseq of [7, 6]) {
      const talk = registrarTalk();
      talk.register("Contact: <sip:a@192.0.2.10>;expires=600", "CSeq: 7 REGISTER");
      const before = talk.bindings;
      expect(talk.register("Contact: <sip:a@192.0.2.10>;expires=0", `CSeq: ${cseq} REGISTER`).status).to.equal(500);
      expect(talk.bindings).to.equal(before);
    }
  });

  it("takes a lower CSeq under another Call-ID: the user agent has restarted", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>", "CSeq: 7 REGISTER");
    expect(talk.register("Contact: <sip:a@192.0.2.10>", "CSeq: 1 REGISTER", "Call-ID: other").status).to.equal(200);
  });

  it("does all of a request or nothing: one contact out of order leaves the other unchanged", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>", "CSeq: 9 REGISTER");
    expect(talk.register("Contact: <sip:b@192.0.2.11>, <sip:a@192.0.2.10>", "CSeq: 8 REGISTER").status).to.equal(500);
    expect(talk.bindings.map(({ contact }) => contact)).to.deep.equal(["sip:a@192.0.2.10"]);
  });

  it("does all of a request or nothing: one contact that can't be read leaves the other unchanged", () => {
    const talk = registrarTalk();
    expect(talk.register("Contact: <sip:b@192.0.2.11>, <mailto:b@voice.example>").status).to.equal(400);
    expect(talk.bindings).to.deep.equal([]);
  });
});

describe("RFC 3261 10.3 step 7: which binding it is", () => {
  const pairs: readonly (readonly [string, string, boolean])[] = [
    ["sip:a@192.0.2.10", "sip:%61@192.0.2.10", true],
    ["sip:a@Host.example", "sip:a@hOST.example", true],
    ["sip:a@192.0.2.10;lr", "sip:a@192.0.2.10", true],
    ["sip:a@192.0.2.10", "sip:A@192.0.2.10", false],
    ["sip:a@192.0.2.10", "sip:a@192.0.2.10:5060", false],
    ["sip:a@192.0.2.10", "sip:a@192.0.2.10;transport=udp", false],
    ["sip:a@192.0.2.10;line=1", "sip:a@192.0.2.10;line=2", false],
  ];
  for (const [first, second, isSame] of pairs) {
    it(`${second} is ${isSame ? "the same contact as" : "another contact than"} ${first}`, () => {
      const talk = registrarTalk();
      talk.register(`Contact: <${first}>`);
      talk.register(`Contact: <${second}>`);
      expect(talk.bindings.map(({ contact }) => contact)).to.deep.equal(isSame ? [second] : [first, second]);
    });
  }

  it("knows a user agent that came back with another port by its instance id (RFC 5626 4.1)", () => {
    const talk = registrarTalk();
    const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-00A0C1B2D3E4>"';
    talk.register(`Contact: <sip:a@192.0.2.10:1000>;${instance}`);
    talk.register(`Contact: <sip:a@192.0.2.10:2000>;${instance.toLowerCase()}`, "Call-ID: after-restart");
    expect(talk.bindings.map(({ contact }) => contact)).to.deep.equal(["sip:a@192.0.2.10:2000"]);
  });

  it("keeps parameters of the URI with the URI, and those of the contact apart (RFC 4475 3.3.12)", () => {
    const talk = registrarTalk();
    talk.register("Contact: sip:a@192.0.2.10;expires=120");
    talk.register("Contact: <sip:b@192.0.2.10;expires=120>");
    expect(talk.bindings.map(({ contact }) => contact)).to.deep.equal(["sip:a@192.0.2.10", "sip:b@192.0.2.10;expires=120"]);
  });

  it("keeps the contact exactly as registered, and the flow that it came by", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:Anna@192.0.2.10:5060;Line=aBc;transport=UDP;ob>", "User-Agent: Gateway/1.2", "Allow-Events: talk, hold");
    expect(talk.bindings[0]).to.include({ contact: "sip:Anna@192.0.2.10:5060;Line=aBc;transport=UDP;ob", userAgent: "Gateway/1.2" });
    expect(talk.bindings[0]).to.deep.include({ flow: FLOW, allowEvents: "talk, hold", username: "anna" });
  });
});

describe("RFC 3261 10.3 step 7: no other answer than a registrar gives", () => {
  it("offers no Service-Route: requests of the user agent's have another proxy (RFC 3608)", () => {
    const { headers } = registrarTalk().register(CONTACT, "Supported: path, gruu, outbound");
    expect(headers?.map(({ key }) => key)).to.deep.equal(["contact", "date"]);
  });
  it('"ignores the Record-Route header field if it is present in a REGISTER request"', () => {
    const talk = registrarTalk();
    const { status, headers } = talk.register(CONTACT, "Record-Route: <sip:p1.example;lr>");
    expect([status, headers?.some(({ key }) => key === "record-route"), talk.bindings[0]?.path]).to.deep.equal([200, false, []]);
  });
});

describe("RFC 3261 10.3: limits on contacts", () => {
  it("answers 403 to one contact too many, and changes nothing", () => {
    const talk = registrarTalk({ policy: { contactsPerAddressMax: 2 } });
    talk.register("Contact: <sip:a@192.0.2.10>, <sip:b@192.0.2.10>");
    expect(talk.register("Contact: <sip:c@192.0.2.10>").status).to.equal(403);
    expect(talk.bindings).to.have.length(2);
    expect(talk.register("Contact: <sip:a@192.0.2.10>").status).to.equal(200);
  });

  const bad = ["224.0.1.75", "239.255.255.255", "255.255.255.255", "0.0.0.0", "[ff02::1]", "[::]", "[::ffff:224.0.0.1]", "192.0.2.1:0"];
  for (const host of bad) {
    it(`answers 400 for a contact at ${host}`, () => expect(registrarTalk().register(`Contact: <sip:a@${host}>`).status).to.equal(400));
  }
  it("answers 400 for a contact that points to a multicast group by maddr", () => {
    expect(registrarTalk().register("Contact: <sip:a@192.0.2.10;maddr=224.0.1.75>").status).to.equal(400);
  });
  it("answers 400 for a contact of 513 characters, and takes one of 512", () => {
    const long = (characters: number): string => `sip:${"a".repeat(characters - "sip:@192.0.2.10".length)}@192.0.2.10`;
    expect(registrarTalk().register(`Contact: <${long(513)}>`).status).to.equal(400);
    expect(registrarTalk().register(`Contact: <${long(512)}>`).status).to.equal(200);
  });
});

describe("RFC 3261 10.3 step 7: what is kept of a contact (20.10)", () => {
  it("keeps q in steps of 0.001, and takes 1 where there is none", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>;q=0.125, <sip:b@192.0.2.11>;q=1.000, <sip:c@192.0.2.12>");
    expect(talk.bindings.map(({ q }) => q)).to.deep.equal([0.125, 1, 1]);
  });
  for (const q of ["1.001", "2", "-1", "0.1234", "high", ""]) {
    it(`answers 400 to q=${q}, and changes nothing`, () => {
      const talk = registrarTalk();
      expect(talk.register(`Contact: <sip:a@192.0.2.10>;q=${q}`).status).to.equal(400);
      expect(talk.bindings).to.deep.equal([]);
    });
  }
  it("shows q again, and every parameter of the contact as it came", () => {
    const talk = registrarTalk();
    const answer = talk.register('Contact: <sip:a@192.0.2.10>;q=0.50;expires=600;audio;methods="INVITE, BYE";x=1');
    expect(talk.contactsOf(answer)).to.deep.equal(['<sip:a@192.0.2.10>;expires=600;q=0.5;audio;methods="INVITE, BYE";x=1']);
  });
  it("does not give back a GRUU that the user agent made up", () => {
    const talk = registrarTalk();
    expect(talk.contactsOf(talk.register('Contact: <sip:a@192.0.2.10>;pub-gruu="sip:evil"'))[0]).not.to.include("evil");
  });
  it("answers 400 to parameters of more than 512 characters", () => {
    expect(registrarTalk().register(`Contact: <sip:a@192.0.2.10>;x=${"y".repeat(510)}`).status).to.equal(400);
  });
});

describe("RFC 3261 10.3 step 8: the answer", () => {
  it("lists all current bindings, each with what is left of its interval", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:a@192.0.2.10>;expires=600");
    talk.pass(100);
    const answer = talk.register('Contact: "Anna" <sip:b@192.0.2.11>;expires=300');
    expect(talk.contactsOf(answer)).to.deep.equal(["<sip:a@192.0.2.10>;expires=500", "<sip:b@192.0.2.11>;expires=300"]);
  });

  it("answers a request without contacts with the list, and changes nothing", () => {
    const talk = registrarTalk();
    talk.register(CONTACT);
    const before = talk.bindings;
    expect(talk.contactsOf(talk.register())).to.deep.equal(["<sip:anna@192.0.2.10:5060;line=abc>;expires=3600"]);
    expect(talk.bindings).to.equal(before);
  });

  it("says what time it is", () => {
    const talk = registrarTalk();
    const date = talk.register(CONTACT).headers?.find(({ key }) => key === "date")?.value;
    expect(date).to.equal("Tue, 14 Nov 2023 22:13:20 GMT");
  });
});
