/**
 * Notices that several devices share an identity: their connection-request URLs take turns, or their bootstraps come from addresses that
 * do. It is told, and nothing is done about it: that is for people.
 * Spec: cwmp.md 12, quirk 42. Layer: session shell; the judgement is devices/back-and-forth.ts.
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import { hasEvent } from "../cwmp/event-codes.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import { BackAndForth, type BackAndForthLimits } from "../devices/back-and-forth.js";
import type { SharedIdentity } from "../devices/device.js";
import type { QuarantineStore } from "../stores/quarantine-store.js";

const LIMITS: BackAndForthLimits = {
  keysMax: 100_000,
  valuesMax: 4,
  returnsMin: 4,
  windowMs: 86_400_000,
  valueCharactersMax: 256,
};
const URL_NAME = /^(?:InternetGatewayDevice|Device)\.ManagementServer\.ConnectionRequestURL$/;

export interface SharedIdentityWatchOptions {
  readonly quarantine: Pick<QuarantineStore, "setSharedIdentity">;
  readonly clock: Clock;
  readonly log: Logger;
}

export class SharedIdentityWatch {
  readonly #options: SharedIdentityWatchOptions;
  readonly #urls = new BackAndForth(LIMITS);
  /** A carrier's NAT gives one device many addresses; only together with 0 BOOTSTRAP do they mean something. */
  readonly #bootstraps = new BackAndForth(LIMITS);

  constructor(options: SharedIdentityWatchOptions) {
    this.#options = options;
  }

  /** After the Inform is stored; its answer does not wait. */
  heard(deviceId: string, inform: Inform, from: { readonly remoteAddress?: string | undefined }): void {
    const nowMs = this.#options.clock.now();
    const url = inform.parameters.find(({ name }) => URL_NAME.test(name))?.text ?? "";
    const urls = url === "" ? undefined : this.#urls.note(deviceId, url, nowMs);
    // Without the path: it is random per device so that strangers can't guess it.
    if (urls !== undefined) this.#tell(deviceId, { atMs: nowMs, sign: "connection-request-url", values: urls.map(originOf) });
    if (!hasEvent(inform, "0")) return;
    const addresses = this.#bootstraps.note(deviceId, from.remoteAddress ?? "", nowMs);
    if (addresses !== undefined) this.#tell(deviceId, { atMs: nowMs, sign: "bootstrap-address", values: addresses });
  }

  #tell(deviceId: string, shared: SharedIdentity): void {
    const { sign, values, atMs } = shared;
    this.#options.quarantine
      .setSharedIdentity(deviceId, shared, [{ atMs, kind: "identity-shared", deviceId, data: { sign, values } }])
      .catch((error: unknown) => this.#options.log.error({ err: error, device: deviceId }, "a shared identity could not be noted"));
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "unreadable");
