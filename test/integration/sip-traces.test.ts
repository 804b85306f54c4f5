/**
 * SIP traces over the bridge's HTTP side: a registration and a wake as somebody reads them, and as tshark does.
 * Layer: integration test.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { requireCommand } from "../support/services.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const addressOfRecord = `hgw1@${TEST_DOMAIN}`;

describe("SIP traces", () => {
  let bridge: TestBridge;
  let gateway: SipGateway;
  let answer = 200;

  before(async () => {
    bridge = await startTestBridge({ sip: { addresses: [{ address: "127.0.0.1" }], port: 0 } });
    gateway = await openGateway({ bridgePort: bridge.sipPort, t1Ms: 1_000, onNotify: (incoming) => incoming.answer(answer) });
  });
  after(async () => {
    await gateway.close();
    await bridge.close();
  });

  function ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json" };
    return fetch(new URL(path, bridge.url), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  async function watched(): Promise<string> {
    const response = await ask("POST", "/traces", { addressOfRecord });
    expect(response.status).to.equal(201);
    const { id } = (await response.json()) as { readonly id: string };
    await gateway.register();
    return id;
  }

  it("a registration reads as a ladder: four messages, no credentials", async () => {
    const text = await (await ask("GET", `/traces/${await watched()}`)).text();
    const arrows = text.split("\n").filter((line) => line.includes("──►"));
    expect(arrows.map((line) => /(gateway|bridge|127\.0\.0\.1):\d+ ──►/.exec(line)?.[1])).to.deep.equal([
      "127.0.0.1",
      "bridge",
      "127.0.0.1",
      "bridge",
    ]);
    expect(text).to.match(/REGISTER sip:voice\.example SIP\/2\.0[\s\S]*SIP\/2\.0 401 [\s\S]*REGISTER [\s\S]*SIP\/2\.0 200 /);
    expect(text)
      .to.match(/response=\*\*\*/)
      .and.not.match(/(response|nonce)="/);
  });

  it("a wake that was refused is kept with what was said, found by its device", async () => {
    await gateway.register();
    answer = 603;
    const ended = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "t1", deviceId: "device-9", event: "resync", target: { by: "address-of-record", addressOfRecord } });
    await ended;
    answer = 200;
    const { traces } = (await (await ask("GET", "/traces?deviceId=device-9")).json()) as {
      readonly traces: readonly { readonly id: string }[];
    };
    expect(traces).to.have.length(1);
    expect(traces[0]).to.include({ kind: "failed-wake", addressOfRecord, messages: 2 });
    const text = await (await ask("GET", `/traces/${traces[0]?.id}`)).text();
    expect(text)
      .to.match(/failed wake of sip:hgw1@voice\.example \(device device-9\)/)
      .and.match(/NOTIFY sip:hgw1@[\s\S]*Event: resync[\s\S]*SIP\/2\.0 603 /);
  });

  it("wants an address of the bridge, and tells what it does not know", async () => {
    expect((await ask("POST", "/traces", { addressOfRecord: "x@elsewhere" })).status).to.equal(400);
    expect((await ask("POST", "/traces", { addressOfRecord, forS: 4_000 })).status).to.equal(400);
    for (const method of ["GET", "DELETE"]) expect((await ask(method, "/traces/watch-99")).status).to.equal(404);
  });

  it("tshark reads the capture file as SIP, and finds no fault with its checksums", async function () {
    requireCommand(this, "tshark");
    const id = await watched();
    const response = await ask("GET", `/traces/${id}?format=pcapng`);
    expect(response.headers.get("content-disposition")).to.equal(`attachment; filename="${id}.pcapng"`);
    const folder = await temporaryFolder();
    await writeFile(folder.file("t.pcapng"), Buffer.from(await response.arrayBuffer()));
    const checks = ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-d", `udp.port==${bridge.sipPort},sip`];
    const fields = ["sip.CSeq.method", "sip.Status-Code", "udp.checksum.status", "ip.checksum.status", "_ws.malformed"];
    const { stdout } = await promisify(execFile)("tshark", [
      "-r",
      folder.file("t.pcapng"),
      ...checks,
      "-T",
      "fields",
      ...fields.flatMap((field) => ["-e", field]),
    ]);
    await folder.remove();
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t").slice(0, 4)),
    ).to.deep.equal([
      ["REGISTER", "", "1", "1"],
      ["REGISTER", "401", "1", "1"],
      ["REGISTER", "", "1", "1"],
      ["REGISTER", "200", "1", "1"],
    ]);
    expect((await ask("DELETE", `/traces/${id}`)).status).to.equal(204);
  });
}).timeout(15_000);
