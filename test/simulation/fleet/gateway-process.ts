/**
 * Thousands of light-weight gateways behind simulated NAT, in a process of their own: each has a private Contact, registers with digest over
 * UDP through a NAT of its own network, answers NOTIFY and calls in over HTTP with digest: Inform, empty POST, what is asked, 204.
 * They are stand-ins for device-sim's gateways: no parameter tree, no timers; ten share the public port of a NAT and are told apart by
 * the user part. A NAT lets in only what comes from where its gateways have sent to.
 * Layer: test support (simulation).
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../common/clock.js";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../../common/digest.js";
import type { IncomingRequest } from "../../../sip-bridge/net/server-transactions.js";
import { openUdpEndpoint, type UdpEndpoint } from "../../../sip-bridge/net/udp-endpoint.js";
import { buildRequest } from "../../../sip-bridge/sip/build.js";
import { header, headerValues, type SipHeader, type SipResponse } from "../../../sip-bridge/sip/message.js";
import { parseUri } from "../../../sip-bridge/sip/uri.js";
import { CwmpClient, messageOf } from "../../support/cwmp-client.js";
import type { FleetGateway, FromFleet, GatewayLog, ToFleet } from "./messages.js";

const DOMAIN = "voice.example";
const PER_NAT = 10;
const STARTING_AT_ONCE = 50;
const CALLING_AT_ONCE = 500;
const REGISTERED_S = 3_600;
const MESSAGES_PER_SESSION_MAX = 20;

interface Gateway extends FleetGateway {
  readonly contact: string;
  readonly nat: UdpEndpoint;
  /** Of its NAT. */
  readonly publicAddress: string;
  notifies: number;
  callIns: number;
  firstNotifyAtMs: number | undefined;
  lastCallInAtMs: number | undefined;
  readonly failures: string[];
}

const gateways = new Map<string, Gateway>();
let ports = { sip: 0, cwmp: 0 };
let blocked = 0;
let calling = 0;
let calledIn = 0;
const waitingToCall: Gateway[] = [];

const tell = (message: FromFleet): void => void process.send?.(message);

process.on("message", (message: ToFleet) => {
  if (message.do === "tell-log") tell({ tell: "log", gateways: [...gateways.values()].map(logOf), blocked });
  else if (message.do === "count") tell({ tell: "count", calledIn, cpuS: cpuS() });
  else
    startAll(message).then(
      (failed) => tell({ tell: "started", failed }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
});
process.on("disconnect", () => process.exit(0));
tell({ tell: "ready" });

function cpuS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @returns What failed. */
async function startAll({ gateways: all, sipPort, cwmpPort }: Extract<ToFleet, { do: "start" }>): Promise<readonly string[]> {
  ports = { sip: sipPort, cwmp: cwmpPort };
  for (let i = 0; i < all.length; i += PER_NAT) {
    const publicAddress = natAddress(i / PER_NAT);
    const nat = await openNat(publicAddress);
    for (const [j, gateway] of all.slice(i, i + PER_NAT).entries()) {
      const contact = `sip:${gateway.user}@10.0.0.${j + 2}:5060`;
      const log = { notifies: 0, callIns: 0, firstNotifyAtMs: undefined, lastCallInAtMs: undefined, failures: [] };
      gateways.set(gateway.user, { ...gateway, contact, nat, publicAddress, ...log });
    }
  }
  const left = [...gateways.values()].reverse();
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { user } = next;
      await start(next).catch((error: unknown) => failed.push(`${user}: ${reasonOf(error)}`));
    }
  };
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, work));
  return failed;
}

async function start(gateway: Gateway): Promise<void> {
  if (!(await register(gateway))) throw new Error("the registrar refuses it");
  await session(gateway, "1 BOOT");
}

/** Each network has a public address of its own. */
const natAddress = (number: number): string => `127.${1 + Math.floor(number / 250)}.${1 + (number % 250)}.1`;

function openNat(address: string): Promise<UdpEndpoint> {
  return openUdpEndpoint({
    ...{ address, port: 0, clock: systemClock, randomBytes },
    onRequest: (incoming) => {
      const isOpen = incoming.flow.remoteAddress === "127.0.0.1" && incoming.flow.remotePort === ports.sip;
      if (isOpen) hear(incoming);
      else blocked++;
    },
    onHandlerError: (error) => console.error(error),
  });
}

