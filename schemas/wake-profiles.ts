/**
 * How gateways and telephones of known families want to be woken: profiles that an operator chooses by name for a model.
 * None of them restarts a device in its delivery state; where that depends on a setting of the device, `note` says so.
 * Source: sip.md 2 (event values in the field), from the vendors' documents and field reports.
 * Layer: schemas.
 */
import type { WakeProfile } from "./wake-contract.js";

export interface NamedWakeProfile {
  readonly profile: WakeProfile;
  /** What the operator must know. */
  readonly note: string;
}

export const WAKE_PROFILE_NAMES = [
  "standard",
  "voice-signalled",
  "cisco-spa",
  "cisco-enterprise",
  "polycom",
  "yealink",
  "grandstream",
  "snom",
  "mitel",
  "fanvil",
  "gigaset",
  "panasonic",
  "obihai",
  "audiocodes",
  "ont",
] as const;

export type WakeProfileName = (typeof WAKE_PROFILE_NAMES)[number];

export const WAKE_PROFILES: Readonly<Record<WakeProfileName, NamedWakeProfile>> = {
  standard: { profile: { events: ["resync"] }, note: "what the bridge sends when it is told nothing else" },
  "voice-signalled": {
    profile: {
      events: ["resync"],
      subscriptionState: "active; expires=1000",
      userAgent: null,
      userParameter: "phone",
      callId: "kept",
    },
    note: "gateways of US 2012/0089717 A1: user=phone, one Call-ID for ever, CSeq that counts",
  },
  "cisco-spa": {
    profile: { events: ["resync"] },
    note: "Linksys, Sipura, Cisco SPA, ATA 19x. Challenges with the line's credentials (Auth_Resync-Reboot); waits until the line is idle",
  },
  "cisco-enterprise": { profile: { events: ["check-sync"] }, note: "79xx, 88xx" },
  polycom: {
    profile: { events: ["check-sync"] },
    note: "restarts when files have changed; with voIpProt.SIP.specialEvent.checkSync.alwaysReboot=1 always",
  },
  yealink: {
    profile: { events: ["check-sync;reboot=false"] },
    note: "sip.notify_reboot_enable must be 0: with 1, the default, each NOTIFY restarts it; From must be of its own registrar",
  },
  grandstream: {
    profile: { events: ["check-sync", "resync"] },
    note: 'challenges, unless "Disable SIP NOTIFY Authentication" (P4428) is 1',
  },
  snom: { profile: { events: ["check-sync;reboot=false"] }, note: "may challenge, by its setting" },
  mitel: { profile: { events: ["check-sync"] }, note: "Aastra, Mitel" },
  fanvil: { profile: { events: ["resync"] }, note: "Fanvil, Htek, Sangoma. Plain check-sync restarts a Fanvil at once" },
  gigaset: {
    profile: { events: ["check-sync;reboot=false", "check-sync"] },
    note: "Gigaset, Technicolor TB30, Digium, Algo, Cyberdata. Older N510 and N720 know no parameter; TB30 checks the source address",
  },
  panasonic: { profile: { events: ["check-sync", "resync"] }, note: "KX-TGP, HDV, UT. The text is its setting CFG_RESYNC_FROM_SIP" },
  obihai: { profile: { events: ["sync"] }, note: "Obihai" },
  audiocodes: {
    profile: { events: ["check-sync;reboot=false"] },
    note: "MediaPack, Mediant; needs EnableSIPRemoteReset",
  },
  ont: {
    profile: { events: ["resync", "check-sync;reboot=false"] },
    note: "Huawei, ZTE, Nokia, AVM: nothing is published; ask the vendor for resync",
  },
};
