/**
 * Carries out the file transfers that a device owes, one after another, outside of the session that ordered them.
 * Spec: TR-069 A.3.2.8. Layer: cpe.
 */
import type { Clock } from "../../common/clock.js";
import { firmwareVersion } from "../device/firmware.js";
import {
  afterFailure,
  changeTransfer,
  FIRMWARE_FILE_TYPE,
  hasMissedWindow,
  MISSED_WINDOW,
  TRANSFER_LIMITS,
  type Transfer,
  type TransferFault,
} from "../device/transfers.js";
import type { DeviceBox } from "../device-box.js";
import { type DownloadedFile, downloadFile, TransferFailure } from "./download-file.js";
import { uploadFile } from "./upload-file.js";
import { WorkLine } from "./work-line.js";

export interface TransferRunnerOptions {
  readonly box: DeviceBox;
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly newCnonce: () => string;
  readonly ca?: string;
  /** From a failed attempt of a ScheduleDownload to the next one in its window. */
  readonly retryMs: number;
  /** What goes wrong with every download. */
  readonly flaw?: "lost" | "damaged" | "out-of-reach" | undefined;
  /** What an Upload of this kind sends. */
  readonly contentOf: (transfer: Transfer) => Uint8Array;
  readonly onProgress: (transfer: Transfer, bytes: number) => void;
  /** The file is here, whole and usable. `version`: it is firmware. The owner applies it and finishes the transfer. */
  readonly onFile: (transfer: Transfer, file: DownloadedFile, version: string | undefined) => void;
  /** The file has been sent. The owner finishes the transfer. */
  readonly onUploaded: (transfer: Transfer, content: Uint8Array) => void;
  /** It failed; the transfer is already marked as finished with its fault. */
  readonly onFailure: (transfer: Transfer) => void;
  readonly onError: (error: unknown) => void;
}

export class TransferRunner {
  readonly #options: TransferRunnerOptions;
  readonly #line: WorkLine<Transfer>;

  constructor(options: TransferRunnerOptions) {
    this.#options = options;
    const { clock, onError } = options;
    this.#line = new WorkLine({ clock, next: () => this.#next(), run: (transfer, power) => this.#run(transfer, power), onError });
  }

  powerOn(): void {
    this.#line.powerOn();
  }

  powerOff(): void {
    this.#line.powerOff();
  }

  /** Starts the first transfer that is due, or waits until one is. */
  look(): void {
    this.#line.look();
  }

  #next() {
    const [job] = this.#options.box
      .get()
      .transfers.filter((transfer) => transfer.state === "waiting")
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs);
    return job === undefined ? undefined : { job, dueAtMs: job.dueAtMs };
  }

  async #run(transfer: Transfer, power: AbortSignal): Promise<void> {
    const { clock, onFile, onUploaded } = this.#options;
    const startedAtMs = clock.now();
    if (hasMissedWindow(transfer, startedAtMs)) {
      this.#fail(transfer, MISSED_WINDOW);
      return;
    }
    if (transfer.command !== "Upload" && this.#options.flaw === "lost") {
      this.#lose(transfer);
      return;
    }
    this.#change(transfer, { state: "running", startedAtMs });
    const result = await this.#transfer(transfer, power);
    if (power.aborted) return;
    if ("file" in result) onFile({ ...transfer, startedAtMs }, result.file, result.version);
    else if ("sent" in result) onUploaded({ ...transfer, startedAtMs }, result.sent);
    else this.#fail({ ...transfer, startedAtMs }, result.fault);
  }

  #change(transfer: Transfer, change: Partial<Transfer>): void {
    this.#options.box.change((device) => ({ ...device, transfers: changeTransfer(device.transfers, transfer.id, change) }));
  }

  #lose({ id }: Transfer): void {
    this.#options.box.change((device) => ({ ...device, transfers: device.transfers.filter((other) => other.id !== id) }));
  }

  #fail(transfer: Transfer, fault: TransferFault): void {
    const { clock, retryMs, onFailure } = this.#options;
    const change = afterFailure(transfer, fault, clock.now(), retryMs);
    this.#change(transfer, change);
    if (change.state === "finished") onFailure({ ...transfer, ...change });
  }

  /** The end of the present window cuts a transfer as a loss of power does, but the device goes on. */
  async #transfer(transfer: Transfer, power: AbortSignal): Promise<Transferred> {
    const { clock } = this.#options;
    const [window] = transfer.windows;
    if (window === undefined) return this.#attempt(transfer, power);
    const closing = new AbortController();
    const cancel = clock.after(window.untilMs - clock.now(), () => closing.abort());
    try {
      const result = await this.#attempt(transfer, AbortSignal.any([power, closing.signal]));
      return closing.signal.aborted ? { fault: MISSED_WINDOW } : result;
    } finally {
      cancel();
    }
  }

  async #attempt(transfer: Transfer, power: AbortSignal): Promise<Transferred> {
    try {
      return transfer.command === "Upload" ? { sent: await this.#send(transfer, power) } : await this.#fetch(transfer, power);
    } catch (error) {
      if (error instanceof TransferFailure) return { fault: { code: error.faultCode, text: error.message } };
      throw error;
    }
  }

  async #send(transfer: Transfer, power: AbortSignal): Promise<Uint8Array> {
    const { clock, silenceMs, newCnonce, ca, contentOf } = this.#options;
    const { url, username, password } = transfer;
    const content = contentOf(transfer);
    const trust = ca === undefined ? {} : { ca };
    await uploadFile({ url, login: { username, password }, content, silenceMs, clock, newCnonce, power, ...trust });
    return content;
  }

  async #fetch(transfer: Transfer, power: AbortSignal): Promise<Transferred> {
    const { clock, silenceMs, newCnonce, ca, onProgress, flaw } = this.#options;
    if (flaw === "out-of-reach") throw new TransferFailure(9016, "the file can't be got at");
    const { url, username, password, fileSizeBytes, fileType } = transfer;
    const file = await downloadFile({
      ...{ url, login: { username, password }, fileSizeBytes, fileBytesMax: TRANSFER_LIMITS.fileBytesMax },
      ...{ silenceMs, clock, newCnonce, power, isDamaged: flaw === "damaged", ...(ca === undefined ? {} : { ca }) },
      onProgress: (bytes) => {
        if (!power.aborted) onProgress(transfer, bytes);
      },
    });
    const version = fileType === FIRMWARE_FILE_TYPE ? firmwareVersion(file.start) : undefined;
    if (fileType === FIRMWARE_FILE_TYPE && version === undefined) throw new TransferFailure(9018, "not a firmware image of this device");
    return { file, version };
  }
}

type Transferred =
  | { readonly file: DownloadedFile; readonly version: string | undefined }
  | { readonly sent: Uint8Array }
  | { readonly fault: TransferFault };
