/**
 * curl as the device: an HTTP client, a digest and a cookie jar that are not ours, and message files whose bytes anybody can read.
 * Spec: TR-069 3.4.1, 3.7.2. Layer: interop test.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { requireCommand } from "../support/services.js";
import { repositoryPath } from "../support/shared-data.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const run = promisify(execFile);
const golden = (name: string): string => repositoryPath(`test/golden/cwmp/${name}.xml`);
/** As in test/golden/cwmp/inform-bootstrap.xml. */
const IDENTITY = { oui: "00D09E", productClass: "VoiceGate 2", serialNumber: "VG2-0000012345" } as const;
const NAMES = ["Enable", "LocalTimeZoneName", "CurrentLocalTime"].map((name) => `InternetGatewayDevice.Time.${name}`);
const READ = {
  kind: "getParameterValues",
  names: [...NAMES, "InternetGatewayDevice.DeviceInfo.UpTime", "InternetGatewayDevice.DeviceInfo.DeviceLog"],
};

describe("curl walks a session", function () {
  this.timeout(15_000);
  let acs: TestAcs;
  let gateway: TestGateway;
  let folder: TemporaryFolder;

  before(async function () {
    requireCommand(this, "curl");
    folder = await temporaryFolder();
  });
  after(() => folder?.remove());
  afterEach(() => acs?.close());

  const begin = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ...env } });
    gateway = await acs.gateway(IDENTITY);
  };

  /** One POST of curl's. @param body A file of test/golden/cwmp; none: the empty POST. */
  async function curl(body?: string, ...more: readonly string[]): Promise<{ readonly status: number; readonly body: string }> {
    const message =
      body === undefined
        ? ["-H", "Content-Type:", "-d", ""]
        : ["-H", "SOAPAction;", "-H", "Content-Type: text/xml; charset=utf-8", "--data-binary", `@${golden(body)}`];
    const jar = folder.file("cookies");
    const login = ["--digest", "-u", `${gateway.id}:${DEVICE_PASSWORD}`];
    const options = ["-sS", "-m", "10", "-b", jar, "-c", jar, "-o", folder.file("answer"), "-w", "%{http_code}"];
    const { stdout } = await run("curl", [...options, ...login, ...message, ...more, `http://127.0.0.1:${acs.cwmpPort}/`]);
    return { status: Number(stdout), body: await readFile(folder.file("answer"), "utf8").catch(() => "") };
  }

  it("Inform, empty POST, a response from a file, 204: the task is done with the values of the file", async () => {
    await begin();
    const id = await acs.task(gateway.id, { ...READ, priority: 9 });
    const informed = await curl("inform-bootstrap");
    expect(informed.status).to.equal(200);
    expect(informed.body)
      .to.include("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>")
      .and.include(">1</cwmp:ID>");
    expect(await readFile(folder.file("cookies"), "utf8"), "curl took the cookie").to.match(/reveille\t\S+/);
    const provision = await curl();
    expect(provision.status).to.equal(200);
    expect(provision.body).to.include("cwmp:SetParameterValues").and.include("PeriodicInformInterval");
    const request = await curl("set-parameter-values-response");
    expect(request.status).to.equal(200);
    expect(request.body).to.include('SOAP-ENC:arrayType="xsd:string[5]"');
    for (const name of READ.names) expect(request.body).to.include(`<string>${name}</string>`);
    expect(await curl("get-parameter-values-response")).to.include({ status: 204 });
    const { body: task } = await acs.call("GET", `/api/tasks/${id}`);
    expect(task).to.include({ state: "done", sends: 1 });
    expect(task.result.values[1]).to.deep.equal({
      ...{ name: "InternetGatewayDevice.Time.LocalTimeZoneName", type: "xsd:string" },
      value: "Zürich & \"Genève\" <'𝄞'>",
    });
  });

  it("with SHA-256, with Expect, in chunks, and over HTTP/1.0", async () => {
    await begin({ ACS_DIGEST_ALGORITHMS: "SHA-256,MD5" });
    for (const more of [["--http1.0"], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"]]) {
      expect((await curl("inform-bootstrap", ...more)).status, more.join(" ")).to.equal(200);
    }
  });

  it("a wrong password gets 401, a device that is not registered too", async () => {
    await begin();
    expect((await curl("inform-bootstrap", "-u", `${gateway.id}:wrong`)).status).to.equal(401);
    expect((await curl("inform-bootstrap", "-u", "nobody:wrong")).status).to.equal(401);
    expect(await acs.events(gateway.id, "device-informed")).to.deep.equal([]);
  });
});
