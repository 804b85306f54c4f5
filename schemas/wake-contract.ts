/**
 * What acs and sip-bridge say to each other about waking devices. Both adapters (in-process, HTTP) keep this contract;
 * suite: test/contracts/wake-bridge.contract.ts. Source: DESIGN 4 and 8.
 * Layer: schemas.
 */
import { z } from "zod";

/** Which registration is the device's: an address of record, or the MAC address in the node field of its instance id (RFC 5626 4.1, RFC 4122). */
export const wakeTarget = z.discriminatedUnion("by", [
  z.object({ by: z.literal("address-of-record"), addressOfRecord: z.string().min(1).max(389) }),
  z.object({ by: z.literal("instance-node"), macAddress: z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/) }),
]);

/** A value of the Event header. RFC 6665 8.2.1. */
export const eventValue = z
  .string()
  .regex(/^[A-Za-z0-9.!%*_+`'~-]+(;[A-Za-z0-9=._-]+)*$/, "is no value of an Event header")
  .max(64);

/**
 * Values that are known to restart a device, or worse: `reboot`, `reboot_now`, `restart_now`, `sys-control`, `check-sync;reboot=true`,
 * and whatever is named after a reset. Plain `check-sync` is not among them, though some models restart on it: see their profiles.
 */
export const restartsDevice = (event: string): boolean =>
  /^(reboot|restart|sys-control)|reset|factory/i.test(event) || /;reboot=true/i.test(event);

/** How the NOTIFY of this wake looks and which way it goes; what is left out is the bridge's own setting. */
export const wakeProfile = z.object({
  /** Event values; the next one is tried when the device refuses one with 489 or 481. What it took is remembered, and tried first. */
  events: z.array(eventValue).min(1).max(4).optional(),
  /** true: `events` may hold values that restart the device. */
  allowsReboot: z.boolean().optional(),
  /** Value of Subscription-State; null leaves the header out. */
  subscriptionState: z
    .string()
    .regex(/^[A-Za-z0-9=; _-]{1,64}$/)
    .nullable()
    .optional(),
  /** null leaves User-Agent out. */
  userAgent: z.null().optional(),
  /** User part of From and Contact, and domain of From. */
  fromUser: z
    .string()
    .regex(/^[A-Za-z0-9._~+-]{1,64}$/)
    .optional(),
  fromDomain: z
    .string()
    .regex(/^[A-Za-z0-9._:[\]-]{1,253}$/)
    .optional(),
  /** The Request-URI. Default: the registered contact; over a proxy the address of record. */
  target: z.enum(["contact", "address-of-record"]).optional(),
  /** The flow of the registration, or the operator's proxy. Default: the flow if the device is registered here, else the proxy if there is one. */
  route: z.enum(["flow", "proxy"]).optional(),
  /** `user=phone` in To and From, the number as display name of To: the address of record is a telephone number. */
  userParameter: z.literal("phone").optional(),
  /** "kept": one Call-ID per device, durable, and a CSeq that goes up (US 2012/0089717 A1 [0091-0092]). Default "fresh". */
  callId: z.enum(["fresh", "kept"]).optional(),
  /**
   * "kept" only: how many requests this device has made of the ACS in all. CSeq goes up by one for each that came since the last NOTIFY,
   * and by one when none came. A total, not a difference, so that a wake that is lost or repeated does not miscount.
   */
  requestsReceived: z.int().nonnegative().optional(),
});

export const wakeRequest = z
  .object({
    /** Made by the ACS; the same id again is the same wake. */
    wakeId: z.string().min(1).max(64),
    deviceId: z.string().min(1).max(400),
    /** Devices of one model share what is learnt about events. */
    model: z.string().min(1).max(80).optional(),
    target: wakeTarget,
    /** Value of the Event header, for a profile without `events`. Without either: the bridge's own setting. */
    event: eventValue.optional(),
    profile: wakeProfile.optional(),
  })
  .refine(({ event, profile = {} }) => profile.allowsReboot === true || ![event ?? "", ...(profile.events ?? [])].some(restartsDevice), {
    path: ["event"],
    error: "restarts the device: allowed only with profile.allowsReboot",
  });

/**
 * "accepted": a NOTIFY goes out. "joined": one for the same binding is on its way; its wire events count for both.
 * "not-registered", "ambiguous": no NOTIFY goes out; `detail` says why. The bridge then reports "registered" when the target registers;
 * also after a wake that reached nobody (timed out, no route, an answer like 404 or 480). "overloaded": try again later, nothing is remembered.
 */
export const wakeAnswer = z.object({
  outcome: z.enum(["accepted", "joined", "not-registered", "ambiguous", "overloaded"]),
  detail: z.string(),
  /** "accepted": milliseconds until its turn comes, as far as can be told; absent: at once. */
  delayMs: z.int().nonnegative().optional(),
});

const base = { wakeId: z.string(), deviceId: z.string(), atMs: z.number().int() };
/** What happened on the wire. "registered" has no wake of its own: `wakeId` is that of the last wake that missed this target. */
export const wireEvent = z.discriminatedUnion("kind", [
  z.object({ ...base, kind: z.literal("sent"), to: z.string(), callId: z.string() }),
  z.object({ ...base, kind: z.literal("retransmitted"), count: z.number().int() }),
  z.object({ ...base, kind: z.literal("challenged"), status: z.number().int(), realm: z.string() }),
  /** `retryAfterS`: of Retry-After; until it has passed, wakes of this binding are answered "overloaded". */
  z.object({
    ...base,
    kind: z.literal("answered"),
    status: z.number().int(),
    reason: z.string(),
    retryAfterS: z.number().int().nonnegative().optional(),
  }),
  /** The device does not take this event; another one goes out. */
  z.object({ ...base, kind: z.literal("event-refused"), status: z.number().int(), event: z.string(), next: z.string() }),
  /** The NOTIFY goes to another server of the next hop, or to where it was redirected; `detail` says why. */
  z.object({ ...base, kind: z.literal("rerouted"), detail: z.string() }),
  z.object({ ...base, kind: z.literal("timed-out") }),
  z.object({ ...base, kind: z.literal("failed"), detail: z.string() }),
  z.object({ ...base, kind: z.literal("registered"), addressOfRecord: z.string() }),
]);

export type WakeTarget = z.infer<typeof wakeTarget>;
export type WakeProfile = z.infer<typeof wakeProfile>;
export type WakeRequest = z.infer<typeof wakeRequest>;
export type WakeAnswer = z.infer<typeof wakeAnswer>;
export type WireEvent = z.infer<typeof wireEvent>;

/** The bridge as the ACS sees it. */
export interface WakeBridge {
  /** @throws {BridgeUnreachable} the bridge can't be asked now. */
  wake(request: WakeRequest): Promise<WakeAnswer>;
  /** Each wire event, at least once and in order while the bridge runs. Returns the function that ends it. */
  onWireEvent(listener: (event: WireEvent) => void): () => void;
  /** Told when the bridge can be asked again after it could not, as far as somebody listens to its wire events. Returns the function that ends it. */
  onBack(listener: () => void): () => void;
  close(): Promise<void>;
}

/** The bridge does not answer, or not as this contract says. */
export class BridgeUnreachable extends Error {
  override readonly name = "BridgeUnreachable";
}
