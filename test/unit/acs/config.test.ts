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

  it("tells every problem at once", () => {
    expect(problemsOf({ ACS_API_HOST: "0.0.0.0", ACS_SECRETS_KEY: "z".repeat(32), ACS_SIP_BRIDGE_URL: "http://b" })).to.have.members([
      "ACS_API_HOST",
      "ACS_SECRETS_KEY",
      "ACS_SIP_BRIDGE_TOKEN",
    ]);
  });
});
