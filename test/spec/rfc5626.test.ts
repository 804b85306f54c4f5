/**
 * RFC 5626, Managing Client-Initiated Connections ("outbound"), at the registrar; with RFC 5627 for the GRUU of an instance.
 * Layer: spec test.
 */
import { expect } from "chai";
import { ipRange } from "../../common/ip-address.js";
import { SecretKey } from "../../common/secret-box.js";
import { chooseBinding } from "../../sip-bridge/notify/choose-binding.js";
import { instanceOfAddress, publicGruu } from "../../sip-bridge/registrar/gruu.js";
import { createTemporaryGruus } from "../../sip-bridge/temporary-gruus.js";
import { DOMAIN, FLOW, type RegistrarTalk, registrarTalk } from "../support/registrar-talk.js";

const INSTANCE = "urn:uuid:00000000-0000-1000-8000-aabbccddeeff";
const OUTBOUND = "Supported: path, outbound";
const contact = (regId: number, uri = "sip:anna@192.0.2.10;transport=tcp", more = ""): string =>
  `Contact: <${uri}>;reg-id=${regId};+sip.instance="<${INSTANCE}>"${more}`;

const values = ({ headers = [] }: ReturnType<RegistrarTalk["register"]>, name: string): readonly string[] =>
  headers.filter(({ key }) => key === name).map(({ value }) => value);
const flowsOf = (talk: RegistrarTalk) => talk.bindings.map(({ regId, contact: uri }) => [regId, uri]);

describe("RFC 5626 6: registrar procedures", () => {
  it("says Require: outbound in the 200, and gives instance and reg-id back", () => {
    const talk = registrarTalk();
    const answer = talk.register(contact(1), OUTBOUND);
    expect(values(answer, "require")).to.deep.equal(["outbound"]);
    expect(talk.contactsOf(answer)[0]).to.include(`;+sip.instance="<${INSTANCE}>";reg-id=1`);
  });

  it("says Flow-Timer where one is configured, and else nothing", () => {
    expect(values(registrarTalk({ policy: { flowTimerS: 120 } }).register(contact(1), OUTBOUND), "flow-timer")).to.deep.equal(["120"]);
    expect(values(registrarTalk().register(contact(1), OUTBOUND), "flow-timer")).to.deep.equal([]);
  });

  it("names a binding by address-of-record, instance and reg-id: a new contact replaces the old one", () => {
    const talk = registrarTalk();
    talk.register(contact(1), OUTBOUND);
    talk.register(contact(1, "sip:anna@192.0.2.99"), OUTBOUND, "Call-ID: after-restart");
    expect(flowsOf(talk)).to.deep.equal([[1, "sip:anna@192.0.2.99"]]);
  });

  it("keeps several flows of one instance, also when their contact is the same", () => {
    const talk = registrarTalk();
    talk.register(contact(1), OUTBOUND);
    const answer = talk.register(contact(2), OUTBOUND, "Call-ID: flow-2");
    expect(talk.bindings.map(({ regId }) => regId)).to.deep.equal([1, 2]);
    expect(talk.contactsOf(answer)).to.have.length(2);
  });

  it("removes one flow and leaves the other", () => {
    const talk = registrarTalk();
    talk.register(contact(1), OUTBOUND);
    talk.register(contact(2), OUTBOUND);
    talk.register(contact(1, undefined, ";expires=0"), OUTBOUND);
    expect(talk.bindings.map(({ regId }) => regId)).to.deep.equal([2]);
  });

  it("removes all flows that have a contact when it is removed without reg-id, and all by *", () => {
    for (const removal of [["Contact: <sip:anna@192.0.2.10;transport=tcp>;expires=0"], ["Contact: *", "Expires: 0"]]) {
      const talk = registrarTalk();
      talk.register(contact(1), OUTBOUND);
      talk.register(contact(2), OUTBOUND);
      talk.register(...removal);
      expect(talk.bindings).to.deep.equal([]);
    }
  });

  it("keeps the order of requests per flow: same Call-ID and CSeq not higher is refused", () => {
    const talk = registrarTalk();
    talk.register(contact(1), OUTBOUND, "CSeq: 9 REGISTER");
    expect(talk.register(contact(1, "sip:late@192.0.2.1"), OUTBOUND, "CSeq: 8 REGISTER").status).to.equal(500);
    expect(talk.register(contact(2), OUTBOUND, "CSeq: 8 REGISTER").status).to.equal(200);
  });

  it("takes the place of what the same instance had registered without outbound", () => {
    const talk = registrarTalk();
    talk.register(`Contact: <sip:anna@192.0.2.50>;+sip.instance="<${INSTANCE}>"`);
    talk.register(contact(1), OUTBOUND, "Call-ID: c2");
    expect(flowsOf(talk)).to.deep.equal([[1, "sip:anna@192.0.2.10;transport=tcp"]]);
  });

  it("rejects the entire registration with 400 when several contacts shall last and one has a reg-id", () => {
    const talk = registrarTalk();
    const both = `${contact(1)}, <sip:b@192.0.2.11>`;
    expect(talk.register(both, OUTBOUND).status).to.equal(400);
    expect(talk.bindings).to.deep.equal([]);
    expect(talk.register(`${contact(1)}, <sip:b@192.0.2.11>;expires=0`, OUTBOUND).status).to.equal(200);
  });

  const ordinary: readonly (readonly [string, readonly string[]])[] = [
    ["without outbound in Supported", [contact(1)]],
    ["without an instance", ["Contact: <sip:anna@192.0.2.10>;reg-id=1", OUTBOUND]],
    ["with reg-id 0", [contact(0), OUTBOUND]],
    ["with a reg-id that is no number", [contact(1).replace("reg-id=1", "reg-id=first"), OUTBOUND]],
    ["with a reg-id beyond 2^31-1", [contact(2_147_483_648), OUTBOUND]],
  ];
  for (const [what, lines] of ordinary) {
    it(`registers by the ordinary rules ${what}, and does not say Require`, () => {
      const talk = registrarTalk();
      const answer = talk.register(...lines);
      expect([answer.status, values(answer, "require"), talk.bindings[0]?.regId]).to.deep.equal([200, [], 0]);
    });
  }

  it("understands Require: outbound", () =>
    expect(registrarTalk().register(contact(1), OUTBOUND, "Require: outbound").status).to.equal(200));
});

