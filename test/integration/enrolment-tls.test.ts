/**
 * Enrolment over TLS: by a factory certificate, by the password of a batch in HTTP Basic, and on trust.
 * Spec: TR-069 3.3, 3.4.4; DESIGN 4; cwmp.md 1.3, 1.11 row 29. Layer: integration test.
 */
import type { ConnectionOptions } from "node:tls";
import { expect } from "chai";
import { type Authority, makeAuthority, TLS_HOST } from "../support/certificates.js";
import { type CwmpClient, heard } from "../support/cwmp-client.js";
import { BATCH_PASSWORD, openRule, removeRules, type Stranger, stranger } from "../support/enrolling.js";
import { requireCommand } from "../support/services.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

describe("enrolment over TLS", () => {
  let authority: Authority;
  let acs: TestAcs;
  let tls: ConnectionOptions;

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    const own = await authority.issue(TLS_HOST);
    tls = { ca: authority.cert, servername: TLS_HOST };
    acs = await startTestAcs({
      env: {
        ...{ ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: own.keyFile, ACS_CWMP_TLS_CLIENT_CA_FILE: authority.certFile },
        ...{ ACS_BASIC_OVER_TLS: "true", ACS_REFRESH_AT_BOOTSTRAP: "false" },
      },
    });
  });
  after(async () => {
    await acs?.close();
    await authority?.remove();
  });
  afterEach(() => removeRules(acs));

  const isRegistered = async (id: string): Promise<boolean> => (await acs.stores.devices.get(id)) !== undefined;
  const overTls = (more: Partial<CwmpClient["options"]> = {}): Stranger => stranger(acs, { tls, ...more });
  const basic = (username: string, password: string) => ({ headers: { Authorization: `Basic ${btoa(`${username}:${password}`)}` } });
  const statusOf = async (device: Stranger, password: string): Promise<number> =>
    (await device.send(device.informText(["0 BOOTSTRAP"]), basic(device.id, password))).status;

  describe("by a factory certificate", () => {
    async function certified(commonName?: string, identity?: Stranger["options"]["identity"]): Promise<Stranger> {
      const device = overTls(identity === undefined ? {} : { identity });
      const { cert, key } = await authority.issue(commonName ?? device.id);
      return stranger(acs, { ...device.options, tls: { ...tls, cert, key } });
    }
    const enrols = async (device: Stranger): Promise<number> => (await device.send(device.informText(["0 BOOTSTRAP"]))).status;
    const whyNot = async (certificate: string): Promise<unknown> =>
      (await acs.events(null, "device-unknown")).find(({ data }) => data["certificate"] === certificate)?.data["why"];

    it("a device that the certificate names is registered under a rule, and provisioned in that session", async () => {
      const rule = await openRule(acs, { kind: "certificate" });
      const device = await certified();
      expect(heard(await device.send(device.informText(["1 BOOT"])))).to.equal("InformResponse");
      expect(heard(await device.send(""))).to.equal("SetParameterValues");
      const [event] = await acs.events(device.id, "device-enrolled");
      expect(event?.data).to.include({ rule, proof: "certificate", certificate: device.id });
      expect((await acs.call("GET", `/api/devices/${device.id}`)).body).to.include({ enrolledBy: rule });
    });

    it("without a rule for certificates it stays 403, a window for passwords or not", async () => {
      await openRule(acs);
      const device = await certified();
      expect(await enrols(device)).to.equal(403);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("the OUIs and product classes of the rule hold: 403, and nothing is registered", async () => {
      await openRule(acs, { kind: "certificate", ouis: ["0A1B2C"] });
      const device = await certified();
      expect(await enrols(device)).to.equal(403);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("one that leaves out the product class enrols one device, whatever classes its holder thinks of", async () => {
      await openRule(acs, { kind: "certificate" });
      const identity = { oui: "00D09E", productClass: "HG1", serialNumber: "ONECERT" };
      const device = await certified("00D09E-ONECERT", identity);
      expect(await enrols(device)).to.equal(200);
      const other = stranger(acs, { ...device.options, identity: { ...identity, productClass: "HG2" } });
      expect(await enrols(other)).to.equal(403);
      expect(await whyNot("00D09E-ONECERT")).to.equal("certificate-used");
      expect(await isRegistered(other.id)).to.equal(false);
    });

    it("with approval the device waits in quarantine, and is served when it is approved", async () => {
      await openRule(acs, { kind: "certificate", approval: true });
      const device = await certified();
      expect(await enrols(device)).to.equal(200);
      expect((await device.send("")).status).to.equal(204);
      await acs.call("POST", `/api/devices/${device.id}/approve`);
      expect((await device.send(device.informText())).status).to.equal(200);
      expect(heard(await device.send(""))).to.equal("SetParameterValues");
    });

    it("rejected, it can't come again: 403", async () => {
      await openRule(acs, { kind: "certificate", approval: true });
      const device = await certified();
      await device.send(device.informText(["0 BOOTSTRAP"]));
      await acs.call("POST", `/api/devices/${device.id}/reject`);
      device.disconnect();
      expect(await enrols(device)).to.equal(403);
      expect(await whyNot(device.id)).to.equal("rejected");
    });
  });

  describe("by the password of the batch, said with Basic", () => {
    it("registers the device; a wrong one does not", async () => {
      await openRule(acs);
      const [right, wrong] = [overTls(), overTls()];
      expect(await statusOf(right, BATCH_PASSWORD)).to.equal(200);
      expect(await statusOf(wrong, "another")).to.equal(401);
      expect([await isRegistered(right.id), await isRegistered(wrong.id)]).to.deep.equal([true, false]);
    });
  });

  describe("on trust (allowUnverified)", () => {
    const trust = { password: undefined, allowUnverified: true };

    it("the first password that a device says is its own from then on", async () => {
      const rule = await openRule(acs, trust);
      const device = overTls();
      expect(await statusOf(device, "told-first")).to.equal(200);
      const [event] = await acs.events(device.id, "device-enrolled");
      expect(event?.data).to.include({ rule, proof: "none" });
      await removeRules(acs);
      const later = overTls({ identity: device.options.identity, password: "told-first" });
      expect((await later.inform("2 PERIODIC")).status, "by digest, too").to.equal(200);
    });

    it("another password for the same device is wrong, while the window is open, too: 401", async () => {
      await openRule(acs, trust);
      const device = overTls();
      await statusOf(device, "told-first");
      device.disconnect();
      expect(await statusOf(device, "told-second")).to.equal(401);
      const gateway = await acs.gateway();
      const known = overTls({ identity: gateway.options.identity });
      expect(await statusOf(known, "told-first"), "one that was registered").to.equal(401);
    });

    it("digest does not tell the password: Basic alone is offered over TLS, to everybody", async () => {
      const ask = async (): Promise<string | undefined> => {
        const device = overTls();
        return (await device.send(device.informText())).headers["www-authenticate"];
      };
      expect(await ask()).to.match(/^Digest /);
      await openRule(acs, trust);
      expect(await ask()).to.match(/^Basic [^,]*, charset="UTF-8"$/);
    });

    it("an empty password, digest, and a user name that is not the id register nobody", async () => {
      await openRule(acs, trust);
      const device = overTls();
      expect(await statusOf(device, "")).to.equal(401);
      expect((await device.send(device.informText(), basic("somebody", "p"))).status).to.equal(403);
      const { algorithm, realm } = { algorithm: "MD5", realm: "Reveille" };
      device.challenge = { algorithm, realm, nonce: "x" };
      expect((await device.send(device.informText())).status).to.equal(401);
      expect(await isRegistered(device.id)).to.equal(false);
    });
  });
});
