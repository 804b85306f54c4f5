/**
 * Finds the rungs of a device's ladder and asks one of them: SIP through the bridge, the others through the ACS's own senders.
 * Layer: wake; decisions in ladder.ts and sip-target.ts.
 */
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";
import { BridgeUnreachable, type WakeBridge, type WakeRequest } from "../../schemas/wake-contract.js";
import type { Device, DeviceIdentity } from "../devices/device.js";
import { type ModelPolicy, wakeProfileOf } from "../devices/model-policy.js";
import { modelOf } from "../devices/reachability.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { ReachStore } from "../stores/reach-store.js";
import type { ConnectionRequester } from "./connection-requester.js";
import { type Ladder, ladder, ladderNames, RUNG_NAMES, type RungOutcome, type Step } from "./ladder.js";
import { SIP_TARGET_SUBTREES, type SipTarget, sipTarget } from "./sip-target.js";
import { ONLY_VOICE_SIGNALLING, voiceSignalledProfile } from "./voice-signalling.js";

export interface KnockerOptions {
  readonly devices: DeviceStore;
  readonly reach: ReachStore;
  /** null: no SIP bridge is configured. */
  readonly bridge: WakeBridge | null;
  readonly requester: ConnectionRequester;
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  readonly clock: Clock;
}

/** What asking a rung brought. */
export interface Knock {
  readonly next: /** Asked: the call-in should follow. */
    | "wait"
    /** Asked and perhaps heard: the call-in may follow. */
    | "next-rung"
    /** The device is there but will not now: other rungs would disturb it too. */
    | "back-off";
  /** For people. */
  readonly reason: string;
  /** false: the rung could not be tried at all, which says nothing of the device. */
  readonly isVerdict: boolean;
  /** The bridge could not be asked: the rung is worth a try as soon as it can. */
  readonly isBridgeAway?: boolean;
  /** How long it takes until the request leaves: so much later the call-in may be expected. */
  readonly delayMs?: number;
}

export interface Knocker {
  ladderOf(device: Device): Promise<Ladder>;
  /** @throws what is our bug. */
  knock(device: Device, step: Step): Promise<Knock>;
}

const TREE_PAGE_MAX = 2_000;
/** Of the wake contract. */
const MODEL_CHARACTERS_MAX = 80;

export function createKnocker(options: KnockerOptions): Knocker {
  const { devices, reach, bridge, requester, modelPolicy, clock } = options;

  async function sipOf(device: Device): Promise<SipTarget> {
    if (bridge === null) return { target: null, why: "no SIP bridge is configured" };
    if (device.sipAddress !== null || device.root === null) return sipTarget(device, []);
    const subtrees = SIP_TARGET_SUBTREES.map((path) => devices.tree(device.id, `${device.root}${path}`, { limit: TREE_PAGE_MAX }));
    return sipTarget(device, (await Promise.all(subtrees)).flat());
  }

  async function notify(to: WakeBridge, device: Device, step: Step & { readonly rung: "sip" }): Promise<Knock> {
    try {
      const { outcome, detail, delayMs } = await to.wake(await requestOf(device, step));
      const isOut = outcome === "accepted" || outcome === "joined";
      if (!isOut) return { next: "next-rung", reason: detail, isVerdict: false };
      return { next: "wait", reason: "", isVerdict: true, ...(delayMs === undefined ? {} : { delayMs }) };
    } catch (error) {
      if (!(error instanceof BridgeUnreachable)) throw error;
      return { next: "next-rung", reason: `the SIP bridge can't be reached: ${error.message}`, isVerdict: false, isBridgeAway: true };
    }
  }

  async function requestOf(device: Device, { target }: Step & { readonly rung: "sip" }): Promise<WakeRequest> {
    const { id, identity } = device;
    const ofModel = wakeProfileOf((await modelPolicy(identity)).wake);
    // What the document fixes for voice-signalled gateways, unless their model's policy says otherwise.
    const profile = device.protocol === "nms" ? { ...voiceSignalledProfile(device.nms), ...ofModel } : ofModel;
    const model = modelOf(identity).slice(0, MODEL_CHARACTERS_MAX);
    return { wakeId: newId(clock.now()), deviceId: id, model, target, ...(profile === undefined ? {} : { profile }) };
  }

  return {
    ladderOf: async (device) => {
      const names = ladderNames(device.root);
      const [sip, values, reachability] = await Promise.all([sipOf(device), devices.entries(device.id, names), reach.get(device.id)]);
      const off = device.protocol === "nms" ? ONLY_VOICE_SIGNALLING : requester.off;
      return ladder({ sip, root: device.root, values, reachability, off, refusal: requester.refusal });
    },
    knock: async (device, step) => {
      if (step.rung === "sip") return bridge === null ? NO_BRIDGE : notify(bridge, device, step);
      const { outcome, detail } = await requester.send(device, step);
      return { next: NEXT[outcome], reason: `${RUNG_NAMES[step.rung]}: ${detail}`, isVerdict: outcome !== "busy" };
    },
  };
}

const NO_BRIDGE: Knock = { next: "next-rung", reason: "no SIP bridge is configured", isVerdict: false };

const NEXT: Readonly<Record<RungOutcome, Knock["next"]>> = {
  accepted: "wait",
  unanswered: "wait",
  busy: "back-off",
  "wrong-credentials": "next-rung",
  unreachable: "next-rung",
  refused: "next-rung",
};

/** What is shown while it is asked. */
export function describeStep(step: Step): string {
  switch (step.rung) {
    case "sip":
      return step.target.by === "address-of-record"
        ? `NOTIFY to ${step.target.addressOfRecord}`
        : `NOTIFY to the registration of ${step.target.macAddress}`;
    case "http":
      // Without the path: it is random per device so that strangers can't guess it.
      return `HTTP connection request to ${step.url.host}`;
    case "udp":
      return `UDP connection request to ${step.address.host}:${step.address.port}`;
    case "xmpp":
      return `XMPP connection request to ${step.jabberId}`;
  }
}
