/**
 * No secret in clear: not in the store (nor its write-ahead log), not in files, logs, transcripts, events, nor in any answer of REST. And all
 * of them under another key after one start with both.
 * Spec: DESIGN 12; docs/decisions/0011-per-device-secrets.md. Layer: integration test.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ruleSecretOwner } from "../../acs/devices/enrolment.js";
import { groupSecretOwner } from "../../acs/groups/group.js";
import { resealSecrets } from "../../acs/reseal-secrets.js";
import { openStores } from "../../acs/stores/sqlite/open-stores.js";
import { silentLog } from "../../common/log.js";
import { openSecret, readSecretKey } from "../../common/secret-box.js";
import { messageOf } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const SERVER = "InternetGatewayDevice.ManagementServer.";
const WIFI = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase";
const [OLD_KEY, NEW_KEY] = ["4f", "5e"].map((digits) => digits.repeat(32)) as [string, string];
const CONTENT = "configuration-with-marker-0123456789";
const setAnswer = { kind: "SetParameterValuesResponse", status: 0 } as const;

/** Texts that are nowhere else. */
const MARKERS = {
  device: "marker-of-the-device",
  batch: "marker-of-the-batch",
  patched: "marker-that-was-patched",
  wifi: "marker-of-the-wifi",
  upload: "marker-of-the-upload",
  unit: "marker-of-the-unit",
  told: "marker-that-a-device-told",
  echoed: "marker-of-a-refused-call",
  malformed: "marker-in-what-is-no-message",
  mistyped: "marker-in-a-mistyped-order",
  xmpp: "marker-of-the-xmpp-account",
  bridge: "marker-of-the-bridge-token",
  group: "marker-of-a-group",
} as const;

const env = {
  ...{ ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_SECRETS_KEY: OLD_KEY },
  ...{ ACS_SIP_BRIDGE_URL: "http://127.0.0.1:9", ACS_SIP_BRIDGE_TOKEN: MARKERS.bridge },
  ...{
    ACS_XMPP_SERVICE: "xmpp://127.0.0.1:9",
    ACS_XMPP_DOMAIN: "voice.example",
    ACS_XMPP_USERNAME: "acs",
    ACS_XMPP_PASSWORD: MARKERS.xmpp,
  },
};

/** What was set, by the last segment of its name. */
async function asked(answer: ReturnType<TestGateway["empty"]>): Promise<Readonly<Record<string, string>>> {
  const message = messageOf(await answer);
  if (message.kind !== "SetParameterValues") throw new Error(`asked ${message.kind}`);
  return Object.fromEntries(message.values.map(({ name, text }) => [name.slice(name.lastIndexOf(".") + 1), text]));
}

const device = (gateway: TestGateway): string => `/api/devices/${gateway.id}`;

/** First contact with everything that is set then. @returns the secrets that the ACS has made. */
async function firstContact(acs: TestAcs): Promise<{ readonly gateway: TestGateway; readonly made: readonly string[] }> {
  const gateway = Object.assign(await acs.gateway({ password: MARKERS.device, passwordIsFactory: true }));
  Object.assign(gateway.options, { password: MARKERS.device });
  await acs.call("POST", `${device(gateway)}/transcript`, { minutes: 60 });
  await gateway.inform("0 BOOTSTRAP");
  const { ConnectionRequestPassword = "" } = await asked(gateway.empty());
  const { Password = "" } = await asked(gateway.say(setAnswer));
  await gateway.say(setAnswer);
  return { gateway, made: [ConnectionRequestPassword, Password] };
}

/** Made for later, so that it waits. Its id. */
async function giveGroup(acs: TestAcs, gateway: TestGateway): Promise<string> {
  const order = { kind: "setParameterValues", values: [{ name: WIFI, value: MARKERS.group }] };
  const { status, body } = await acs.call("POST", "/api/groups", { kind: "task", order, devices: { ids: [gateway.id] }, paused: true });
  expect(status).to.equal(202);
  return body.id;
}

/** Orders with secrets: carried out, waiting, refused by the device, mistyped. */
async function giveOrders(acs: TestAcs, gateway: TestGateway): Promise<void> {
  const orders = [
    { kind: "setParameterValues", values: [{ name: WIFI, value: MARKERS.wifi }] },
    { kind: "upload", fileType: "2 Vendor Log File", url: "http://files.example/log", username: "u", password: MARKERS.upload },
    { kind: "changeDUState", operations: [{ operation: "Install", url: "http://u.example/x", username: "u", password: MARKERS.unit }] },
    { kind: "getParameterValues", names: [WIFI] },
    { kind: "setParameterValues", values: [{ name: WIFI, value: MARKERS.echoed }] },
  ];
  for (const order of orders) await acs.task(gateway.id, order);
  const mistyped = { kind: "setParameterValues", values: [{ name: WIFI, value: { password: MARKERS.mistyped } }] };
  expect((await acs.call("POST", `${device(gateway)}/tasks`, mistyped)).status).to.equal(422);
  const strange = { kind: "upload", fileType: "9 None", url: `ftp://u:${MARKERS.mistyped}@files.example/`, password: MARKERS.mistyped };
  expect((await acs.call("POST", `${device(gateway)}/tasks`, strange)).status).to.equal(422);
}

