/**
 * The CWMP relay and the Connection-Request gateway over TLS: devices call the relay with it, the relay the ACS, ACSs the gateway.
 * Spec: TR-069 3.3; RFC 9325. Layer: integration test.
 */
import { get } from "node:https";
import { expect } from "chai";
import { type Authority, type Certified, makeAuthority, TLS_HOST } from "../support/certificates.js";
import { RawConnection } from "../support/cwmp-client.js";
import { type ForeignAcs, openForeignAcs } from "../support/foreign-acs.js";
import { requireCommand } from "../support/services.js";
import { startTestBridge, type TestBridge } from "../support/test-bridge.js";

describe("the CWMP relay over TLS", function () {
  this.timeout(20_000);
  let authority: Authority;
  let certified: Certified;
  let acs: ForeignAcs;
  let bridge: TestBridge;

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    certified = await authority.issue("bridge");
    const ofAcs = await authority.issue("acs", 30, "localhost");
    acs = await openForeignAcs({ password: "p", tls: ofAcs });
    bridge = await start(authority.certFile);
  });
  after(async () => {
    await bridge?.close();
    await acs?.close();
    await authority?.remove();
  });

  function start(upstreamCaFile?: string): Promise<TestBridge> {
    const listeners = { host: "127.0.0.1", port: 0, tls: { port: 0, files: certified } };
    return startTestBridge({
      connectionRequests: { listeners },
      relay: { listeners, upstreamUrl: `https://localhost:${acs.port}`, ...(upstreamCaFile === undefined ? {} : { upstreamCaFile }) },
    });
  }
  const trusting = () => ({ ca: authority.cert, servername: TLS_HOST });
  const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

  it("passes what a device says over TLS to an ACS that speaks TLS", async () => {
    const device = await RawConnection.open(bridge.relay?.tlsPort ?? 0, trusting());
    device.write(POST);
    const { status, headers } = await device.answer();
    expect([status, headers["www-authenticate"]]).to.deep.equal([401, 'Digest realm="Foreign ACS", nonce="n1", qop="auth", opaque="o"']);
    device.close();
  });

  it("serves devices that can't, on its other port", async () => {
    const device = await RawConnection.open(bridge.relay?.port ?? 0);
    device.write(POST);
    expect((await device.answer()).status).to.equal(401);
    device.close();
  });

  it("says nothing to an ACS whose certificate nobody vouches for", async () => {
    const other = await start();
    const device = await RawConnection.open(other.relay?.port ?? 0);
    device.write(POST);
    expect((await device.answer()).status).to.equal(502);
    device.close();
    await other.close();
  });

  it("hears connection requests over TLS", async () => {
    const path = `/cr/${"A".repeat(32)}`;
    const status = await new Promise((resolve, reject) => {
      const options = { ...trusting(), host: "127.0.0.1", port: bridge.connectionRequests?.tlsPort, path, agent: false };
      get(options, (answer) => resolve(answer.resume().statusCode)).on("error", reject);
    });
    expect(status).to.equal(401);
  });
});
