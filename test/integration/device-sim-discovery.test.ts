/**
 * A gateway that learns its ACS from a DHCP server on loopback.
 * Spec: TR-069 3.1; cases T01 to T04 of the conformance list.
 */
import { networkInterfaces } from "node:os";
import { expect } from "chai";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { type DhcpAnswer, openScriptedDhcpServer, type ScriptedDhcpServer } from "../support/scripted-dhcp-server.js";

const R = "InternetGatewayDevice.";
const MS = `${R}ManagementServer.`;
const setUrl = (url: string): Reply => ({
  message: { kind: "SetParameterValues", values: [{ name: `${MS}URL`, type: "xsd:string", text: url }], parameterKey: "" },
});
const eventsOf = (acs: ScriptedAcs) => acs.informs().map(({ events }) => events.map(({ code }) => code));

describe("device-sim: ACS discovery over DHCP", () => {
  const bench = openGatewayBench();
  const open: { close(): Promise<void> }[] = [];
  const openAcs = async (): Promise<ScriptedAcs> => {
    const acs = await openScriptedAcs();
    open.push(acs);
    return acs;
  };
  const openDhcp = async (family: "IPv4" | "IPv6", answer: DhcpAnswer): Promise<ScriptedDhcpServer> => {
    const server = await openScriptedDhcpServer(family, answer);
    open.push(server);
    return server;
  };
  const addGateway = (server: ScriptedDhcpServer, acsUrl = "") =>
    bench.add({ acsUrl, dhcpServer: { host: server.host, port: server.port } });
  afterEach(async () => {
    await bench.close();
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  it("T01: without a URL it asks with dslforum.org in option 60, and opens a session with the URL of option 43", async () => {
    const acs = await openAcs();
    const more = Buffer.from("\u0002\u0004n-77\u0003\u000220\u0004\u00041500", "latin1");
    const dhcp = await openDhcp("IPv4", { url: acs.url, more });
    const { gateway, event } = addGateway(dhcp);
    await gateway.powerOn();
    await event("session-ended");
    expect(dhcp.questions[0]?.includes("\x3c\x0cdslforum.org")).to.equal(true);
    expect(eventsOf(acs)).to.deep.equal([["0 BOOTSTRAP", "1 BOOT"]]);
    expect(gateway.read(`${MS}URL`)).to.equal(acs.url);
    expect(gateway.read(`${R}DeviceInfo.ProvisioningCode`)).to.equal("n-77");
    expect(gateway.read(`${MS}CWMPRetryMinimumWaitInterval`)).to.equal("20");
    expect(gateway.read(`${MS}CWMPRetryIntervalMultiplier`)).to.equal("1500");
  });

  it("T02: an ACS that can't be reached is asked for again, and the new one is met with 0 BOOTSTRAP", async () => {
    const [first, second] = [await openAcs(), await openAcs()];
    const dhcp = await openDhcp("IPv4", { url: first.url });
    const { gateway, event } = addGateway(dhcp);
    await gateway.powerOn();
    await event("session-ended");
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    expect(dhcp.questions, "while it can be reached").to.have.length(1);
    dhcp.answer({ url: second.url });
    await first.close();
    gateway.triggerPeriodic();
    await second.post(({ envelope }) => envelope?.message.kind === "Inform");
    expect(eventsOf(second)).to.deep.equal([["0 BOOTSTRAP"]]);
    expect(gateway.read(`${MS}URL`)).to.equal(second.url);
  });

  it("T03: the same over DHCPv6, with option 17", async function () {
    if (
      !Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.address === "::1")
    )
      return this.skip(); // a machine without IPv6
    const acs = await openAcs();
    const dhcp = await openDhcp("IPv6", { url: acs.url });
    const { gateway, event } = addGateway(dhcp);
    await gateway.powerOn();
    await event("session-ended");
    expect(eventsOf(acs)).to.deep.equal([["0 BOOTSTRAP", "1 BOOT"]]);
  });

  it("T04: a URL that the ACS has set stays, even the same one, whatever DHCP says later", async () => {
    const [acs, other] = [await openAcs(), await openAcs()];
    const dhcp = await openDhcp("IPv4", { url: acs.url });
    acs.script(INFORM_RESPONSE, setUrl(acs.url));
    const { gateway, event } = addGateway(dhcp);
    await gateway.powerOn();
    await event("session-ended");
    dhcp.answer({ url: other.url });
    await acs.close();
    gateway.triggerPeriodic();
    await event("session-started", 4);
    expect(dhcp.questions).to.have.length(1);
    expect(gateway.read(`${MS}URL`)).to.equal(acs.url);
    expect(other.posts).to.deep.equal([]);
  });

  it("a URL that it was given is never asked for", async () => {
    const acs = await openAcs();
    const dhcp = await openDhcp("IPv4", { url: "http://127.0.0.1:9/" });
    const { gateway, event } = addGateway(dhcp, acs.url);
    await gateway.powerOn();
    await event("session-ended");
    expect(dhcp.questions).to.deep.equal([]);
    expect(acs.informs()).to.have.length(1);
  });

  it("what DHCP said outlives a power cut; a hostile answer changes nothing, and is asked again", async () => {
    const acs = await openAcs();
    const dhcp = await openDhcp("IPv4", Buffer.from([53, 1, 5, 43, 200, 1, 30, 104, 255]));
    const { gateway, event } = addGateway(dhcp);
    const hostile = dhcp.nextAnswered();
    await gateway.powerOn();
    await hostile;
    expect(gateway.read(`${MS}URL`)).to.equal("");
    dhcp.answer({ url: acs.url });
    await event("session-ended");
    expect(dhcp.questions).to.have.length(2);
    await gateway.powerOff();
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["1 BOOT"]);
    expect(dhcp.questions).to.have.length(2);
  });
});
