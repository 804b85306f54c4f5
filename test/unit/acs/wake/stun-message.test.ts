/**
 * Classic STUN with the attributes of TR-111. Spec: RFC 3489 11; TR-069 Annex G. Layer: unit test.
 */
import { expect } from "chai";
import { looksLikeStun, provesStunPassword, readStun, type StunToWrite, writeStun } from "../../../../acs/wake/stun-message.js";
import { seededRandom } from "../../../support/seeded-random.js";

const transactionId = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const request: StunToWrite = { kind: "binding-request", transactionId, username: "gateway", isConnectionRequestBinding: true };

/** A message of raw attributes: [type, hex]. */
function raw(type: number, attributes: readonly (readonly [number, string])[]): Buffer {
  const body = attributes.map(([kind, hex]) => {
    const value = Buffer.from(hex, "hex");
    const head = Buffer.alloc(4);
    head.writeUInt16BE(kind, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  const head = Buffer.alloc(20);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(Buffer.concat(body).length, 2);
  head.set(transactionId, 4);
  return Buffer.concat([head, ...body]);
}

describe("STUN of TR-069 Annex G", () => {
  it("a binding request on the wire: user name filled up with blanks, TR-111 mark, integrity last", () => {
    const bytes = writeStun({ ...request, isBindingChange: true, password: "secret" });
    expect(bytes.subarray(0, -20).toString("hex")).to.equal(
      [
        "00010040000102030405060708090a0b0c0d0e0f",
        `00060008${Buffer.from("gateway ").toString("hex")}`,
        `c0010014${Buffer.from("dslforum.org/TR-111 ").toString("hex")}`,
        "c0020000",
        "00080014",
      ].join(""),
    );
    expect(bytes.length).to.equal(20 + 0x40);
  });

  it("MESSAGE-INTEGRITY is HMAC-SHA1 over the message filled up with zeros to 64 octets (golden, from openssl)", () => {
    // printf of the 32 octets header + USERNAME "gateway ", then 32 zeros | openssl dgst -sha1 -hmac secret
    const bytes = writeStun({ kind: "binding-request", transactionId, username: "gateway", password: "secret" });
    expect(bytes.subarray(0, 32).toString("hex")).to.equal("00010024000102030405060708090a0b0c0d0e0f000600086761746577617920");
    expect(bytes.subarray(-20).toString("hex")).to.equal("d01c084c933b574944d393f0ecaed719dead1c19");
  });

  it("reads what it writes", () => {
    const message = readStun(
      writeStun({ ...request, isBindingChange: true, responseAddress: { host: "198.51.100.7", port: 60_001 }, password: "secret" }),
    );
    expect(message).to.deep.equal({
      kind: "binding-request",
      transactionId: new Uint8Array(transactionId),
      username: "gateway",
      responseAddress: { host: "198.51.100.7", port: 60_001 },
      isConnectionRequestBinding: true,
      isBindingChange: true,
      wantsOtherSource: false,
      hasIntegrity: true,
      unknownAttributes: [],
    });
    const answer = readStun(writeStun({ kind: "binding-response", transactionId, mappedAddress: { host: "203.0.113.255", port: 65_535 } }));
    expect(answer).to.deep.include({ kind: "binding-response", mappedAddress: { host: "203.0.113.255", port: 65_535 } });
    const error = readStun(writeStun({ kind: "binding-error", transactionId, error: { code: 431, reason: "Integrity" } }));
    expect(error).to.deep.include({ kind: "binding-error", error: { code: 431, reason: "Integrity" } });
  });

  it("a password proves itself, another does not, and none does without integrity", () => {
    const bytes = writeStun({ ...request, password: "secret" });
    expect(provesStunPassword(bytes, "secret")).to.equal(true);
    expect(provesStunPassword(bytes, "Secret")).to.equal(false);
    expect(provesStunPassword(writeStun(request), "secret")).to.equal(false);
  });

  it("any changed octet under the integrity is noticed", () => {
    const bytes = writeStun({ ...request, password: "secret" });
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[i] ?? 0) ^ 1, i);
      expect(provesStunPassword(changed, "secret"), `octet ${i}`).to.equal(false);
    }
  });

  it("integrity that is not the last attribute counts as none (RFC 3489 11.2.8)", () => {
    const bytes = raw(0x0001, [
      [0x0008, "00".repeat(20)],
      [0xc002, ""],
    ]);
    expect(readStun(bytes)?.hasIntegrity).to.equal(false);
  });

  it("the TR-111 mark may lack its blank or end in NUL; another text is no mark", () => {
    const mark = (text: string): boolean | undefined =>
      readStun(raw(0x0001, [[0xc001, Buffer.from(text).toString("hex")]]))?.isConnectionRequestBinding;
    expect(["dslforum.org/TR-111 ", "dslforum.org/TR-111", "dslforum.org/TR-111\0"].map(mark)).to.deep.equal([true, true, true]);
    expect(["dslforum.org/TR-112 ", "", " dslforum.org/TR-111"].map(mark)).to.deep.equal([false, false, false]);
  });

  it("unknown attributes up to 0x7FFF are told, those above are skipped", () => {
    expect(
      readStun(
        raw(0x0001, [
          [0x0042, ""],
          [0x8042, "01020304"],
          [0x7fff, "00"],
        ]),
      )?.unknownAttributes,
    ).to.deep.equal([0x42, 0x7fff]);
  });

  it("CHANGE-REQUEST without flags asks for nothing", () => {
    expect(readStun(raw(0x0001, [[0x0003, "00000000"]]))?.wantsOtherSource).to.equal(false);
    expect(readStun(raw(0x0001, [[0x0003, "00000006"]]))?.wantsOtherSource).to.equal(true);
  });

  it("refuses what is no whole message", () => {
    const good = writeStun(request);
    for (let length = 0; length < good.length; length++) expect(readStun(good.subarray(0, length)), String(length)).to.equal(undefined);
    expect(readStun(Buffer.concat([good, Buffer.alloc(4)]))).to.equal(undefined);
    expect(readStun(raw(0x0002, []))).to.equal(undefined);
    expect(
      readStun(
        raw(
          0x0001,
          Array.from({ length: 40 }, () => [0xc002, ""] as const),
        ),
      ),
    ).to.equal(undefined);
    expect(readStun(raw(0x0001, [[0xc003, "00".repeat(1_100)]]))).to.equal(undefined);
  });

  it("never throws, whatever comes (20,000 mutated messages)", () => {
    const random = seededRandom(7);
    const seeds = [
      writeStun({ ...request, password: "x" }),
      raw(0x0001, [
        [0x0001, "0001ea60c6336407"],
        [0x0009, "00000401"],
      ]),
      Buffer.alloc(20),
    ];
    for (let run = 0; run < 20_000; run++) {
      const bytes = Buffer.from(seeds[run % seeds.length] ?? Buffer.alloc(0));
      for (let i = 0; i < 3; i++) bytes.writeUInt8(random.int(256), random.int(bytes.length));
      const cut = bytes.subarray(0, random.bool() ? bytes.length : random.int(bytes.length));
      readStun(cut);
      provesStunPassword(cut, "x");
    }
  });

  it("its first byte tells it from the text of a connection request", () => {
    expect(looksLikeStun(writeStun(request))).to.equal(true);
    expect(looksLikeStun(Buffer.from("GET http://"))).to.equal(false);
    expect(looksLikeStun(Buffer.alloc(0))).to.equal(false);
  });
});
