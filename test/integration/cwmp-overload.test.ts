/**
 * More than the ACS may take at once: who is told to come later, who is served all the same, and that nothing is lost by it.
 * Spec: cwmp.md 1.11 row 32. Layer: integration test.
 */
import { expect } from "chai";
import { type CwmpClient, type HttpAnswer, heard, type RawConnection } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const NTP = "InternetGatewayDevice.Time.NTPServer1";
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;

describe("overload of the CWMP endpoint", () => {
  let acs: TestAcs;

  async function start(env: Readonly<Record<string, string>>): Promise<void> {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ...env } });
  }
  afterEach(() => acs.close());

  const expectLater = (answer: HttpAnswer): void => {
    expect(answer).to.include({ status: 503, body: "" });
    expect(answer.headers["connection"]).to.equal("close");
    expect(Number(answer.headers["retry-after"])).to.be.within(30, 930);
  };

  /** A gateway that knows its nonce. */
  async function known(): Promise<TestGateway> {
    const gateway = await acs.gateway();
    gateway.learn(await gateway.send(gateway.informText()));
    return gateway;
  }

  /** Sends all of a request but its end. The server asks for the rest, so it is reading the body now. */
  async function begun(client: CwmpClient): Promise<RawConnection> {
    const connection = await client.connection();
    const request = client.request(client.informText(), { headers: { Expect: "100-continue" } });
    connection.write(request.subarray(0, -10));
    return connection;
  }

  it("begins so many sessions of one device in a minute; other devices are served", async () => {
    await start({ ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: "2" });
    const [loop, other] = [await known(), await known()];
    const id = await acs.task(loop.id, readNtp);
    expect([(await loop.inform("0 BOOTSTRAP")).status, (await loop.inform("2 PERIODIC")).status]).to.deep.equal([200, 200]);
    expectLater(await loop.inform("6 CONNECTION REQUEST"));
    const sixteenBits = Buffer.from(`\ufeff${loop.informText().replace(/^<\?xml[^>]*>/, "")}`, "utf16le");
    expectLater(await loop.post(sixteenBits, { headers: { "Content-Type": "text/xml; charset=utf-16" } }));
    expect((await other.inform("2 PERIODIC")).status).to.equal(200);
    expect(await acs.events(loop.id, "device-informed"), "a refused Inform is not stored").to.have.length(2);
    expect((await acs.stores.tasks.get(id))?.state).to.equal("queued");
    await acs.clock.advance(60_000);
    expect((await loop.inform("2 PERIODIC")).status).to.equal(200);
  });

  it("when too many begin, periodic calls wait, bootstrap and connection requests don't", async () => {
    await start({ ACS_SESSIONS_PER_SECOND_MAX: "10" });
    const gateways = await Promise.all(Array.from({ length: 11 }, known));
    const statuses = new Map<string, number[]>();
    const call = async (gateway: TestGateway | undefined, code: string): Promise<void> => {
      if (gateway === undefined) throw new Error("no gateway");
      statuses.set(code, [...(statuses.get(code) ?? []), (await gateway.inform(code)).status]);
    };
    for (const gateway of gateways.slice(0, 8)) await call(gateway, "2 PERIODIC");
    await call(gateways[8], "1 BOOT");
    await call(gateways[8], "4 VALUE CHANGE");
    await call(gateways[9], "0 BOOTSTRAP");
    await call(gateways[10], "6 CONNECTION REQUEST");
    await call(gateways[10], "6 CONNECTION REQUEST");
    expect(Object.fromEntries(statuses)).to.deep.equal({
      "2 PERIODIC": [...Array(7).fill(200), 503],
      "1 BOOT": [200],
      "4 VALUE CHANGE": [503],
      "0 BOOTSTRAP": [200],
      "6 CONNECTION REQUEST": [200, 503],
    });
    expect(acs.logged().match(/devices are told to come later/g), "once, with all counters in it").to.have.length(1);
    await acs.clock.advance(1_000);
    expect((await (gateways[7] as TestGateway).inform("2 PERIODIC")).status).to.equal(200);
  });

  it("while bodies of others trickle in, what is begun goes on; new callers come later, strangers hear 401", async () => {
    await start({ ACS_BODIES_MAX: "4", ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: "1000000" });
    const busy = await known();
    const id = await acs.task(busy.id, readNtp);
    await busy.inform("2 PERIODIC");
    const [late, stranger] = [await known(), await acs.gateway()];
    const held: RawConnection[] = [];
    const slow = await Promise.all([known(), known(), known()]);
    for (const gateway of slow) {
      held.push(await begun(gateway));
      await acs.clock.advance(0); // the request is on its way
    }
    // The three are in when a fourth is out.
    for (let i = 0; i < 200 && (await late.send(late.informText())).status !== 503; i++);
    expectLater(await late.inform("0 BOOTSTRAP"));
    expect(acs.logged()).to.include('"why":"too-many-bodies"');
    expect((await stranger.send(stranger.informText())).status).to.equal(401);
    expect(heard(await busy.empty())).to.equal("GetParameterValues");
    const done = await busy.say({ kind: "GetParameterValuesResponse", values: [{ name: NTP, type: "xsd:string", text: "x" }] });
    expect(done.status).to.equal(204);
    expect((await acs.stores.tasks.get(id))?.state).to.equal("done");
    for (const connection of held) connection.close();
    await Promise.all(held.map(({ closed }) => closed));
    let status = 503;
    for (let i = 0; i < 200 && status === 503; i++) ({ status } = await late.inform("0 BOOTSTRAP"));
    expect(status, "their room is free again").to.equal(200);
  });

  it("a message of the greatest size is taken alone, and two are not held at once", async () => {
    await start({ ACS_BODY_BYTES_MAX: "40000", ACS_BODIES_BYTES_MAX: "40000", ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: "1000000" });
    const [first, second] = [await known(), await known()];
    const padded = (client: CwmpClient): string =>
      client.informText().replace("</SOAP-ENV:Envelope>", `${" ".repeat(35_000)}</SOAP-ENV:Envelope>`);
    expect((await first.post(padded(first))).status).to.equal(200);
    const connection = await second.connection();
    connection.write(second.request(padded(second)).subarray(0, -10));
    let answer = await first.post(padded(first));
    for (let i = 0; i < 200 && answer.status !== 503; i++) answer = await first.post(padded(first));
    expectLater(answer);
    expect(acs.logged()).to.include('"why":"too-many-bodies"');
    connection.close();
  });
});