describe("RFC 5626 6: the first hop", () => {
  const trustedEdges = [ipRange("198.51.100.0/28")];
  const VIAS = "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKe, SIP/2.0/TCP 192.0.2.10;branch=z9hG4bKu";
  const throughEdge = (path: string, ...lines: readonly string[]) => {
    const talk = registrarTalk({ policy: { trustedEdges } });
    return talk.register(contact(1), VIAS, path, ...(lines.length === 0 ? [OUTBOUND] : lines)).status;
  };

  it("takes a flow that the edge next to the user agent holds: its Path says ob", () => {
    expect(throughEdge("Path: <sip:core.voice.example;lr>, <sip:t0k3n@edge.voice.example;lr;ob>")).to.equal(200);
  });
  it("answers 439 when the first hop lacks outbound", () => {
    expect(throughEdge("Path: <sip:core.voice.example;lr;ob>, <sip:edge.voice.example;lr>")).to.equal(439);
    expect(throughEdge("Path: <sip:edge.voice.example;lr>")).to.equal(439);
    expect(throughEdge("Supported: outbound", OUTBOUND)).to.equal(439);
  });
  it("answers 200 through the same edge when the user agent does not ask for outbound", () => {
    expect(throughEdge("Path: <sip:edge.voice.example;lr>", "Supported: path")).to.equal(200);
  });
  it("believes no ob in a Path of a stranger's", () => {
    const talk = registrarTalk({ policy: { trustedEdges }, flow: { ...FLOW, remoteAddress: "203.0.113.9" } });
    expect(talk.register(contact(1), VIAS, "Path: <sip:evil.example;lr;ob>", OUTBOUND).status).to.equal(439);
  });
});

describe("RFC 5626 5.3: which flow of an instance a request takes", () => {
  const threeFlows = (): RegistrarTalk => {
    const talk = registrarTalk();
    for (const regId of [1, 2, 3]) {
      talk.register(contact(regId), OUTBOUND);
      talk.pass(1);
    }
    return talk;
  };
  const orderOf = (talk: RegistrarTalk, isOpen: (regId: number) => boolean): readonly number[] => {
    const choice = chooseBinding(talk.bindings, ({ regId }) => isOpen(regId));
    return "none" in choice ? [] : [choice.binding, ...choice.others].map(({ regId }) => regId);
  };

  it("the newest first, then the next", () => expect(orderOf(threeFlows(), () => true)).to.deep.equal([3, 2, 1]));
  it("those that are dead last: one of them may be all there is", () => {
    expect(orderOf(threeFlows(), (regId) => regId === 1)).to.deep.equal([1, 3, 2]);
  });
});

