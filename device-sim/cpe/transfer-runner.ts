/**
 * Carries out the file transfers that a device owes, one after another, outside of the session that ordered them.
 * Spec: TR-069 A.3.2.8. Layer: cpe.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { Clock } from "../../common/clock.js";
import { firmwareVersion } from "../device/firmware.js";
import { changeTransfer, FIRMWARE_FILE_TYPE, TRANSFER_LIMITS, type Transfer } from "../device/transfers.js";
import type { DeviceBox } from "../device-box.js";
import { type DownloadedFile, downloadFile, TransferFailure } from "./download-file.js";

export interface TransferRunnerOptions {
  readonly box: DeviceBox;
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly newCnonce: () => string;
  readonly ca?: string;
  readonly onProgress: (transfer: Transfer, bytes: number) => void;
  /** The file is here, whole and usable. `version`: it is firmware. The owner applies it and finishes the transfer. */
  readonly onFile: (transfer: Transfer, file: DownloadedFile, version: string | undefined) => void;
  /** It failed; the transfer is already marked as finished with its fault. */
  readonly onFailure: (transfer: Transfer) => void;
  readonly onError: (error: unknown) => void;
}

export class TransferRunner {
  readonly #options: TransferRunnerOptions;
  #power = new AbortController();
  #isRunning = false;
  #cancelTimer: () => void = () => {};

  constructor(options: TransferRunnerOptions) {
    this.#options = options;
    this.#power.abort();
  }

  powerOn(): void {
    this.#power = new AbortController();
    this.#isRunning = false;
    this.look();
  }

  powerOff(): void {
    this.#power.abort();
    this.#cancelTimer();
  }

  /** Starts the first transfer that is due, or waits until one is. */
  look(): void {
    if (this.#power.signal.aborted || this.#isRunning) return;
    this.#cancelTimer();
    const { box, clock } = this.#options;
    const [next] = box
      .get()
      .transfers.filter((transfer) => transfer.state === "waiting")
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs);
    if (next === undefined) return;
    const waitMs = next.dueAtMs - clock.now();
    if (waitMs > 0) this.#cancelTimer = clock.after(waitMs, () => this.look());
    else void this.#run(next).catch(this.#options.onError);
  }

  async #run(transfer: Transfer): Promise<void> {
    const { box, clock, onFile, onFailure } = this.#options;
    const power = this.#power.signal;
    this.#isRunning = true;
    const startedAtMs = clock.now();
    box.change((device) => ({ ...device, transfers: changeTransfer(device.transfers, transfer.id, { state: "running", startedAtMs }) }));
    const result = await this.#fetch(transfer, power);
    if (power.aborted) return;
    this.#isRunning = false;
    if ("file" in result) {
      onFile({ ...transfer, startedAtMs }, result.file, result.version);
    } else {
      const failed = { state: "finished", finishedAtMs: clock.now(), fault: result.fault } as const;
      box.change((device) => ({ ...device, transfers: changeTransfer(device.transfers, transfer.id, failed) }));
      onFailure({ ...transfer, startedAtMs, ...failed });
    }
    this.look();
  }

  async #fetch(transfer: Transfer, power: AbortSignal): Promise<Fetched> {
    const { clock, silenceMs, newCnonce, ca, onProgress } = this.#options;
    const { url, username, password, fileSizeBytes, fileType } = transfer;
    try {
      const file = await downloadFile({
        ...{ url, login: { username, password }, fileSizeBytes, fileBytesMax: TRANSFER_LIMITS.fileBytesMax },
        ...{ silenceMs, clock, newCnonce, power, ...(ca === undefined ? {} : { ca }) },
        onProgress: (bytes) => {
          if (!power.aborted) onProgress(transfer, bytes);
        },
      });
      const version = fileType === FIRMWARE_FILE_TYPE ? firmwareVersion(file.start) : undefined;
      if (fileType === FIRMWARE_FILE_TYPE && version === undefined) throw new TransferFailure(9018, "not a firmware image of this device");
      return { file, version };
    } catch (error) {
      if (error instanceof TransferFailure) return { fault: { code: error.faultCode, text: error.message } };
      throw error;
    }
  }
}

type Fetched =
  | { readonly file: DownloadedFile; readonly version: string | undefined }
  | { readonly fault: { readonly code: CpeFaultCode; readonly text: string } };
