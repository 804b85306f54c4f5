/**
 * The datagram of a UDP connection request. Spec: TR-069 Annex G.2.1.3. Layer: unit test (golden).
 */
import { expect } from "chai";
import { udpSignature, writeUdpConnectionRequest } from "../../../../acs/wake/udp-connection-request.js";

const address = { host: "198.51.100.7", port: 60_001 };
const request = { address, ts: 1_700_000_000, id: 42, username: "gateway", cnonce: "c0ffee", password: "cr secret" };

describe("UDP connection request", () => {
  it("is a GET with ts, id, un, cn and sig, and no body (signature computed by openssl dgst -sha1 -hmac)", () => {
    expect(writeUdpConnectionRequest(request).toString("latin1")).to.equal(
      "GET http://198.51.100.7:60001?ts=1700000000&id=42&un=gateway&cn=c0ffee&sig=E0827AC4EDD823955E762F729C4AE08B68D5F2D4 HTTP/1.1\r\n" +
        "Host: 198.51.100.7:60001\r\n\r\n",
    );
  });

  it("a user name that a URL can't carry is percent-encoded in the request, and signed as it is", () => {
    const username = "0A1B2C-VG 2000-Ä&cn=1";
    const text = writeUdpConnectionRequest({ ...request, username }).toString("latin1");
    expect(text).to.include("&un=0A1B2C-VG%202000-%C3%84%26cn%3D1&");
    expect(text).to.include(`sig=${udpSignature({ ts: "1700000000", id: "42", username, cnonce: "c0ffee" }, "cr secret")}`);
  });
});
