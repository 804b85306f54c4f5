/**
 * The bridge's configuration: what is refused before anything is opened.
 * Layer: unit test.
 */
import { expect } from "chai";
import { ConfigError } from "../../../common/config.js";
import { isLoopback } from "../../../common/ip-address.js";
import { loadSipBridgeConfig, sipAddresses, sipTls } from "../../../sip-bridge/config.js";
import { connectionRequestsOf, relayOf } from "../../../sip-bridge/connection-request-config.js";
import { wakeConfigOf } from "../../../sip-bridge/wake-config.js";

const RIGHT = { SIP_DOMAIN: "voice.example", SIP_HOST: "192.0.2.1", BRIDGE_TOKEN: "0123456789abcdef" };

function problemsOf(changes: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadSipBridgeConfig({ ...RIGHT, ...changes });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable }) => variable);
  }
}

describe("configuration of the SIP bridge", () => {
  it("needs a domain, an address and a token", () => {
    expect(problemsOf({})).to.deep.equal([]);
    expect(problemsOf({ SIP_DOMAIN: "", BRIDGE_TOKEN: "short" })).to.deep.equal(["SIP_DOMAIN", "BRIDGE_TOKEN"]);
  });

  it("has safe defaults", () => {
    const config = loadSipBridgeConfig(RIGHT);
    expect(config).to.include({ SIP_PORT: 5060, BRIDGE_HTTP_HOST: "127.0.0.1", BRIDGE_HTTP_PORT: 7549, BRIDGE_INSECURE: false });
    expect(config.SIP_DIGEST_ALGORITHMS).to.deep.equal(["SHA-256", "MD5"]);
  });

  it("refuses HTTP on other addresses than loopback without --insecure", () => {
    for (const host of ["0.0.0.0", "192.0.2.1", "example.org", "::", "127.0.0.1.example.org"]) {
      expect(problemsOf({ BRIDGE_HTTP_HOST: host }), host).to.deep.equal(["BRIDGE_HTTP_HOST"]);
    }
    expect(problemsOf({ BRIDGE_HTTP_HOST: "0.0.0.0", BRIDGE_INSECURE: "true" })).to.deep.equal([]);
    expect(["127.0.0.1", "127.8.9.1", "::1", "localhost"].every(isLoopback)).to.equal(true);
  });

  it("guesses no public address from a socket on all addresses", () => {
    expect(problemsOf({ SIP_HOST: "0.0.0.0" })).to.deep.equal(["SIP_PUBLIC_HOST"]);
    expect(problemsOf({ SIP_HOST: "0.0.0.0,::", SIP_PUBLIC_HOST: "198.51.100.5" })).to.deep.equal(["SIP_PUBLIC_HOST"]);
    expect(problemsOf({ SIP_HOST: "0.0.0.0,::", SIP_PUBLIC_HOST: "sip.voice.example" })).to.deep.equal([]);
  });

  it("gives each family its own public address", () => {
    const hosts = { SIP_HOST: ["0.0.0.0", "::"], SIP_PUBLIC_HOST: ["2001:db8::5", "198.51.100.5"] };
    expect(sipAddresses(hosts)).to.deep.equal([
      { address: "0.0.0.0", publicHost: "198.51.100.5" },
      { address: "::", publicHost: "2001:db8::5" },
    ]);
  });

  it("opens no Connection-Request gateway unless ACSs are told where it is", () => {
    expect(connectionRequestsOf(loadSipBridgeConfig(RIGHT))).to.equal(undefined);
    expect(connectionRequestsOf(loadSipBridgeConfig({ ...RIGHT, CR_PUBLIC_URL: "http://bridge.example:7548" }))).to.deep.include({
      ...{ listeners: { host: "127.0.0.1", port: 7548 }, publicUrl: "http://bridge.example:7548", algorithms: ["MD5"] },
    });
  });

  it("puts TLS on the port of the gateway, and another port beside it", () => {
    const files = { CR_TLS_CERT_FILE: "c.pem", CR_TLS_KEY_FILE: "k.pem" };
    const config = loadSipBridgeConfig({ ...RIGHT, ...files, CR_PUBLIC_URL: "https://bridge.example:7548", CR_PLAIN_PORT: "7580" });
    expect(connectionRequestsOf(config)?.listeners).to.deep.equal({
      ...{ host: "127.0.0.1", port: 7580, tls: { port: 7548, files: { certFile: "c.pem", keyFile: "k.pem" } } },
    });
    expect(problemsOf({ CR_TLS_CERT_FILE: "c.pem" })).to.deep.equal(["CR_TLS_KEY_FILE"]);
    expect(problemsOf({ CR_PLAIN_PORT: "7580" })).to.deep.equal(["CR_PLAIN_PORT"]);
  });

  it("opens no relay without the URL that it gives the ACS, nor before anything but a server", () => {
    const upstream = { RELAY_UPSTREAM_URL: "https://acs.example:7547" };
    expect(problemsOf(upstream)).to.deep.equal(["CR_PUBLIC_URL"]);
    expect(problemsOf({ RELAY_UPSTREAM_URL: "http://acs.example/path", CR_PUBLIC_URL: "http://b" })).to.deep.equal(["RELAY_UPSTREAM_URL"]);
    const config = loadSipBridgeConfig({ ...RIGHT, ...upstream, CR_PUBLIC_URL: "http://bridge.example:7548" });
    expect(relayOf(config)).to.deep.include({
      ...{ listeners: { host: "0.0.0.0", port: 7550 }, upstreamUrl: "https://acs.example:7547", hostHeader: "device", tellsAddress: false },
    });
    expect(relayOf(loadSipBridgeConfig(RIGHT))).to.equal(undefined);
  });

  it("takes no gateway URL that breaks XML, or that a path can't follow", () => {
    for (const url of [
      "bridge.example",
      "ftp://bridge.example",
      "http://bridge.example/",
      "http://bridge.example/?x",
      "http://b.example/a&b",
    ])
      expect(problemsOf({ CR_PUBLIC_URL: url }), url).to.deep.equal(["CR_PUBLIC_URL"]);
    expect(problemsOf({ BRIDGE_SECRETS_KEY: "x".repeat(40) })).to.deep.equal(["BRIDGE_SECRETS_KEY"]);
  });

  it("takes one address of each family", () => {
    expect(problemsOf({ SIP_HOST: "192.0.2.1,192.0.2.2" })).to.deep.equal(["SIP_HOST"]);
    expect(problemsOf({ SIP_HOST: "gateway.example" })).to.deep.equal(["SIP_HOST"]);
    expect(problemsOf({ SIP_HOST: "192.0.2.1,2001:db8::1" })).to.deep.equal([]);
  });

  it("takes a certificate with its key, and nothing that only TLS could do without one", () => {
    const tls = { SIP_TLS_CERT_FILE: "a.crt", SIP_TLS_KEY_FILE: "a.key" };
    expect(problemsOf(tls)).to.deep.equal([]);
    expect(problemsOf({ SIP_TLS_CONNECT_CERT_FILE: "a.crt" })).to.deep.equal(["SIP_TLS_CONNECT_KEY_FILE"]);
    expect(problemsOf({ SIP_TLS_CONNECT_KEY_FILE: "a.key" })).to.deep.equal(["SIP_TLS_CONNECT_CERT_FILE"]);
    expect(problemsOf({ SIP_TLS_CERT_FILE: "a.crt" })).to.deep.equal(["SIP_TLS_KEY_FILE"]);
    expect(problemsOf({ SIP_TLS_KEY_FILE: "a.key" })).to.deep.equal(["SIP_TLS_CERT_FILE"]);
    expect(problemsOf({ SIP_TLS_CLIENT_CA_FILE: "ca.crt" })).to.deep.equal(["SIP_TLS_CLIENT_CA_FILE"]);
    expect(problemsOf({ ...tls, SIP_TLS_CLIENT_REQUIRED: "true" })).to.deep.equal(["SIP_TLS_CLIENT_CA_FILE"]);
    expect(problemsOf({ ...tls, SIP_TLS_CLIENT_REQUIRED: "true", SIP_TLS_CLIENT_CA_FILE: "ca.crt" })).to.deep.equal([]);
  });

  it("speaks TCP beside UDP, and TLS only with a certificate", () => {
    const config = loadSipBridgeConfig(RIGHT);
    expect(config).to.include({ SIP_TCP: true, SIP_TLS_PORT: 5061, SIP_NAT_KEEP_ALIVE: "off" });
    expect(sipTls(config)).to.equal(undefined);
    const withTls = loadSipBridgeConfig({ ...RIGHT, SIP_TLS_CERT_FILE: "a.crt", SIP_TLS_KEY_FILE: "a.key", SIP_PUBLIC_TLS_PORT: "443" });
    expect(sipTls(withTls)).to.deep.include({ certFile: "a.crt", keyFile: "a.key", port: 5061, publicPort: 443 });
  });

  it("refuses intervals and algorithms that make no sense", () => {
    expect(problemsOf({ SIP_EXPIRES_MIN_S: "120", SIP_EXPIRES_MAX_S: "60" })).to.deep.equal(["SIP_EXPIRES_MIN_S"]);
    expect(problemsOf({ SIP_DIGEST_ALGORITHMS: "SHA-1" })).to.have.length(1);
    expect(problemsOf({ SIP_DIGEST_ALGORITHMS: "," })).to.deep.equal(["SIP_DIGEST_ALGORITHMS"]);
  });

  it("the proxy of the operator is a SIP URI without headers; its user and password go together", () => {
    for (const uri of ["proxy.example", "tel:+1", "sip:proxy.example?Route=x", "sips:proxy.example;transport=udp"])
      expect(problemsOf({ WAKE_PROXY: uri }), uri).to.deep.equal(["WAKE_PROXY"]);
    const proxy = { WAKE_PROXY: "sip:proxy.example;transport=tcp" };
    expect(problemsOf({ ...proxy, WAKE_PROXY_USER: "acs" })).to.deep.equal(["WAKE_PROXY_PASSWORD"]);
    expect(problemsOf({ ...proxy, WAKE_PROXY_PASSWORD: "x" })).to.deep.equal(["WAKE_PROXY_USER"]);
    expect(problemsOf({ WAKE_PROXY_USER: "acs", WAKE_PROXY_PASSWORD: "x" })).to.deep.equal(["WAKE_PROXY"]);
  });

  it("the proxy's credentials serve its own realm, which is its host unless it is told", () => {
    const env = { ...RIGHT, WAKE_PROXY: "sip:proxy.example", WAKE_PROXY_USER: "acs", WAKE_PROXY_PASSWORD: "x" };
    const realm = (more: Readonly<Record<string, string>>) => wakeConfigOf(loadSipBridgeConfig({ ...env, ...more })).proxy?.account?.realm;
    expect([realm({}), realm({ WAKE_PROXY_REALM: "ims.example" })]).to.deep.equal(["proxy.example", "ims.example"]);
  });

  it("no event that restarts devices is sent to all of them", () => {
    expect(problemsOf({ WAKE_EVENTS: "resync,check-sync;reboot=true" })).to.deep.equal(["WAKE_EVENTS"]);
    expect(problemsOf({ WAKE_EVENTS: "resync,check-sync;reboot=false" })).to.deep.equal([]);
  });

  it("DNS servers are addresses, with or without a port", () => {
    expect(problemsOf({ SIP_DNS_SERVERS: "192.0.2.53,192.0.2.54:5353,2001:db8::53,[2001:db8::54]:5353" })).to.deep.equal([]);
    expect(problemsOf({ SIP_DNS_SERVERS: "dns.example" })).to.deep.equal(["SIP_DNS_SERVERS"]);
  });
});
