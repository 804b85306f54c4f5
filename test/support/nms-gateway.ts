/**
 * A voice-signalled gateway as the NMS server sees it: posts what a test says, on a raw socket, and reads the response message.
 * Spec: US 2012/0089717 A1 [0056], [0061], [0076]. Layer: test support.
 */
import type { ConnectionOptions } from "node:tls";
import type { DeviceIdentity } from "../../acs/devices/device.js";
import { type BasicInformation, type GatewayMessage, type LastAction, writeGatewayMessage } from "../../acs/nms/gateway-message.js";
import { type NonVoiceResponse, readNonVoiceResponse } from "../../acs/nms/non-voice-response.js";
import { CwmpClient, type HttpAnswer } from "./cwmp-client.js";
import { DEVICE_PASSWORD, type TestAcs } from "./test-acs.js";

export const NO_INFORMATION: BasicInformation = {
  ...{ manufacturer: "", ip: "", softwareVersion: "", hardwareVersion: "", fileName: "", upgradeServer: "", downloadMethod: "" },
};

export interface Told {
  readonly information?: Partial<BasicInformation>;
  readonly lastAction?: LastAction;
  readonly parameters?: GatewayMessage["parameters"];
  readonly identity?: DeviceIdentity;
}

export class NmsGateway extends CwmpClient {
  readonly id: string;

  constructor(id: string, port: number, identity: DeviceIdentity, tls?: ConnectionOptions) {
    super({ path: "/nms", port, identity, username: id, password: DEVICE_PASSWORD, ...(tls === undefined ? {} : { tls }) });
    this.id = id;
  }

  messageText(kind: GatewayMessage["kind"], { information = {}, lastAction, parameters = [], identity }: Told = {}): string {
    const all = { ip: "10.40.41.36", softwareVersion: "1.0.3", ...information };
    return writeGatewayMessage({
      ...{ kind, parameters, lastAction: lastAction ?? null },
      ...{ identity: identity ?? this.options.identity, information: { ...NO_INFORMATION, ...all } },
    });
  }

  register(told?: Told): Promise<HttpAnswer> {
    return this.post(this.messageText("registration", told));
  }

  /** The non-voice request. */
  ask(told?: Told): Promise<HttpAnswer> {
    return this.post(this.messageText("request", told));
  }
}

export function responseOf(answer: HttpAnswer): NonVoiceResponse {
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
  return readNonVoiceResponse(Buffer.from(answer.body, "latin1"));
}

export async function nmsGateway(acs: TestAcs, more: Readonly<Record<string, unknown>> = {}, tls?: ConnectionOptions): Promise<NmsGateway> {
  const { id, options } = await acs.gateway({ protocol: "nms", ...more });
  return new NmsGateway(id, acs.cwmpPort, options.identity, tls);
}