/** The device answers whatever it is asked, and talks of its secrets. */
async function carryOut(gateway: TestGateway): Promise<void> {
  const values = [{ name: WIFI, type: "xsd:string", text: MARKERS.told }];
  await gateway.post(gateway.informText(["2 PERIODIC"]).replace("</ParameterList>", `${structOf(WIFI, MARKERS.told)}</ParameterList>`));
  let calls = 0;
  for (let answer = await gateway.empty(); answer.status === 200; ) {
    const request = messageOf(answer);
    switch (request.kind) {
      case "SetParameterValues":
        answer = await gateway.say(calls++ === 0 ? setAnswer : refusal(request.values.map(({ name }) => name)));
        break;
      case "Upload":
        answer = await gateway.say({ kind: "UploadResponse", status: 1, startTime: "", completeTime: "" });
        break;
      case "ChangeDUState":
        answer = await gateway.say({ kind: "ChangeDUStateResponse" });
        break;
      case "GetParameterValues":
        answer = await gateway.say({ kind: "GetParameterValuesResponse", values });
        break;
      default:
        throw new Error(`asked ${request.kind}`);
    }
  }
}

const structOf = (name: string, text: string): string =>
  `<ParameterValueStruct><Name>${name}</Name><Value xsi:type="xsd:string">${text}</Value></ParameterValueStruct>`;

/** Faults that say what was wrong, in the device's own words. */
function refusal(names: readonly string[]) {
  const faults = names.map((name) => ({ name, faultCode: 9007, faultString: `bad value ${MARKERS.echoed}` }));
  return { kind: "Fault", faultCode: 9003, faultString: `refused ${MARKERS.echoed}`, setParameterValuesFaults: faults } as const;
}

async function failInManyWays(acs: TestAcs, gateway: TestGateway): Promise<void> {
  await gateway.inform("2 PERIODIC");
  await gateway.post(`<SOAP-ENV:Envelope><SOAP-ENV:Body><Download><Password>${MARKERS.malformed}`);
  await gateway.inform("2 PERIODIC");
  await gateway.post(`${structOf(`${SERVER}Password`, MARKERS.malformed).slice(0, -40)} \u0000 <`);
  const wrong = { headers: { Authorization: `Basic ${btoa(`${gateway.id}:${MARKERS.malformed}`)}` } };
  await gateway.send(gateway.informText(), wrong);
  gateway.forget();
  await acs.call("PATCH", device(gateway), { password: { text: MARKERS.mistyped } });
  await acs.call("POST", "/api/devices", { oui: "no", productClass: "", serialNumber: "", password: MARKERS.mistyped });
}

/** Everything that a GET shows, whole lists of it. */
async function shown(acs: TestAcs, gateway: TestGateway): Promise<string> {
  const own = ["", "/tasks?limit=1000", "/tree?path=", "/transcripts", "/files", "/reachability", "/relaxations"].map(
    (path) => device(gateway) + path,
  );
  const paths = ["/api/health", "/api/devices", "/api/tasks", "/api/events?limit=1000", "/api/files", "/api/enrolment-rules", ...own];
  const answers = await Promise.all(paths.map((path) => acs.call("GET", path)));
  const transcripts = answers[paths.indexOf(`${device(gateway)}/transcripts`)]?.body.transcripts as readonly { readonly id: string }[];
  expect(transcripts.length, "transcripts").to.be.at.least(3);
  const texts = await Promise.all(transcripts.map(({ id }) => raw(acs, `${device(gateway)}/transcripts/${id}`)));
  expect(texts.join(""), "the transcripts have the calls").to.include("KeyPassphrase").and.include("[redacted]");
  return [...answers.map(({ body }) => JSON.stringify(body)), ...texts].join("\n");
}

