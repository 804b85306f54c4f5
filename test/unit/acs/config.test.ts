/**
 * The configuration of the ACS: what is refused before anything is opened.
 * Layer: unit test.
 */
import { expect } from "chai";
import { loadAcsConfig } from "../../../acs/config.js";
import { ConfigError } from "../../../common/config.js";

const TOKEN = "0123456789abcdef";

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadAcsConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable }) => variable);
  }
}

describe("configuration of the ACS", () => {
  it("needs nothing, and keeps REST on loopback", () => {
    expect(loadAcsConfig({})).to.include({ ACS_API_HOST: "127.0.0.1", ACS_CWMP_PORT: 7547, ACS_INSECURE: false });
  });

  it("refuses REST on other addresses than loopback without --insecure", () => {
    for (const host of ["0.0.0.0", "192.0.2.1", "::", "127.example.org", "127.0.0.1.example.org"])
      expect(problemsOf({ ACS_API_HOST: host }), host).to.deep.equal(["ACS_API_HOST"]);
    expect(problemsOf({ ACS_API_HOST: "0.0.0.0", ACS_INSECURE: "true" })).to.deep.equal([]);
  });

  it("lets REST on other addresses with TLS", () => {
    expect(problemsOf({ ACS_API_HOST: "0.0.0.0", ACS_API_TLS_CERT_FILE: "a.crt", ACS_API_TLS_KEY_FILE: "a.key" })).to.deep.equal([]);
  });

  it("refuses half of a certificate, and what does nothing without TLS", () => {
    expect(problemsOf({ ACS_API_TLS_KEY_FILE: "a.key" })).to.deep.equal(["ACS_API_TLS_CERT_FILE"]);
    expect(problemsOf({ ACS_CWMP_TLS_CERT_FILE: "a.crt", ACS_CWMP_PLAIN_PORT: "0" })).to.deep.equal(["ACS_CWMP_TLS_KEY_FILE"]);
    expect(problemsOf({ ACS_CWMP_TLS_CLIENT_CA_FILE: "ca.crt", ACS_CWMP_PLAIN_PORT: "7548", ACS_BASIC_OVER_TLS: "true" })).to.deep.equal([
      "ACS_CWMP_TLS_CLIENT_CA_FILE",
      "ACS_CWMP_PLAIN_PORT",
      "ACS_BASIC_OVER_TLS",
    ]);
  });

  it("refuses less room for all bodies than for one", () => {
    expect(problemsOf({ ACS_BODY_BYTES_MAX: "1000000", ACS_BODIES_BYTES_MAX: "999999" })).to.deep.equal(["ACS_BODIES_BYTES_MAX"]);
  });

  it("refuses a bridge without its token, and a URL that is not HTTP", () => {
    expect(problemsOf({ ACS_SIP_BRIDGE_URL: "http://127.0.0.1:7549" })).to.deep.equal(["ACS_SIP_BRIDGE_TOKEN"]);
    expect(problemsOf({ ACS_SIP_BRIDGE_URL: "http://127.0.0.1:7549", ACS_SIP_BRIDGE_TOKEN: TOKEN })).to.deep.equal([]);
    expect(problemsOf({ ACS_SIP_BRIDGE_URL: "ftp://bridge.example", PUBLIC_FILES_URL: "files.example" })).to.deep.equal([
      "PUBLIC_FILES_URL",
      "ACS_SIP_BRIDGE_URL",
    ]);
  });

  it("refuses what is no key, without repeating it", () => {
    const wrong = "z".repeat(40);
    expect(() => loadAcsConfig({ ACS_SECRETS_KEY: wrong }))
      .to.throw(ConfigError, "ACS_SECRETS_KEY: expected 32 bytes")
      .with.property("message")
      .that.does.not.include(wrong);
    expect(problemsOf({ ACS_SECRETS_KEY: "a1".repeat(32) })).to.deep.equal([]);
  });

  it("STUN, lightweight notifications and XMPP are off unless asked for; HTTP connection requests are on", () => {
    const { ACS_STUN_PORT, ACS_NOTIFICATION_PORT, ACS_XMPP_SERVICE, ACS_HTTP_CONNECTION_REQUESTS } = loadAcsConfig({});
    expect([ACS_STUN_PORT, ACS_NOTIFICATION_PORT, ACS_XMPP_SERVICE, ACS_HTTP_CONNECTION_REQUESTS]).to.deep.equal([
      undefined,
      undefined,
      undefined,
      true,
    ]);
  });

  it("address ranges to which nothing is sent: a default, a list, or none", () => {
    const ranges = (text?: string): readonly string[] =>
      loadAcsConfig(text === undefined ? {} : { ACS_REFUSED_RANGES: text }).ACS_REFUSED_RANGES;
    expect(ranges()).to.deep.equal(["loopback", "link-local", "multicast", "unspecified", "reserved", "documentation"]);
    expect(ranges("private, loopback")).to.deep.equal(["private", "loopback"]);
    expect(ranges("none")).to.deep.equal([]);
    expect(() => ranges("privat")).to.throw(ConfigError, "ACS_REFUSED_RANGES: expected none, or some of loopback, link-local");
  });

  it("XMPP needs a domain, a user and a password", () => {
    const load = (): unknown => loadAcsConfig({ ACS_XMPP_SERVICE: "xmpps://xmpp.example:5223" });
    for (const name of ["DOMAIN", "USERNAME", "PASSWORD"])
      expect(load).to.throw(ConfigError, `ACS_XMPP_${name}: is required with ACS_XMPP_SERVICE`);
    expect(() => loadAcsConfig({ ACS_XMPP_SERVICE: "https://xmpp.example/" })).to.throw(ConfigError, "ACS_XMPP_SERVICE");
  });

  it("tells every problem at once", () => {
    expect(problemsOf({ ACS_API_HOST: "0.0.0.0", ACS_SECRETS_KEY: "z".repeat(32), ACS_SIP_BRIDGE_URL: "http://b" })).to.have.members([
      "ACS_API_HOST",
      "ACS_SECRETS_KEY",
      "ACS_SIP_BRIDGE_TOKEN",
    ]);
  });

  it("refuses addresses of a STUN server that is off, and needs a port that can be told", () => {
    expect(problemsOf({ PUBLIC_STUN_ADDRESS: "a", PUBLIC_STUN_PORT: "3478" })).to.deep.equal(["PUBLIC_STUN_ADDRESS", "PUBLIC_STUN_PORT"]);
    expect(problemsOf({ ACS_STUN_PORT: "0", PUBLIC_STUN_ADDRESS: "a" })).to.deep.equal(["PUBLIC_STUN_PORT"]);
    expect(problemsOf({ ACS_STUN_PORT: "3478", PUBLIC_STUN_ADDRESS: "stun.example:3478" })).to.deep.equal(["PUBLIC_STUN_ADDRESS"]);
    expect(problemsOf({ ACS_STUN_PORT: "3478", PUBLIC_STUN_ADDRESS: "stun.example" })).to.deep.equal([]);
  });
});