describe("RFC 5627: public GRUUs", () => {
  const GRUU = `sip:anna@${DOMAIN};gr=${INSTANCE}`;

  it("5.3: the 200 has pub-gruu for each contact with an instance, if the user agent supports gruu", () => {
    const talk = registrarTalk();
    talk.register("Contact: <sip:other@192.0.2.77>");
    const answer = talk.register(`Contact: <sip:a@192.0.2.10>;+sip.instance="<${INSTANCE}>"`, "Supported: gruu");
    expect(talk.contactsOf(answer).map((value) => /pub-gruu="([^"]*)"/.exec(value)?.[1])).to.deep.equal([undefined, GRUU]);
  });
  it("5.3: nothing without gruu in Supported", () => {
    const talk = registrarTalk();
    expect(talk.contactsOf(talk.register(contact(1), OUTBOUND))[0]).not.to.include("gruu");
  });
  it("5.1: a contact that is a GRUU of this domain is refused with 403: it would lead back to us", () => {
    expect(registrarTalk().register(`Contact: <${GRUU}>`).status).to.equal(403);
  });
  it("5.4: a GRUU leads back to its instance, escapes included", () => {
    for (const instanceId of [INSTANCE, "odd;id=1 \xe9%"])
      expect(instanceOfAddress(publicGruu(`anna@${DOMAIN}`, instanceId))).to.equal(instanceId);
  });
  it("an address-of-record names no instance", () => expect(instanceOfAddress(`anna@${DOMAIN}`)).to.equal(undefined));
});

describe("RFC 5627: temporary GRUUs", () => {
  const SUPPORTED = "Supported: gruu";
  const gruus = createTemporaryGruus(new SecretKey(new Uint8Array(32)));
  const ofInstance = (instanceId: string): string => `Contact: <sip:a@192.0.2.10>;+sip.instance="<${instanceId}>"`;
  const talkWith = () => registrarTalk({ policy: { temporaryGruu: gruus.of } });
  type Talk = ReturnType<typeof talkWith>;
  const given = (talk: Talk, ...lines: readonly string[]): string =>
    /temp-gruu="([^"]*)"/.exec(talk.contactsOf(talk.register(ofInstance(INSTANCE), SUPPORTED, ...lines))[0] ?? "")?.[1] ?? "";
  /** The contacts that it leads to. */
  const reached = ({ bindings }: Talk, gruu: string): readonly string[] => {
    const read = gruus.read(gruu);
    return bindings
      .filter((binding) => binding.addressOfRecord === read?.addressOfRecord && read.isOf(binding))
      .map(({ contact }) => contact);
  };

  it("5.3: the 200 has temp-gruu beside pub-gruu, another one each time, that tells nobody whose it is (3.1.2)", () => {
    const talk = talkWith();
    const [first, second] = [given(talk), given(talk)];
    expect(first)
      .to.match(new RegExp(`^sip:tgruu\\.[\\w.-]+@${DOMAIN};gr$`))
      .and.not.include("anna");
    expect(second).not.to.equal(first);
  });
  it("4.2: all that were given lead to the instance, until it registers with another Call-ID", () => {
    const talk = talkWith();
    const all = [given(talk), given(talk)];
    for (const gruu of all) expect(reached(talk, gruu)).to.deep.equal(["sip:a@192.0.2.10"]);
    const fresh = given(talk, "Call-ID: after-a-restart");
    expect([...all, fresh].map((gruu) => reached(talk, gruu).length)).to.deep.equal([0, 0, 1]);
  });
  it("one that was changed, or that another registrar gave, is none", () => {
    const gruu = given(talkWith());
    const other = createTemporaryGruus(new SecretKey(new Uint8Array(32).fill(1)));
    expect([
      other.read(gruu),
      gruus.read(gruu.replace(/v1\../, (begin) => (begin.endsWith("A") ? "v1.B" : "v1.A"))),
      gruus.read(gruu.replace(";gr", "")),
      gruus.read("sip:tgruu.v1.x"),
    ]).to.deep.equal(Array(4).fill(undefined));
  });
});