async function raw(acs: TestAcs, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${acs.apiPort}${path}`, { headers: { Authorization: `Bearer ${acs.token}` } })).text();
}

async function filesBelow(folder: string): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (name) => ({ name: name.slice(folder.length), bytes: await readFile(name) })));
}

describe("secrets at rest and in what is shown", () => {
  let acs: TestAcs;
  let gateway: TestGateway;
  let secrets: Readonly<Record<string, string>>;

  before(async () => {
    acs = await startTestAcs({ env });
    await acs.call("POST", "/api/enrolment-rules", { kind: "window", name: "b", openForS: 60, devicesMax: 1, password: MARKERS.batch });
    const contact = await firstContact(acs);
    gateway = contact.gateway;
    await giveOrders(acs, gateway);
    await giveGroup(acs, gateway);
    await carryOut(gateway);
    await failInManyWays(acs, gateway);
    const other = await acs.gateway();
    await acs.call("PATCH", device(other), { password: MARKERS.patched });
    const [connectionRequest = "", rotated = ""] = contact.made;
    secrets = { ...MARKERS, connectionRequest, rotated, token: acs.token, key: OLD_KEY };
  });
  after(() => acs.close());

  const found = (text: string | Buffer): readonly string[] => Object.keys(secrets).filter((name) => text.includes(secrets[name] ?? ""));

  it("none is in the store, its write-ahead log, or a file", async () => {
    const files = await filesBelow(acs.file("."));
    expect(files.map(({ name }) => name)).to.include.members(["/acs.sqlite", "/acs.sqlite-wal"]);
    for (const { name, bytes } of files) expect(found(bytes), name).to.deep.equal([]);
  });

  it("none is in the log", () => {
    expect(acs.logged().length).to.be.above(0);
    expect(found(acs.logged())).to.deep.equal([]);
  });

  it("none is in an answer of REST, an event or a transcript", async () => {
    expect(found(await shown(acs, gateway))).to.deep.equal([]);
  });
});

describe("the secrets of a store under another key", function () {
  this.timeout(20_000); // each start opens a writer thread
  let acs: TestAcs;
  let gateway: TestGateway;
  let rotated: string;
  let upload: string;
  let group: string;

  before(async () => {
    acs = await startTestAcs({ env });
    await acs.call("POST", "/api/enrolment-rules", { kind: "window", name: "b", openForS: 60, devicesMax: 1, password: MARKERS.batch });
    const contact = await firstContact(acs);
    gateway = contact.gateway;
    rotated = contact.made[1] ?? "";
    upload = await acs.task(gateway.id, { kind: "upload", fileType: "1 Vendor Configuration File" });
    await gateway.inform("2 PERIODIC");
    const request = messageOf(await gateway.empty());
    if (request.kind !== "Upload") throw new Error(`asked ${request.kind}`);
    await gateway.say({ kind: "UploadResponse", status: 1, startTime: "", completeTime: "" });
    expect((await fetch(request.url, { method: "PUT", body: CONTENT })).status).to.equal(201);
    await giveOrders(acs, gateway);
    group = await giveGroup(acs, gateway);
  });
  after(() => acs.close());

  it("open with the new one after a start with both, were the first one even killed in the middle", async () => {
    const dataDir = acs.file(".");
    const dyingStart = async (): Promise<void> => {
      const stores = await openStores({ file: join(dataDir, "acs.sqlite") });
      let pages = 0;
      const dying = {
        ...stores,
        sealed: { replace: (page: never) => (pages++ === 0 ? stores.sealed.replace(page) : Promise.reject(new Error("killed"))) },
      };
      const keys = { from: readSecretKey(OLD_KEY), to: readSecretKey(NEW_KEY) };
      const failure = await resealSecrets({ dataDir, stores: dying, ...keys, log: silentLog }).catch((error: Error) => error.message);
      expect(failure).to.equal("killed");
      await stores.close();
    };
    const moved = { ...env, ACS_SECRETS_KEY: NEW_KEY };
    const again = await acs.restart({ env: { ...moved, ACS_SECRETS_KEY_PREVIOUS: OLD_KEY }, whileDown: dyingStart });
    acs = await again.restart({ env: moved });

    const later = Object.assign(gateway, { options: { ...gateway.options, port: acs.cwmpPort, password: rotated } });
    later.forget();
    await later.inform("2 PERIODIC");
    expect(await asked(later.empty())).to.deep.equal({ KeyPassphrase: MARKERS.wifi });
    const [rule] = await acs.stores.enrolment.rules();
    expect(openSecret(readSecretKey(NEW_KEY), rule?.password ?? "", ruleSecretOwner(rule?.id ?? ""))).to.equal(MARKERS.batch);
    const [{ id }] = (await acs.call("GET", `${device(gateway)}/files`)).body.files;
    expect(await raw(acs, `${device(gateway)}/files/${id}/content`)).to.equal(CONTENT);
    expect((await acs.stores.tasks.get(upload))?.state).to.equal("awaiting-device");
    const sealed = (await acs.stores.groups.get(group))?.order ?? "";
    expect(openSecret(readSecretKey(NEW_KEY), sealed, groupSecretOwner(group))).to.include(MARKERS.group);
  });
});
