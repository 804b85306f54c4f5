/**
 * Sends connection requests over the rungs that the ACS serves itself: HTTP, UDP, XMPP. SIP is the bridge's (wake-contract.ts).
 * Spec: TR-069 3.2.2, Annex G, Annex K. Layer: wake.
 */
import { randomInt } from "node:crypto";
import type { AddressGuard } from "../../common/address-guard.js";
import type { Clock } from "../../common/clock.js";
import type { Device, DeviceIdentity } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Rung, UdpAddress } from "../devices/reachability.js";
import type { Relaxation } from "../devices/relaxations.js";
import type { HttpConnectionRequester, Login } from "./http-connection-request.js";
import type { RungResult, Step } from "./ladder.js";
import type { StunServer } from "./stun-server.js";
import { UDP_CONNECTION_REQUEST_COPIES, writeUdpConnectionRequest } from "./udp-connection-request.js";
import type { XmppConnectionRequester } from "./xmpp-connection-request.js";

export type OwnStep = Exclude<Step, { readonly rung: "sip" }>;

export interface ConnectionRequesterOptions {
  /** null: switched off. */
  readonly http: HttpConnectionRequester | null;
  readonly stun: StunServer | null;
  readonly xmpp: XmppConnectionRequester | null;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Opens Device.connectionRequest.password. */
  readonly openSecret: (sealed: string, owner: string) => string;
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
}

export interface ConnectionRequester {
  /** Why a rung can't be used at all. */
  readonly off: Readonly<Partial<Record<Exclude<Rung, "sip">, string>>>;
  /** As AddressGuard has it. */
  readonly refusal: AddressGuard["refusal"];
  /** @throws when the device's credentials can't be opened. */
  send(device: Device, step: OwnStep): Promise<RungResult>;
}

const CNONCE_BYTES = 8;
/** Devices read the id into 31 bits. */
const FIRST_ID_MAX = 1_000_000_000;
/** Devices whose last ts is remembered. One that is forgotten has not been asked for long: the clock has gone on. */
const TIMESTAMPS_MAX = 10_000;

export function createConnectionRequester(options: ConnectionRequesterOptions): ConnectionRequester {
  const { http, stun, xmpp, clock, openSecret } = options;
  let id = randomInt(FIRST_ID_MAX);
  const timestamps = new Map<string, number>();

  /** Unix seconds. Devices drop what is not greater than the last one they took: two requests within a second must differ. */
  function nextTimestamp(deviceId: string): number {
    const ts = Math.max((timestamps.get(deviceId) ?? 0) + 1, Math.floor(clock.now() / 1_000));
    timestamps.delete(deviceId);
    timestamps.set(deviceId, ts);
    const [oldest] = timestamps.keys();
    if (timestamps.size > TIMESTAMPS_MAX && oldest !== undefined) timestamps.delete(oldest);
    return ts;
  }

  async function sendHttp(http: HttpConnectionRequester, { id: deviceId, identity }: Device, url: URL, login: Login): Promise<RungResult> {
    const { basicConnectionRequests: basic } = await options.modelPolicy(identity);
    const result = await http.send(url, basic === "as-configured" ? login : { ...login, basic });
    if (result.usedBasic === true) options.relaxed(deviceId, "basic-connection-request");
    return result;
  }

  async function sendUdp(server: StunServer, deviceId: string, address: UdpAddress, login: Login): Promise<RungResult> {
    const refused = options.guard.refusal(address.host);
    if (refused !== undefined) return { outcome: "refused", detail: `${address.host} is in a refused address range: ${refused}` };
    const cnonce = Buffer.from(options.randomBytes(CNONCE_BYTES)).toString("hex");
    const datagram = writeUdpConnectionRequest({ address, ts: nextTimestamp(deviceId), id: ++id, cnonce, ...login });
    try {
      for (let copy = 0; copy < UDP_CONNECTION_REQUEST_COPIES; copy++) await server.send(datagram, address);
    } catch (error) {
      return { outcome: "unreachable", detail: `the datagram could not be sent (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
    }
    return { outcome: "accepted", detail: `sent to ${address.host}:${address.port}; UDP is not answered` };
  }

  return {
    off: {
      ...(http === null ? { http: "HTTP connection requests are switched off" } : {}),
      ...(stun === null ? { udp: "the STUN server is switched off" } : {}),
      ...(xmpp === null ? { xmpp: "no XMPP server is configured" } : {}),
    },
    refusal: options.guard.refusal,
    send: async (device, step) => {
      const { id: deviceId, connectionRequest } = device;
      const { username, password } = connectionRequest;
      const login = { username, password: openSecret(password, deviceId) };
      if (step.rung === "http" && http !== null) return sendHttp(http, device, step.url, login);
      if (step.rung === "udp" && stun !== null) return sendUdp(stun, deviceId, step.address, login);
      if (step.rung === "xmpp" && xmpp !== null) return xmpp.send(step.jabberId, login);
      return { outcome: "refused", detail: "switched off" };
    },
  };
}
