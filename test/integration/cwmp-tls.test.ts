/**
 * CWMP and REST over TLS: client certificates in place of digest, Basic where it is allowed, a plain port beside, every digest algorithm.
 * Spec: TR-069 3.3, 3.4.4, 3.4.5; cwmp.md 1.3 and quirk 31. Layer: integration test.
 */
import { request } from "node:https";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { loadAcsConfig } from "../../acs/config.js";
import { startAcs } from "../../acs/main.js";
import { ConfigError } from "../../common/config.js";
import { type Authority, type Certified, makeAuthority, TLS_HOST } from "../support/certificates.js";
import { CwmpClient, heard, messageOf, RawConnection } from "../support/cwmp-client.js";
import { requireCommand } from "../support/services.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const NTP = "InternetGatewayDevice.Time.NTPServer1";
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;
const ntpAnswer = { kind: "GetParameterValuesResponse", values: [{ name: NTP, type: "xsd:string", text: "x" }] } as const;

describe("CWMP over TLS", () => {
  let authority: Authority;
  let stranger: Authority;
  let own: Certified;
  let acs: TestAcs;
  let tls: ConnectionOptions;

  before(async function () {
    requireCommand(this, "openssl");
    [authority, stranger] = [await makeAuthority(), await makeAuthority()];
    own = await authority.issue(TLS_HOST);
    tls = { ca: authority.cert, servername: TLS_HOST };
    acs = await startTestAcs({
      env: {
        ...{ ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: own.keyFile, ACS_CWMP_TLS_CLIENT_CA_FILE: authority.certFile },
        ...{ ACS_CWMP_PLAIN_PORT: "0", ACS_BASIC_OVER_TLS: "true" },
      },
    });
  });
  after(async () => {
    await acs?.close();
    await authority?.remove();
    await stranger?.remove();
  });

  const overTls = (gateway: TestGateway, more: Partial<CwmpClient["options"]> = {}): CwmpClient =>
    new CwmpClient({ ...gateway.options, tls, ...more });
  const withCertificate = ({ cert, key }: Certified): ConnectionOptions => ({ ...tls, cert, key });
  /** A device that has a certificate of this name, and no password. */
  async function certified(gateway: TestGateway, commonName: string, by = authority, days = 30): Promise<CwmpClient> {
    return overTls(gateway, { password: "none", tls: withCertificate(await by.issue(commonName, days)) });
  }
  const plainPort = (): number => acs.cwmpPlainPort ?? 0;
  const basic = (username: string, password: string) => ({ headers: { Authorization: `Basic ${btoa(`${username}:${password}`)}` } });

  it("a session with digest", async () => {
    const gateway = await acs.gateway();
    const client = overTls(gateway);
    const id = await acs.task(gateway.id, readNtp);
    const challenge = await client.send(client.informText());
    expect(challenge.status).to.equal(401);
    client.learn(challenge);
    expect(heard(await client.send(client.informText()))).to.equal("InformResponse");
    expect(heard(await client.empty())).to.equal("GetParameterValues");
    expect((await client.say(ntpAnswer)).status).to.equal(204);
    expect((await acs.stores.tasks.get(id))?.state).to.equal("done");
  });

  it("the plain port serves those that can't, and the TLS port drops who does not speak TLS", async () => {
    const gateway = await acs.gateway();
    const plain = new CwmpClient({ ...gateway.options, port: plainPort() });
    expect((await plain.inform("2 PERIODIC")).status).to.equal(200);
    const lost = await RawConnection.open(acs.cwmpPort);
    lost.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await lost.closed;
    expect((await overTls(gateway).inform("2 PERIODIC")).status).to.equal(200);
  });

  describe("a task that carries a secret (DESIGN 5)", () => {
    const secret = "InternetGatewayDevice.X_0A1B2C_Password";
    const order = { kind: "setParameterValues", values: [{ name: secret, type: "xsd:string", value: "hidden" }] } as const;

    it("is not sent to a device that calls without TLS: it fails and says what to do; other tasks go on", async () => {
      const gateway = await acs.gateway();
      const plain = new CwmpClient({ ...gateway.options, port: plainPort() });
      const [id, open] = [await acs.task(gateway.id, order), await acs.task(gateway.id, readNtp)];
      await plain.inform("2 PERIODIC");
      expect(messageOf(await plain.empty()).kind).to.equal("GetParameterValues");
      const task = await acs.stores.tasks.get(id);
      expect(task?.state).to.equal("failed");
      expect(task?.failure?.detail).to.match(/https URL.*ACS_SECRETS_WITHOUT_TLS/);
      await plain.say(ntpAnswer);
      expect((await acs.stores.tasks.get(open))?.state).to.equal("done");
    });

    it("is sent over TLS", async () => {
      const gateway = await acs.gateway();
      await acs.task(gateway.id, order);
      const client = overTls(gateway);
      await client.inform("2 PERIODIC");
      expect(messageOf(await client.empty())).to.deep.include({ values: [{ name: secret, type: "xsd:string", text: "hidden" }] });
    });
  });

  describe("a client certificate", () => {
    it("replaces digest: no 401, from the Inform to 204", async () => {
      const gateway = await acs.gateway();
      const client = await certified(gateway, gateway.id);
      const id = await acs.task(gateway.id, readNtp);
      expect(heard(await client.send(client.informText()))).to.equal("InformResponse");
      expect(heard(await client.send(""))).to.equal("GetParameterValues");
      expect((await client.send(client.text(ntpAnswer))).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.state).to.equal("done");
    });

    it("may name OUI-SerialNumber of a device with a product class, over connections that change", async () => {
      const gateway = await acs.gateway();
      const { oui, serialNumber } = gateway.options.identity;
      const client = await certified(gateway, `${oui}-${serialNumber}`);
      await acs.task(gateway.id, readNtp);
      expect((await client.send(client.informText())).status).to.equal(200);
      client.disconnect();
      expect(heard(await client.send(""))).to.equal("GetParameterValues");
      client.disconnect();
      expect((await client.send(client.text(ntpAnswer))).status).to.equal(204);
    });

    it("names the session of a device that keeps no cookie, on a new connection", async () => {
      const gateway = await acs.gateway();
      const client = new CwmpClient({ ...(await certified(gateway, gateway.id)).options, keepsCookies: false });
      expect((await client.send(client.informText())).status).to.equal(200);
      client.disconnect();
      expect((await client.send("")).status).to.equal(204);
    });

    it("opens no session of another device: its Inform quarantines the certificate's own, its cookie gets 400", async () => {
      const [victim, thief] = [await acs.gateway(), await acs.gateway()];
      const honest = await certified(victim, victim.id);
      await honest.send(honest.informText());
      const impostor = await certified(victim, thief.id);
      expect((await impostor.send(impostor.informText())).status).to.equal(200);
      expect((await impostor.send("")).status).to.equal(204);
      const events = await acs.events(thief.id, "identity-mismatch");
      expect(events.map(({ data }) => data)).to.deep.equal([{ claimed: victim.id, certificate: thief.id, remoteAddress: "127.0.0.1" }]);
      expect((await acs.stores.devices.get(thief.id))?.quarantine?.reason).to.equal("identity-changed");
      expect((await acs.stores.devices.get(victim.id))?.quarantine).to.equal(null);
      expect((await impostor.send("", { headers: { Cookie: honest.cookie ?? "" } })).status).to.equal(400);
      expect((await honest.send("")).status).to.equal(204);
    });

    it("that names no registered device can't speak for one: 403, and an event", async () => {
      const victim = await acs.gateway();
      const impostor = await certified(victim, "0A1B2C-NOBODY");
      expect((await impostor.send(impostor.informText())).status).to.equal(403);
      const events = (await acs.events(null, "identity-mismatch")).filter(({ data }) => data["certificate"] === "0A1B2C-NOBODY");
      expect(events.map(({ data }) => data["claimed"])).to.deep.equal([victim.id]);
      expect((await acs.stores.devices.get(victim.id))?.quarantine).to.equal(null);
    });

    it("of a device that is not registered gets 403, and an event names it", async () => {
      const gateway = await acs.gateway();
      expect((await acs.call("DELETE", `/api/devices/${gateway.id}`)).status).to.equal(204);
      const client = await certified(gateway, gateway.id);
      expect((await client.send(client.informText())).status).to.equal(403);
      const [event] = (await acs.events(null, "device-unknown")).filter(({ data }) => data["certificate"] === gateway.id);
      expect(event?.data).to.deep.equal({ certificate: gateway.id, remoteAddress: "127.0.0.1" });
    });

    it("of another authority, out of its time, or of a whole model proves nothing: 401, then digest as ever", async () => {
      const gateway = await acs.gateway();
      const clients = [
        await certified(gateway, gateway.id, stranger),
        await certified(gateway, gateway.id, authority, -1),
        await certified(gateway, "ACME gateway"),
      ];
      for (const [i, client] of clients.entries()) {
        expect((await client.send(client.informText())).status, `certificate ${i}`).to.equal(401);
        const knowing = new CwmpClient({ ...client.options, password: DEVICE_PASSWORD });
        expect((await knowing.inform("2 PERIODIC")).status, `certificate ${i}`).to.equal(200);
      }
    });

    it("is not proven by a TLS session that was resumed without one", async () => {
      const gateway = await acs.gateway();
      const session = await new Promise<Buffer>((resolve, reject) => {
        const socket: TLSSocket = connect({ port: acs.cwmpPort, host: "127.0.0.1", ...tls });
        socket.once("error", reject).once("session", (ticket) => {
          socket.destroy();
          resolve(ticket);
        });
        socket.resume();
      });
      const client = overTls(gateway, { tls: { ...tls, session } });
      expect((await client.send(client.informText())).status).to.equal(401);
    });
  });

  describe("Basic (quirk 31)", () => {
    it("serves over TLS where it is allowed, and is offered after digest", async () => {
      const gateway = await acs.gateway();
      const client = overTls(gateway);
      const challenge = await client.send(client.informText());
      expect(challenge.headers["www-authenticate"]).to.match(/^Digest .*, Basic realm="Reveille", charset="UTF-8"$/);
      expect((await client.send(client.informText(), basic(gateway.id, DEVICE_PASSWORD))).status).to.equal(200);
      expect((await client.send("")).status).to.equal(204);
    });

    it("serves with a password that is about to replace another one, as well as with that; once used it serves alone", async () => {
      const gateway = await acs.gateway();
      const client = overTls(gateway);
      await acs.task(gateway.id, { kind: "rotatePassword" });
      expect((await client.send(client.informText(), basic(gateway.id, DEVICE_PASSWORD))).status).to.equal(200);
      const request = messageOf(await client.send(""));
      const password = request.kind === "SetParameterValues" ? (request.values[0]?.text ?? "") : "";
      const statusWith = async (text: string): Promise<number> => (await client.send(client.informText(), basic(gateway.id, text))).status;
      expect([await statusWith(DEVICE_PASSWORD), await statusWith(password), await statusWith(password)]).to.deep.equal([200, 200, 200]);
      expect(await statusWith(DEVICE_PASSWORD)).to.equal(401);
    });

    it("with a wrong password, of nobody, or unreadable gets 401", async () => {
      const gateway = await acs.gateway();
      const client = overTls(gateway);
      const odd = [
        "Basic",
        "Basic ===",
        "Basic !",
        `Basic ${btoa("no colon")}`,
        `Basic ${btoa(":empty")}`,
        `Basic ${"QUJD".repeat(1_000)}`,
      ];
      const wrong = [
        basic(gateway.id, "wrong"),
        basic(gateway.id, ""),
        basic("nobody", ""),
        ...odd.map((value) => ({ headers: { Authorization: value } })),
      ];
      for (const options of wrong)
        expect((await client.send(client.informText(), options)).status, options.headers.Authorization.slice(0, 40)).to.equal(401);
      const events = (await acs.events(null, "authentication-failed")).filter(({ data }) => data["username"] === gateway.id);
      expect(events.map(({ data }) => data["why"])).to.deep.equal(["wrong-password"]);
    });

    it("is guessed ten times, not more", async () => {
      const gateway = await acs.gateway();
      const client = overTls(gateway);
      for (let i = 0; i < 10; i++) await client.send(client.informText(), basic(gateway.id, `guess ${i}`));
      expect((await client.send(client.informText(), basic(gateway.id, DEVICE_PASSWORD))).status).to.equal(401);
    });

    it("never serves without TLS", async () => {
      const gateway = await acs.gateway();
      const client = new CwmpClient({ ...gateway.options, port: plainPort() });
      const answer = await client.send(client.informText(), basic(gateway.id, DEVICE_PASSWORD));
      expect(answer.status).to.equal(401);
      expect(answer.headers["www-authenticate"]).not.to.include("Basic");
    });
  });

  it("Basic is refused over TLS unless it is allowed", async () => {
    const strict = await startTestAcs({ env: { ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: own.keyFile } });
    try {
      const gateway = await strict.gateway();
      const client = overTls(gateway);
      const answer = await client.send(client.informText(), basic(gateway.id, DEVICE_PASSWORD));
      expect(answer.status).to.equal(401);
      expect(answer.headers["www-authenticate"]).not.to.include("Basic");
    } finally {
      await strict.close();
    }
  });

  it("REST over TLS answers on another address than loopback without --insecure, and nothing in clear", async () => {
    const folder = await temporaryFolder();
    const config = loadAcsConfig({
      ...{ ACS_DATA_DIR: folder.file("acs"), ACS_API_HOST: "0.0.0.0", ACS_API_PORT: "0", ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0" },
      ...{ ACS_API_TLS_CERT_FILE: own.certFile, ACS_API_TLS_KEY_FILE: own.keyFile, LOG_LEVEL: "fatal" },
    });
    const served = await startAcs(config);
    try {
      const status = await new Promise((resolve, reject) => {
        const asked = request({ port: served.apiPort, host: "127.0.0.1", path: "/api/health", agent: false, ...tls }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.once("error", reject).end();
      });
      expect(status).to.equal(200);
      const clear = await fetch(`http://127.0.0.1:${served.apiPort}/api/health`).then(
        () => "answered",
        () => "dropped",
      );
      expect(clear).to.equal("dropped");
    } finally {
      await served.close();
      await folder.remove();
    }
  });

  it("a start with files that can't be used ends with the setting's name", async () => {
    const folder = await temporaryFolder();
    const config = loadAcsConfig({
      ...{ ACS_DATA_DIR: folder.file("acs"), ACS_API_PORT: "0", ACS_CWMP_PORT: "0", ACS_FILES_PORT: "0", LOG_LEVEL: "silent" },
      ...{ ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: authority.keyFile },
    });
    const error: unknown = await startAcs(config).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ variable }) => variable)).to.deep.equal(["ACS_CWMP_TLS_CERT_FILE"]);
    await folder.remove();
  });
});

