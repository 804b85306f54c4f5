/**
 * The gateway's non-voice processing module: reboots, sets parameters, upgrades version and configuration, as the NMS client instructs it. What
 * it is about to do, and what became of it, is kept over a loss of power, and told with the next registration message.
 * Spec: US 2012/0089717 A1 [0057], [0081], [0115], [0139]. Layer: device-sim.
 */
import type { NonVoiceAction, UpgradeFile } from "../../acs/nms/non-voice-response.js";
import { type DownloadedFile, type DownloadFileOptions, TransferFailure } from "../cpe/download-file.js";
import { answerRequest, type Consequence } from "../device/answer-request.js";
import { changeValue, type Device } from "../device/device.js";
import { firmwareVersion } from "../device/firmware.js";
import type { DeviceBox } from "../device-box.js";
import type { Effect } from "../effects-log.js";
import type { NonVoiceProcessingMessage } from "./nms-client.js";

export interface NonVoiceProcessingOptions {
  readonly box: DeviceBox;
  readonly nowMs: () => number;
  readonly download: (file: Pick<DownloadFileOptions, "url" | "fileSizeBytes" | "power">) => Promise<DownloadedFile>;
  /** Where a file of this name lies; undefined: nothing was agreed. */
  readonly agreedPlace: (fileName: string) => string | undefined;
  readonly carryOut: (consequence: Consequence) => void;
  readonly log: (effect: Effect) => void;
  readonly restart: (actionId: string) => void;
  readonly onOutcome: (outcome: NonNullable<Device["lastAction"]>) => void;
}

/** The action can't be carried out; its message is what the NMS server is told. */
class ActionFailure extends Error {
  override readonly name = "ActionFailure";
}

const RESTARTS = "restarts";

export class NonVoiceProcessing {
  readonly #options: NonVoiceProcessingOptions;

  constructor(options: NonVoiceProcessingOptions) {
    this.#options = options;
  }

  /** What was being done when the power went: a reboot is that. Anything else was not done. */
  powerOn(): void {
    const { lastAction } = this.#options.box.get();
    if (lastAction?.result !== "pending") return;
    if (lastAction.action === "reboot") this.#remember({ ...lastAction, result: "success" });
    else this.#remember({ ...lastAction, result: "failure", detail: "the power was lost before it was done" });
  }

  /** An action that it has done already, by its id, is not done again. */
  async process({ actionId, action }: NonVoiceProcessingMessage, power: AbortSignal): Promise<void> {
    const before = this.#options.box.get().lastAction;
    if (actionId !== "" && before?.id === actionId) return;
    const memory = { id: actionId, action: nameOf(action), detail: "" };
    this.#remember({ ...memory, result: "pending" });
    try {
      const end = await this.#act(action, actionId, power);
      if (power.aborted || action.kind === "reboot") return;
      this.#remember({ ...memory, result: "success" });
      if (end === RESTARTS) this.#restart(actionId);
    } catch (error) {
      if (power.aborted) return;
      if (!(error instanceof ActionFailure) && !(error instanceof TransferFailure)) throw error;
      this.#remember({ ...memory, result: "failure", detail: error.message });
    }
  }

  async #act(action: NonVoiceAction, actionId: string, power: AbortSignal): Promise<typeof RESTARTS | undefined> {
    switch (action.kind) {
      case "reboot":
        this.#restart(actionId);
        return undefined;
      case "parameters":
        return this.#setParameters(action.parameters, actionId);
      case "upgrade":
        return this.#upgrade(action, actionId, power);
    }
  }

  /** All of them or none, as the same parameters would be set over CWMP. */
  #setParameters(parameters: readonly { readonly name: string; readonly value: string }[], actionId: string): undefined {
    const { box, nowMs, carryOut } = this.#options;
    const values = parameters.map(({ name, value }) => ({ name, type: "", text: value }));
    const request = { kind: "SetParameterValues", parameterKey: actionId, values } as const;
    const { device, response, consequence } = answerRequest(box.get(), request, nowMs());
    if (response.kind === "Fault") {
      const [first] = response.setParameterValuesFaults;
      throw new ActionFailure(first === undefined ? response.faultString : `${first.name}: ${first.faultString}`);
    }
    box.change(() => device);
    if (consequence !== undefined) carryOut(consequence);
  }

  async #upgrade(file: UpgradeFile, actionId: string, power: AbortSignal): Promise<typeof RESTARTS | undefined> {
    const { download, log, box } = this.#options;
    const url = this.#placeOf(file);
    const { bytes, sha256, start } = await download({ url, fileSizeBytes: file.fileSize ?? 0, power });
    if (file.checksum !== null && file.checksum !== sha256) throw new ActionFailure("the file has another checksum");
    log({ effect: "download", commandKey: actionId, fileType: file.fileType, bytes, sha256 });
    if (file.fileType === "config") return undefined;
    const version = firmwareVersion(start);
    if (version === undefined) throw new ActionFailure("the file is no version of this gateway");
    box.change((device) => changeValue(device, `${device.tree.index.root}DeviceInfo.SoftwareVersion`, version));
    log({ effect: "apply-firmware", commandKey: actionId, version });
    return RESTARTS;
  }

  #placeOf({ downloadMethod, downloadPath, fileName }: UpgradeFile): string {
    const url = downloadPath ?? this.#options.agreedPlace(fileName);
    if (url === undefined) throw new ActionFailure("no place of files is agreed upon, and the response has none");
    if (!URL.canParse(url)) throw new ActionFailure("the place of the file is no URL");
    const { protocol } = new URL(url);
    if (protocol !== "http:" && protocol !== "https:") throw new ActionFailure(`${downloadMethod} is not built in`);
    return url;
  }

  #restart(actionId: string): void {
    this.#options.log({ effect: "reboot", commandKey: actionId });
    this.#options.restart(actionId);
  }

  #remember(lastAction: NonNullable<Device["lastAction"]>): void {
    this.#options.box.change((device) => ({ ...device, lastAction }));
    this.#options.onOutcome(lastAction);
  }
}

/** As `lastaction/action` names it. */
function nameOf(action: NonVoiceAction): string {
  return action.kind === "upgrade" ? action.fileType : action.kind;
}
