/**
 * Thousands of light-weight gateways behind simulated NAT, in a process of their own: each has a private Contact, registers with digest over
 * UDP through a NAT of its own network, answers NOTIFY and calls in over HTTP with digest: Inform, empty POST, what is asked, 204.
 * They are stand-ins for device-sim's gateways: no parameter tree, no timers; ten share the public port of a NAT and are told apart by
 * the user part. A NAT lets in only what comes from where its gateways have sent to.
 * Layer: test support (simulation).
 */
import { randomBytes } from "node:crypto";
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
const REGISTERING_AT_ONCE = 50;
const CALLING_AT_ONCE = 100;
const REGISTERED_S = 3_600;
const MESSAGES_PER_SESSION_MAX = 20;

interface Gateway extends FleetGateway {
  readonly contact: string;
  readonly nat: UdpEndpoint;
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
const waitingToCall: Gateway[] = [];

const tell = (message: FromFleet): void => void process.send?.(message);

process.on("message", (message: ToFleet) => {
  if (message.do === "tell-log") tell({ tell: "log", gateways: [...gateways.values()].map(logOf), blocked });
  else
    registerAll(message).then(
      (refused) => tell({ tell: "registered", refused }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
});
process.on("disconnect", () => process.exit(0));
tell({ tell: "ready" });

async function registerAll({ gateways: all, sipPort, cwmpPort }: Extract<ToFleet, { do: "register" }>): Promise<number> {
  ports = { sip: sipPort, cwmp: cwmpPort };
  for (let i = 0; i < all.length; i += PER_NAT) {
    const nat = await openNat(i / PER_NAT);
    for (const [j, gateway] of all.slice(i, i + PER_NAT).entries()) {
      const contact = `sip:${gateway.user}@10.0.0.${j + 2}:5060`;
      gateways.set(gateway.user, {
        ...{ ...gateway, contact, nat, notifies: 0, callIns: 0, firstNotifyAtMs: undefined, lastCallInAtMs: undefined, failures: [] },
      });
    }
  }
  const left = [...gateways.values()];
  let refused = 0;
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) if (!(await register(next))) refused++;
  };
  await Promise.all(Array.from({ length: REGISTERING_AT_ONCE }, work));
  return refused;
}

/** Each network has a public address of its own. */
function openNat(number: number): Promise<UdpEndpoint> {
  const address = `127.${1 + Math.floor(number / 250)}.${1 + (number % 250)}.1`;
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
    .catch((error: unknown) => gateway.failures.push(error instanceof Error ? error.message : String(error)))
    .finally(() => {
      calling--;
      callNext();
    });
}

async function callIn(gateway: Gateway): Promise<void> {
  const { identity, cwmpUsername: username, cwmpPassword: password } = gateway;
  const client = new CwmpClient({ port: ports.cwmp, identity, username, password });
  try {
    const taken = await client.inform("6 CONNECTION REQUEST");
    if (taken.status !== 200) throw new Error(`Inform answered ${taken.status}`);
    let answer = await client.empty();
    for (let i = 0; answer.status === 200 && i < MESSAGES_PER_SESSION_MAX; i++) {
      const asked = messageOf(answer);
      if (asked.kind !== "GetParameterValues") throw new Error(`asked for ${asked.kind}`);
      const values = asked.names.map((name) => ({ name, type: "xsd:unsignedInt", text: "7" }));
      answer = await client.say({ kind: "GetParameterValuesResponse", values });
    }
    if (answer.status !== 204) throw new Error(`the session ended with ${answer.status}`);
    gateway.callIns++;
    gateway.lastCallInAtMs = Date.now();
  } finally {
    client.disconnect();
  }
}

const logOf = ({ user, notifies, callIns, failures, firstNotifyAtMs, lastCallInAtMs }: Gateway): GatewayLog => ({
  ...{ user, notifies, callIns, failures, firstNotifyAtMs, lastCallInAtMs },
});
