/**
 * Where a device's model keeps its voice line, and how it is read and shown there.
 * Spec: TR-104 issue 1 and issue 2. Layer: phone, pure.
 */
import type { ModelPlaces } from "../../schemas/data-models/data-model.js";
import type { Device } from "../device/device.js";
import { concernsLine, LINE_PATH, type LineAccount, type LineConfig, type LineStatus, lineAccount, readLine } from "./line.js";
import { CLIENT_PATH, concernsSipClient, readSipClient, showSipClient, sipClientAccount } from "./sip-client.js";

/** Paths are without the root. */
export interface VoiceService {
  /** The object whose deletion ends the line. */
  readonly line: string;
  /** @param line Of another line than the phone's, as `line`. */
  readonly read: (device: Device, line?: string) => LineConfig;
  /** Whether a change of this parameter makes the line register again. */
  readonly concerns: (path: string) => boolean;
  readonly show: (status: LineStatus) => Readonly<Record<string, string>>;
  readonly account: (account: LineAccount) => Readonly<Record<string, string>>;
}

/** The line that an object or parameter lies in. @param path Within any line of the model. */
export function lineAround({ line }: VoiceService, path: string): string {
  const depth = line.split(".").length - 1;
  return `${path.split(".").slice(0, depth).join(".")}.`;
}

export const VOICE_SERVICES: Readonly<Record<ModelPlaces["voice"], VoiceService>> = {
  "TR-104 issue 1": {
    line: LINE_PATH,
    read: readLine,
    concerns: concernsLine,
    show: (status) => ({ [`${LINE_PATH}Status`]: status }),
    account: lineAccount,
  },
  "TR-104 issue 2": {
    line: CLIENT_PATH,
    read: readSipClient,
    concerns: concernsSipClient,
    show: showSipClient,
    account: sipClientAccount,
  },
};
