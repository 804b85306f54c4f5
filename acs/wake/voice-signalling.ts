/**
 * When a voice-signalled gateway may be signalled, and how its NOTIFY looks.
 * Spec: US 2012/0089717 A1 [0053] (only after a registration message), [0064] (immediately, regularly, after several), [0086-0097].
 * Layer: wake, pure.
 */
import type { WakeProfile } from "../../schemas/wake-contract.js";
import { WAKE_PROFILES } from "../../schemas/wake-profiles.js";
import type { NmsRecord } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { LadderInput } from "./ladder.js";

export type SignalPolicy = Pick<ModelPolicy, "nmsSignal" | "nmsSignalIntervalS" | "nmsSignalRegistrations">;

export type SignalTurn =
  | { readonly signal: "now" }
  | { readonly signal: "at"; readonly atMs: number; readonly why: string }
  /** The next registration message is looked at. */
  | { readonly signal: "later"; readonly why: string };

const NOW: SignalTurn = { signal: "now" };

/** For a gateway that has work. */
export function signalTurn(nms: NmsRecord, policy: SignalPolicy, nowMs: number): SignalTurn {
  if (nms.registeredAtMs === null) return { signal: "later", why: "no registration message was received yet" };
  switch (policy.nmsSignal) {
    case "immediately":
      return NOW;
    case "interval":
      return atInterval(nms, policy, nowMs);
    case "registrations":
      return afterRegistrations(nms, policy);
  }
}

function atInterval({ signalledAtMs }: NmsRecord, { nmsSignalIntervalS }: SignalPolicy, nowMs: number): SignalTurn {
  const atMs = (signalledAtMs ?? Number.NEGATIVE_INFINITY) + nmsSignalIntervalS * 1_000;
  // A clock that was set back must not keep it waiting for longer than one interval.
  const isWaiting = atMs > nowMs && (signalledAtMs ?? 0) <= nowMs;
  return isWaiting ? { signal: "at", atMs, why: `signalled each ${nmsSignalIntervalS} s at most` } : NOW;
}

function afterRegistrations({ registrations }: NmsRecord, { nmsSignalRegistrations }: SignalPolicy): SignalTurn {
  if (registrations >= nmsSignalRegistrations) return NOW;
  return { signal: "later", why: `signalled after ${nmsSignalRegistrations} registration messages; ${registrations} were received` };
}

/** [0089-0095]: the named profile, with what its CSeq is counted by. @param requests Received in all. */
export function voiceSignalledProfile({ requests }: NmsRecord): WakeProfile {
  return { ...WAKE_PROFILES["voice-signalled"].profile, requestsReceived: requests };
}

const ONLY_VOICE = "voice signalling alone triggers a gateway that is managed over NMS";
/** In place of what the ACS can: nothing but SIP reaches such a gateway. */
export const ONLY_VOICE_SIGNALLING: LadderInput["off"] = { http: ONLY_VOICE, udp: ONLY_VOICE, xmpp: ONLY_VOICE };
