/**
 * Which devices' credentials have changed, so that what a connection has proven before counts no more. Kept in memory: a connection lives
 * no longer than the process. Layer: http.
 */
import type { DeviceStore } from "../stores/device-store.js";

/** Devices remembered; beyond it all connections prove themselves anew, once. */
const DEVICES_MAX = 100_000;

export class CredentialChanges {
  #count = 0;
  /** Proofs from before this count are outdated, whosever they are. */
  #floor = 0;
  /** The count at the last change of each device. */
  readonly #last = new Map<string, number>();
  readonly #devicesMax: number;

  constructor(devices: Pick<DeviceStore, "onCredentialsChanged">, devicesMax = DEVICES_MAX) {
    this.#devicesMax = devicesMax;
    devices.onCredentialsChanged((id) => this.#note(id));
  }

  /** Changes heard of so far. Taken before the store is asked, it tells later whether the answer still holds. */
  get count(): number {
    return this.#count;
  }

  isOutdated(deviceId: string, sinceCount: number): boolean {
    return (this.#last.get(deviceId) ?? this.#floor) > sinceCount;
  }

  #note(deviceId: string): void {
    if (this.#last.size >= this.#devicesMax) {
      this.#last.clear();
      this.#floor = this.#count;
    }
    this.#last.set(deviceId, ++this.#count);
  }
}
