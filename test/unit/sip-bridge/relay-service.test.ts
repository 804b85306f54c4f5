/**
 * When the relay gives an ACS our URL, and what it learns for that; on the real store.
 * Spec: TR-069 3.2.2, A.3.2.1. Layer: unit test.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { SecretKey } from "../../../common/secret-box.js";
import type { GatewayEvent } from "../../../sip-bridge/http/gateway-event.js";
import { createRelayService, newRelaySession, type RelaySession } from "../../../sip-bridge/relay-service.js";
import { openBridgeStores } from "../../../sip-bridge/stores/sqlite/bridge-database.js";
import { createTargetBook } from "../../../sip-bridge/target-book.js";
import { fakeClock } from "../../support/fake-clock.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const M = "InternetGatewayDevice.ManagementServer.ConnectionRequest";
const LINE = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.URI";
const TARGET = { by: "address-of-record", addressOfRecord: "1001@voice.example" } as const;
const DAY_MS = 86_400_000;

const LEARNT_MAX = 3;

async function open() {
  const folder = await temporaryFolder();
  const stores = await openBridgeStores(folder.file("bridge.sqlite"));
  const clock = fakeClock();
  const domains = { main: "voice.example", aliases: [] };
  const events: GatewayEvent[] = [];
  const book = createTargetBook({
    ...{ store: stores.connectionRequests, key: new SecretKey(randomBytes(32)), realm: "r", domains, now: () => clock.now(), randomBytes },
    learntMax: LEARNT_MAX,
    onSealed: () => undefined,
  });
  const service = createRelayService({
    ...{ book, publicUrl: "http://bridge.example", domains, clock, tell: (event) => events.push(event) },
    onError: (error) => {
      throw error;
    },
  });
  const close = async (): Promise<void> => {
    await stores.close();
    await folder.remove();
  };
  return { book, service, clock, events, close };
}

const struct = ([name, value]: readonly [string, string]): string =>
  `<ParameterValueStruct><Name>${name}</Name><Value>${value}</Value></ParameterValueStruct>`;
const message = (kind: string, values: Readonly<Record<string, string>> = {}, inside = ""): Buffer =>
  Buffer.from(
    `<E:Envelope xmlns:E="e"><E:Body><${kind}>${inside}<ParameterList>${Object.entries(values).map(struct).join("")}</ParameterList></${kind}></E:Body></E:Envelope>`,
  );
const inform = (serial: string, url = "http://10.0.0.1/"): Buffer =>
  message("Inform", { [`${M}URL`]: url }, `<DeviceId><OUI>0A1B2C</OUI><SerialNumber>${serial}</SerialNumber></DeviceId>`);
const LOGIN = { [`${M}Username`]: "acs", [`${M}Password`]: "s3cret" };

describe("the relay's service", () => {
  let opened: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const says = async (session: RelaySession, octets: Buffer): Promise<string | undefined> =>
    (await opened.service.fromDevice(session, octets, "text/xml"))?.toString();
  const answers = (session: RelaySession, kind: string, values: Readonly<Record<string, string>> = {}): void =>
    opened.service.fromAcs(session, message(kind, values), "text/xml");
  async function session(serial: string): Promise<RelaySession> {
    const begun = newRelaySession();
    await says(begun, inform(serial));
    answers(begun, "InformResponse");
    return begun;
  }
  async function setLogin(of: RelaySession, values: Readonly<Record<string, string>>): Promise<void> {
    answers(of, "SetParameterValues", values);
    await says(of, message("SetParameterValuesResponse"));
  }
  const row = (serial: string) => opened.book.store.ofDevice(`0A1B2C-${serial}`);
  const kinds = () => opened.events.map(({ kind }) => kind);

  it("leaves the URL alone until login and line are known, and says why once", async () => {
    for (const values of [{}, {}, LOGIN]) await setLogin(await session("1"), values);
    const begun = await session("1");
    expect(await says(begun, message("GetParameterValuesResponse", { [`${M}URL`]: "http://10.0.0.1/" }))).to.equal(undefined);
    expect(opened.events.map(({ kind, detail }) => `${kind}: ${detail}`)).to.deep.equal([
      "url-left: neither its line nor its login is known",
      "login-learnt: user name acs",
      "url-left: its line is not known",
    ]);
  });

  it("tells and stores nothing of a device that the ACS has not taken in: whoever calls may call himself anything", async () => {
    await opened.book.set({ device: "0A1B2C-1", target: TARGET, username: "acs", password: "p" });
    const before = await row("1");
    const stranger = newRelaySession();
    expect(await says(stranger, inform("1", "http://203.0.113.1/"))).to.include(before?.id);
    await says(stranger, Buffer.alloc(0));
    expect([await row("1"), opened.events]).to.deep.equal([before, []]);
  });

  it("keeps no more devices than RELAY_DEVICES_MAX, and says so; an operator may add others", async () => {
    for (const serial of ["1", "2", "3", "4"]) await setLogin(await session(serial), LOGIN);
    expect(await opened.book.store.count()).to.equal(LEARNT_MAX);
    const left = await session("4");
    await setLogin(left, {});
    expect(opened.events.at(-1)).to.include({
      ...{ kind: "url-left", device: "0A1B2C-4", detail: "too many devices are known already (RELAY_DEVICES_MAX)" },
    });
    await setLogin(await session("1"), { ...LOGIN, [`${M}Password`]: "changed" });
    expect([opened.events.at(-1)?.kind, opened.service.counters()["devicesLeftOut"]]).to.deep.equal(["login-learnt", 1]);
    expect(await opened.book.set({ device: "0A1B2C-4", target: TARGET, username: "acs", password: "p" })).to.equal("added");
  });

  it("gives our URL once both are known, in the answer that tells the line already", async () => {
    const begun = await session("1");
    await setLogin(begun, LOGIN);
    const told = await says(
      begun,
      message("GetParameterValuesResponse", { [LINE]: "1001@voice.example", [`${M}URL`]: "http://10.0.0.1/" }),
    );
    expect(told)
      .to.include(`<Value>http://bridge.example/cr/${(await row("1"))?.id}</Value>`)
      .and.to.include("<Value>1001@voice.example</Value>");
    expect((await row("1"))?.originalUrl).to.equal("http://10.0.0.1/");
  });

  it("leaves a URL that is ours already as it is", async () => {
    await opened.book.set({ id: "i".repeat(22), device: "0A1B2C-1", target: TARGET, username: "acs", password: "p" });
    expect(await says(newRelaySession(), inform("1", `http://bridge.example/cr/${"i".repeat(22)}`))).to.equal(undefined);
    expect((await row("1"))?.originalUrl).to.equal("");
  });

  it("hashes a login whose halves came one after the other", async () => {
    const begun = await session("1");
    await setLogin(begun, { [`${M}Username`]: "acs" });
    expect((await row("1"))?.sealedHa1s).to.equal(undefined);
    await setLogin(begun, { [`${M}Password`]: "s3cret" });
    expect((await row("1"))?.username).to.equal("acs");
    expect(kinds()).to.deep.equal(["url-left", "login-unknown", "login-learnt"]);
  });

  it("takes the user name from the device when the ACS sets the password alone", async () => {
    const begun = await session("1");
    await says(begun, message("GetParameterValuesResponse", { [`${M}Username`]: "factory" }));
    await setLogin(begun, { [`${M}Password`]: "s3cret" });
    expect((await row("1"))?.username).to.equal("factory");
  });

  it("writes nothing when the ACS sets the same login again", async () => {
    const begun = await session("1");
    await setLogin(begun, LOGIN);
    const first = await row("1");
    await opened.clock.advance(1_000);
    await setLogin(begun, LOGIN);
    expect(await row("1")).to.deep.equal(first);
  });

  it("believes no line of a device that the ACS has not taken in", async () => {
    const begun = newRelaySession();
    await says(begun, inform("1"));
    await says(begun, message("GetParameterValuesResponse", { [LINE]: "1001@voice.example" }));
    expect(await row("1")).to.equal(undefined);
  });

  it("leaves the operator's word alone", async () => {
    await opened.book.set({ device: "0A1B2C-1", target: TARGET });
    await says(await session("1"), message("GetParameterValuesResponse", { [LINE]: "1002@voice.example" }));
    expect((await row("1"))?.target).to.deep.equal(TARGET);
  });

  it("follows a line that is given another number", async () => {
    const begun = await session("1");
    for (const line of ["1001", "1002"]) await says(begun, message("GetParameterValuesResponse", { [LINE]: `${line}@voice.example` }));
    expect((await row("1"))?.target).to.deep.equal({ by: "address-of-record", addressOfRecord: "sip:1002@voice.example" });
  });

  it("gives nobody the line of a device that is still there", async () => {
    await says(await session("1"), message("GetParameterValuesResponse", { [LINE]: "1001@voice.example" }));
    await opened.clock.advance(DAY_MS + 1);
    await says(await session("1"), Buffer.alloc(0));
    await says(await session("2"), message("GetParameterValuesResponse", { [LINE]: "1001@voice.example" }));
    expect((await row("2"))?.target).to.equal(undefined);
    expect(opened.events.at(-1)).to.deep.include({ kind: "url-left", device: "0A1B2C-2" });
  });

  it("gives the line to the device that stands in the place of one which was not seen for a day", async () => {
    await says(await session("1"), message("GetParameterValuesResponse", { [LINE]: "1001@voice.example" }));
    await opened.clock.advance(DAY_MS + 1);
    await says(await session("2"), message("GetParameterValuesResponse", { [LINE]: "1001@voice.example" }));
    expect([(await row("1"))?.target, (await row("2"))?.target?.by]).to.deep.equal([null, "address-of-record"]);
  });

  it("counts what it does not understand, and lets it pass", async () => {
    expect(await says(newRelaySession(), Buffer.from("<html>"))).to.equal(undefined);
    expect(opened.service.counters()).to.include({ notUnderstood: 1, messages: 0 });
  });
});
