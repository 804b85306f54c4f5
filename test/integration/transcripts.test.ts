/**
 * Transcripts over REST, of real sessions: failed ones, malformed ones with their bytes, and those that were asked for.
 * Spec: cwmp.md 1.11 rows 31 and 34, quirk 34. Layer: integration test.
 */
import { expect } from "chai";
import { heard } from "../support/cwmp-client.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const NTP = "InternetGatewayDevice.Time.NTPServer1";
const PASSPHRASE = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase";

describe("transcripts of a device's sessions", () => {
  let acs: TestAcs;

  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());

  async function listed(gateway: TestGateway): Promise<readonly { id: string; kept: string; outcome: string; at: string }[]> {
    const { status, body } = await acs.call("GET", `/api/devices/${gateway.id}/transcripts`);
    expect(status).to.equal(200);
    return body.transcripts;
  }

  async function download(gateway: TestGateway, id: string | undefined): Promise<Response> {
    return fetch(`http://127.0.0.1:${acs.apiPort}/api/devices/${gateway.id}/transcripts/${id}`, {
      headers: { Authorization: `Bearer ${acs.token}` },
    });
  }

  it("a session that is asked for is there from its Inform to its 204, without a secret in it", async () => {
    const gateway = await acs.gateway();
    expect((await acs.call("POST", `/api/devices/${gateway.id}/transcript`, { minutes: 5 })).body).to.deep.equal({
      until: new Date(acs.clock.now() + 300_000).toISOString(),
    });
    await acs.task(gateway.id, {
      kind: "setParameterValues",
      values: [{ name: PASSPHRASE, value: "hunter2-hunter2", type: "xsd:string" }],
    });
    await gateway.inform("0 BOOTSTRAP");
    const provision = await gateway.empty();
    const password = /ConnectionRequestPassword<\/Name><Value[^>]*>([^<]+)/.exec(provision.body)?.[1] ?? "";
    expect(password).to.have.length.above(15);
    expect((await gateway.say({ kind: "SetParameterValuesResponse", status: 0 })).body).to.include("hunter2-hunter2");
    expect((await gateway.say({ kind: "SetParameterValuesResponse", status: 0 })).status).to.equal(204);
    const [summary, ...others] = await listed(gateway);
    expect(others).to.deep.equal([]);
    expect(summary).to.include({ kept: "asked", outcome: "done" });
    const response = await download(gateway, summary?.id);
    expect(response.headers.get("content-type")).to.equal("text/plain; charset=utf-8");
    expect(response.headers.get("content-disposition")).to.equal(`attachment; filename="transcript-${summary?.id}.txt"`);
    const text = await response.text();
    for (const said of [
      "0 BOOTSTRAP",
      "InformResponse",
      "ConnectionRequestPassword",
      PASSPHRASE,
      "HTTP/1.1 204",
      gateway.options.identity.serialNumber,
    ])
      expect(text).to.include(said);
    for (const secret of [password, "hunter2", DEVICE_PASSWORD, gateway.challenge?.nonce ?? "?", gateway.cookie ?? "?"])
      expect(text).not.to.include(secret);
    expect(text.match(/device -> ACS/g)).to.have.length(4);
  });

  it("a failed session is there with its reason; one that is done and not asked for is not", async () => {
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    expect(await listed(gateway)).to.deep.equal([]);
    await gateway.inform("2 PERIODIC");
    await acs.clock.advance(30_000);
    expect(await listed(gateway)).to.have.length(1);
    expect((await listed(gateway))[0]).to.include({ kept: "failed", outcome: "the device fell silent" });
    await gateway.inform("2 PERIODIC");
    await gateway.inform("2 PERIODIC");
    expect((await listed(gateway)).map(({ outcome }) => outcome)).to.deep.equal([
      "a new Inform of the device took over",
      "the device fell silent",
    ]);
  });

  it("a malformed message keeps its bytes, within a session and without (row 31)", async () => {
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC");
    expect((await gateway.post(Buffer.from("<SOAP\xff\x01 broken", "latin1"))).status).to.equal(400);
    const first = await (await download(gateway, (await listed(gateway))[0]?.id)).text();
    expect(first).to.include("<SOAP\\xff\\x01 broken").and.include("2 PERIODIC").and.include("HTTP/1.1 400");
    expect((await gateway.post("<alone")).status).to.equal(400);
    const second = await (await download(gateway, (await listed(gateway))[0]?.id)).text();
    expect(second).to.include("<alone").and.not.include("2 PERIODIC");
  });

  it("a body that is cut short, or of a coding that can't be read, keeps what came of it (quirk 34)", async () => {
    const gateway = await acs.gateway();
    gateway.learn(await gateway.send(gateway.informText()));
    expect((await gateway.post("no gzip", { headers: { "Content-Encoding": "gzip" } })).status).to.equal(400);
    const coded = await (await download(gateway, (await listed(gateway))[0]?.id)).text();
    expect(coded).to.include(Buffer.from("no gzip").toString("hex")).and.not.include("no gzip");
    const connection = await gateway.connection();
    connection.write(gateway.request(gateway.informText()).subarray(0, -30));
    connection.close();
    await connection.closed;
    let newest = await listed(gateway);
    for (let i = 0; i < 200 && newest.length < 2; i++) newest = await listed(gateway);
    expect(newest[0]).to.include({ kept: "failed", outcome: "the body was refused: cut-short" });
    expect(await (await download(gateway, newest[0]?.id)).text()).to.include("2 PERIODIC");
  });

  it("are refused for a device or an id that is not there, and go with their device", async () => {
    const gateway = await acs.gateway();
    await gateway.post("<alone");
    const [summary] = await listed(gateway);
    const other = await acs.gateway();
    expect((await download(other, summary?.id)).status).to.equal(404);
    expect((await acs.call("GET", "/api/devices/none/transcripts")).status).to.equal(404);
    expect((await acs.call("POST", "/api/devices/none/transcript", { minutes: 1 })).status).to.equal(404);
    for (const minutes of [0, 1_441, 1.5, "1"])
      expect((await acs.call("POST", `/api/devices/${gateway.id}/transcript`, { minutes })).status).to.equal(422);
    expect((await acs.call("DELETE", `/api/devices/${gateway.id}`)).status).to.equal(204);
    await acs.call("POST", "/api/devices", { ...gateway.options.identity, password: DEVICE_PASSWORD });
    expect(await listed(gateway)).to.deep.equal([]);
  });

  it("outlive a restart, to be saved or to be read in a browser", async () => {
    const gateway = await acs.gateway();
    await gateway.post("<alone");
    const before = await listed(gateway);
    const { id } = before[0] ?? { id: "" };
    const text = await (await download(gateway, id)).text();
    acs = await acs.restart();
    expect(await listed(gateway)).to.deep.equal(before);
    const saved = await download(gateway, id);
    expect(await saved.text()).to.equal(text);
    const shown = await download(gateway, `${id}?inline=true`);
    expect(shown.headers.get("content-disposition")).to.equal(`inline; filename="transcript-${id}.txt"`);
    expect(shown.headers.get("content-type")).to.equal("text/plain; charset=utf-8");
    expect(await shown.text()).to.equal(text);
    expect((await download(gateway, `${id}?inline=x`)).status).to.equal(422);
  });

  it("of a session that is asked for while it goes on begins where it was asked", async () => {
    const quiet = await startTestAcs({ env: { ACS_TRANSCRIPTS_FAILED_MAX: "0" } });
    try {
      const gateway = await quiet.gateway();
      await quiet.task(gateway.id, { kind: "getParameterValues", names: [NTP] });
      await gateway.inform("2 PERIODIC");
      await quiet.call("POST", `/api/devices/${gateway.id}/transcript`, { minutes: 1 });
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      await gateway.say({ kind: "GetParameterValuesResponse", values: [{ name: NTP, type: "xsd:string", text: "x" }] });
      const { body } = await quiet.call("GET", `/api/devices/${gateway.id}/transcripts`);
      expect(body.transcripts).to.have.length(1);
    } finally {
      await quiet.close();
    }
  });
});