describe("digest algorithms (RFC 7616 3.3)", () => {
  const ALGORITHMS = ["SHA-256", "SHA-256-sess", "MD5", "MD5-sess"];

  it("each that is offered serves, in the order of the setting; another does not", async () => {
    const acs = await startTestAcs({ env: { ACS_DIGEST_ALGORITHMS: "SHA-256,SHA-256-sess,MD5,MD5-sess" } });
    const strict = await startTestAcs();
    try {
      const gateway = await acs.gateway();
      const challenge = (await gateway.send(gateway.informText())).headers["www-authenticate"] ?? "";
      expect([...challenge.matchAll(/algorithm=([\w-]+)/g)].map((match) => match[1])).to.deep.equal(ALGORITHMS);
      for (const algorithm of ALGORITHMS) {
        const client = new CwmpClient({ ...gateway.options, algorithm });
        expect((await client.inform("2 PERIODIC")).status, algorithm).to.equal(200);
        expect((await client.send("")).status, algorithm).to.equal(204);
      }
      const other = await strict.gateway();
      other.learn(await other.send(other.informText()));
      if (other.challenge === undefined) throw new Error("no challenge");
      for (const algorithm of ALGORITHMS.filter((name) => name !== "MD5")) {
        other.challenge = { ...other.challenge, algorithm };
        expect((await other.send(other.informText())).status, algorithm).to.equal(401);
      }
    } finally {
      await acs.close();
      await strict.close();
    }
  });
});
