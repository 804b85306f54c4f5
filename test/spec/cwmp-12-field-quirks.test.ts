/**
 * Field quirks from socket to store: rows of cwmp.md 12 that no test of a single part holds by itself. The bytes are as the field sends them.
 * Spec: cwmp.md 12. Layer: test.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { heard, messageOf } from "../support/cwmp-client.js";
import { repositoryPath } from "../support/shared-data.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const NTP = `${ROOT}Time.NTPServer1`;
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;
const ntp = { kind: "GetParameterValuesResponse", values: [{ name: NTP, type: "xsd:string", text: "ntp.example" }] } as const;

describe("cwmp.md 12: field quirks, from socket to store", () => {
  let acs: TestAcs;
  let gateway: TestGateway;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await acs.gateway();
  });

  const stateOf = async (id: string): Promise<string | undefined> => (await acs.stores.tasks.get(id))?.state;
  /** A session in which the device is asked for its NTP server. */
  async function asked(): Promise<string> {
    const id = await acs.task(gateway.id, readNtp);
    await gateway.inform("2 PERIODIC");
    expect(heard(await gateway.empty())).to.equal("GetParameterValues");
    return id;
  }
  /** As String.replace, but there must be something to replace. */
  function edited(text: string, what: string | RegExp, by: string): string {
    const changed = text.replace(what, by);
    if (changed === text) throw new Error(`nothing to replace: ${what}`);
    return changed;
  }

  it("row 3: all five prefixes are declared on the Envelope, the method is prefixed, and there is no default namespace", async () => {
    await acs.task(gateway.id, readNtp);
    const informed = await gateway.inform("2 PERIODIC");
    for (const { body } of [informed, await gateway.empty()]) {
      const [envelope = ""] = /<SOAP-ENV:Envelope[^>]*>/.exec(body) ?? [];
      const prefixes = [...envelope.matchAll(/ xmlns:([\w-]+)=/g)].map(([, prefix]) => prefix);
      expect(prefixes).to.have.members(["SOAP-ENV", "SOAP-ENC", "xsd", "xsi", "cwmp"]);
      expect(body).not.to.match(/ xmlns=/);
      expect(body).to.match(/<SOAP-ENV:Body><cwmp:\w+>/);
    }
  });

  it("row 5: XML Schema of 1999, and an encoding namespace without its slash: the values are stored with their types", async () => {
    const id = await asked();
    const old = readFileSync(repositoryPath("test/golden/cwmp/quirk-05-old-schema-namespaces.xml"), "utf8");
    await gateway.post(edited(old, "Device.DeviceInfo.UpTime", NTP));
    expect(await stateOf(id)).to.equal("done");
    expect((await acs.stores.devices.entries(gateway.id, [NTP]))[0]).to.include({ type: "xsd:unsignedInt", value: "5" });
  });

  it("row 6: prefixes that are declared nowhere, and two that mean SOAP: the values are stored", async () => {
    const id = await asked();
    const bad = readFileSync(repositoryPath("test/golden/cwmp/quirk-06-undeclared-prefixes.xml"), "utf8");
    await gateway.post(edited(bad, "Device.DeviceInfo.UpTime", NTP));
    expect(await stateOf(id)).to.equal("done");
  });

  it("row 7: no ID is answered with none, an empty one with an empty one, a text with the same text", async () => {
    expect((await gateway.post(edited(gateway.informText(), /<cwmp:ID[^>]*>[^<]*<\/cwmp:ID>/, ""))).body).not.to.include("cwmp:ID");
    const informed = edited(gateway.informText(), />[^<]*<\/cwmp:ID>/, "/>");
    expect((await gateway.post(informed)).body).to.match(/<cwmp:ID [^>]*><\/cwmp:ID>/);
    expect((await gateway.post(gateway.informText(["2 PERIODIC"], { id: "SAGEM_ID_7588" }))).body).to.include(">SAGEM_ID_7588</cwmp:ID>");
  });

  it("row 8: a fault without Header and ID is the answer to the one request that is outstanding", async () => {
    const id = await asked();
    const fault = gateway.text({ kind: "Fault", faultCode: 9002, faultString: "", setParameterValuesFaults: [] });
    await gateway.post(edited(fault, /<SOAP-ENV:Header>.*<\/SOAP-ENV:Header>/, ""));
    expect((await acs.stores.tasks.get(id))?.failure?.fault?.faultCode).to.equal(9002);
  });

  it("row 11: a Value that is missing is an empty value, and those beside it are stored", async () => {
    const id = await asked();
    const answer = gateway.text({ ...ntp, values: [...ntp.values, { name: `${ROOT}Time.NTPServer2`, type: "xsd:string", text: "two" }] });
    await gateway.post(edited(answer, /<Value xsi:type="xsd:string">ntp.example<\/Value>/, ""));
    expect(await stateOf(id)).to.equal("done");
    const entries = await acs.stores.devices.entries(gateway.id, [NTP, `${ROOT}Time.NTPServer2`]);
    expect(entries.map(({ value }) => value)).to.deep.equal(["", "two"]);
  });

  it("rows 15, 16: whatever clock the device has, times are those of the ACS", async () => {
    for (const time of ["0001-01-01T00:00:00Z", "1970-01-01T00:01:07", "2099-06-01T12:00:00.123+08:00", "yesterday", ""]) {
      const text = edited(gateway.informText(), /<CurrentTime>[^<]*</, `<CurrentTime>${time}<`);
      expect((await gateway.post(text)).status, time).to.equal(200);
      expect((await acs.stores.devices.get(gateway.id))?.lastInformAtMs, time).to.equal(acs.clock.now());
      const [entry] = await acs.stores.devices.entries(gateway.id, [`${ROOT}DeviceInfo.SoftwareVersion`]);
      expect(entry?.readAtMs, time).to.equal(acs.clock.now());
    }
  });

  it("row 19: an empty ParameterList means no rows: reading an empty table is done", async () => {
    const id = await acs.task(gateway.id, { kind: "getParameterValues", names: [`${ROOT}LANDevice.1.Hosts.Host.`] });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    await gateway.say({ kind: "GetParameterValuesResponse", values: [] });
    expect(await stateOf(id)).to.equal("done");
  });

  it("row 29: a cookie among others is found, with semicolons or commas between, in quotes or not; Path is /", async () => {
    const joined = (cookie: string) => [`a=1, ${cookie}`, `a=1; ${cookie}; b=2`, cookie.replace("=", '="').concat('"')];
    for (const at of [0, 1, 2]) {
      const id = await acs.task(gateway.id, readNtp);
      const informed = await gateway.inform("2 PERIODIC");
      expect(informed.headers["set-cookie"]).to.match(/^[^;,]+; Path=\/; HttpOnly$/);
      const Cookie = joined(gateway.cookie ?? "")[at] ?? "";
      gateway.disconnect();
      expect(heard(await gateway.empty({ headers: { Cookie } })), Cookie).to.equal("GetParameterValues");
      gateway.disconnect();
      await gateway.post(gateway.text(ntp), { headers: { Cookie } });
      expect(await stateOf(id), Cookie).to.equal("done");
    }
  });

  it("row 30: a new TCP connection for each message: the session is found by its cookie, credentials are asked for again", async () => {
    const headers = { Connection: "close" };
    const id = await acs.task(gateway.id, readNtp);
    await gateway.post(gateway.informText(), { headers });
    gateway.disconnect();
    const challenge = await gateway.send("", { headers: { ...headers, Authorization: null } });
    expect(challenge.status).to.equal(401);
    gateway.disconnect();
    gateway.learn(challenge);
    expect(heard(await gateway.empty({ headers }))).to.equal("GetParameterValues");
    gateway.disconnect();
    await gateway.post(gateway.text(ntp), { headers });
    expect(await stateOf(id)).to.equal("done");
  });

  it("row 35: the body decides what a message is, whatever its Content-Type", async () => {
    for (const type of [null, "text/html", "application/soap+xml", "application/octet-stream", "nonsense"])
      expect((await gateway.post(gateway.informText(), { headers: { "Content-Type": type } })).status, `${type}`).to.equal(200);
  });

  it("row 36: an empty POST with SOAPAction and Content-Type is an empty POST", async () => {
    await acs.task(gateway.id, readNtp);
    await gateway.inform("2 PERIODIC");
    const headers = { SOAPAction: '""', "Content-Type": "text/xml; charset=utf-8" };
    expect(heard(await gateway.empty({ headers }))).to.equal("GetParameterValues");
  });

  it("row 37: an empty POST that says Transfer-Encoding: chunked is read to its end, and the connection goes on", async () => {
    await acs.task(gateway.id, readNtp);
    await gateway.inform("2 PERIODIC");
    const connection = await gateway.connection();
    connection.write(gateway.request("", { headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } }));
    connection.write("0\r\n\r\n");
    expect(messageOf(await connection.answer())).to.include({ kind: "GetParameterValues" });
    expect((await gateway.say(ntp)).status).to.equal(204);
  });

  it("row 40: an event without EventCode is skipped, and what does not belong into DeviceId is, too", async () => {
    const events = gateway.informText(["2 PERIODIC", "X 0A1B2C Dance"]);
    const nameless = edited(events, "<EventStruct>", "<EventStruct><CommandKey></CommandKey></EventStruct><EventStruct>");
    const text = edited(nameless, "</DeviceId>", "<WanIPAddress>192.0.2.17</WanIPAddress></DeviceId>");
    expect((await gateway.post(text)).status).to.equal(200);
    const [event] = await acs.events(gateway.id, "device-informed");
    expect(event?.data["events"]).to.deep.equal(["2 PERIODIC", "X 0A1B2C Dance"]);
  });

  it("row 41: an OUI in lower case and blanks and line ends in DeviceId are the same device", async () => {
    const { oui, serialNumber } = gateway.options.identity;
    const lower = edited(gateway.informText(), `<OUI>${oui}<`, `<OUI> ${oui.toLowerCase()}\n<`);
    const text = edited(lower, `<SerialNumber>${serialNumber}<`, `<SerialNumber>\n\t${serialNumber} <`);
    expect((await gateway.post(text)).status).to.equal(200);
    expect((await acs.stores.devices.get(gateway.id))?.lastInformAtMs).to.equal(acs.clock.now());
  });

  it("row 44: (null) as ParameterKey tells nothing: the values decide what became of a lost set", async () => {
    const id = await acs.task(gateway.id, { kind: "setParameterValues", values: [{ name: NTP, value: "new", type: "xsd:string" }] });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    gateway.forget();
    await gateway.inform("2 PERIODIC");
    const { names } = messageOf(await gateway.empty()) as { readonly names: readonly string[] };
    const [key = ""] = names;
    expect(key).to.match(/ParameterKey$/);
    const answer = [
      { name: key, type: "xsd:string", text: "(null)" },
      { name: NTP, type: "xsd:string", text: "old" },
    ];
    expect(heard(await gateway.say({ kind: "GetParameterValuesResponse", values: answer }))).to.equal("SetParameterValues");
    expect(await stateOf(id)).to.equal("sent");
  });

  it("row 46: a device that repeats its Inform without end: what it was answered is in the transcripts", async () => {
    for (let i = 0; i < 3; i++) {
      const text = edited(gateway.informText(), /<RetryCount>\d+</, `<RetryCount>${1_483 + i}<`);
      expect((await gateway.post(text)).status).to.equal(200);
    }
    const route = `/api/devices/${encodeURIComponent(gateway.id)}/transcripts`;
    const { transcripts } = (await acs.call("GET", route)).body;
    expect(transcripts).to.have.length.above(1);
    const shown = await fetch(`http://127.0.0.1:${acs.apiPort}${route}/${transcripts[0].id}`, {
      headers: { Authorization: `Bearer ${acs.token}` },
    });
    expect(await shown.text())
      .to.include("<RetryCount>14")
      .and.include("cwmp:InformResponse");
  });
});