async function register(gateway: Gateway): Promise<boolean> {
  const callId = randomBytes(8).toString("hex");
  const challenged = await send(gateway, callId, 1, []);
  if (challenged?.status !== 401) return false;
  const [challenge] = headerValues(challenged, "www-authenticate").flatMap(parseChallenges);
  if (challenge === undefined) return false;
  const { user: username, sipPassword } = gateway;
  const ha1 = digestHa1(challenge.algorithm.hash, username, challenge.realm, sipPassword);
  const answer = answerDigest({ challenge, username, ha1, method: "REGISTER", uri: `sip:${DOMAIN}`, cnonce: "c0ffee", nc: 1 });
  return (await send(gateway, callId, 2, [header("Authorization", writeCredentials(answer))]))?.status === 200;
}

function send({ user, contact, nat }: Gateway, callId: string, cseq: number, more: readonly SipHeader[]): Promise<SipResponse | undefined> {
  const address = { uri: `sip:${user}@${DOMAIN}`, params: [] };
  const request = buildRequest({
    ...{ method: "REGISTER", uri: `sip:${DOMAIN}`, callId, cseq, to: address },
    from: { ...address, params: [{ name: "tag", value: randomBytes(4).toString("hex") }] },
    headers: [header("Contact", `<${contact}>`), header("Expires", REGISTERED_S), header("User-Agent", "Fleet/1.0"), ...more],
  });
  return new Promise((resolve) => {
    nat.layer.request(request, nat.transport.flowTo("127.0.0.1", ports.sip), (event) => {
      if (event.kind === "final") resolve(event.response);
      else if (event.kind === "timeout" || event.kind === "transport-error") resolve(undefined);
    });
  });
}

function hear({ request, answer }: IncomingRequest): void {
  const gateway = gateways.get(parseUri(request.uri).user ?? "");
  if (gateway === undefined || request.method !== "NOTIFY" || request.uri !== gateway.contact) {
    answer(404);
    return;
  }
  gateway.notifies++;
  gateway.firstNotifyAtMs ??= Date.now();
  answer(200);
  waitingToCall.push(gateway);
  callNext();
}

function callNext(): void {
  if (calling >= CALLING_AT_ONCE) return;
  const gateway = waitingToCall.shift();
  if (gateway === undefined) return;
  calling++;
  callIn(gateway)
    .catch((error: unknown) => gateway.failures.push(reasonOf(error)))
    .finally(() => {
      calling--;
      callNext();
    });
}

async function callIn(gateway: Gateway): Promise<void> {
  await session(gateway, "6 CONNECTION REQUEST");
  if (gateway.callIns++ === 0) calledIn++;
  gateway.lastCallInAtMs = Date.now();
}

/** One told to come later comes later (TR-069 3.2.1.1). @throws when it does not end well. */
async function session(gateway: Gateway, event: string): Promise<void> {
  const { identity, publicAddress, cwmpUsername: username, cwmpPassword: password } = gateway;
  const client = new CwmpClient({ port: ports.cwmp, identity, username, password, localAddress: publicAddress });
  try {
    const taken = await client.inform(event);
    if (taken.status === 503) {
      const afterS = Number(taken.headers["retry-after"]);
      gateway.failures.push(`told to come after ${afterS} s`);
      client.disconnect();
      await delay(afterS * 1_000);
      return await session(gateway, event);
    }
    if (taken.status !== 200) throw new Error(`Inform answered ${taken.status}`);
    let answer = await client.empty();
    for (let i = 0; answer.status === 200 && i < MESSAGES_PER_SESSION_MAX; i++) {
      const asked = messageOf(answer);
      if (asked.kind !== "GetParameterValues") throw new Error(`asked for ${asked.kind}`);
      const values = asked.names.map((name) => ({ name, type: "xsd:unsignedInt", text: "7" }));
      answer = await client.say({ kind: "GetParameterValuesResponse", values });
    }
    if (answer.status !== 204) throw new Error(`the session ended with ${answer.status}`);
  } finally {
    client.disconnect();
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const logOf = ({ user, notifies, callIns, failures, firstNotifyAtMs, lastCallInAtMs }: Gateway): GatewayLog => ({
  ...{ user, notifies, callIns, failures, firstNotifyAtMs, lastCallInAtMs },
});
