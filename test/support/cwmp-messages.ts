/**
 * Builders and a seeded generator of CWMP messages, for every message both ways.
 * Layer: test support.
 */
import type { Envelope } from "../../acs/cwmp/envelope.js";
import type { Fault } from "../../acs/cwmp/faults.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import type { Random } from "./seeded-random.js";

/** An Inform of an invented gateway; give what matters. */
export function inform(given: Partial<Inform> = {}): Inform {
  return {
    kind: "Inform",
    deviceId: { manufacturer: "Example Telecom", oui: "00D09E", productClass: "VoiceGate 2", serialNumber: "VG2-0000012345" },
    events: [{ code: "2 PERIODIC", commandKey: "" }],
    maxEnvelopes: 1,
    currentTime: "2026-01-01T12:00:00+01:00",
    retryCount: 0,
    parameters: [{ name: "Device.DeviceInfo.SoftwareVersion", type: "xsd:string", text: "2.0.1" }],
    ...given,
  };
}

/** A message around which only the message matters. */
export function envelope<M>(message: M, given: Partial<Envelope<M>> = {}): Envelope<M> {
  return { id: "1", namespace: "urn:dslforum-org:cwmp-1-0", message, ...given };
}

const CHARACTERS = [..."abcXYZ019._-:/<>&\"'%;#[]{}|é€𝄞 \t\n\r\u00a0\ufffd\u{10ffff}"];
const TYPES = ["xsd:string", "xsd:int", "xsd:unsignedInt", "xsd:boolean", "xsd:dateTime", "xsd:base64Binary", "SOAP-ENC:base64"];
const NAMESPACES = ["0", "1", "2", "3", "4"].map((minor) => `urn:dslforum-org:cwmp-1-${minor}`);

/** Messages as a codec may meet them: any legal character, blanks only where they are content. */
export class MessageGenerator {
  private readonly random: Random;
  constructor(random: Random) {
    this.random = random;
  }

  /** Any text that XML can carry, blanks at both ends included. */
  private text(): string {
    return this.random.list(12, () => this.random.pick(CHARACTERS)).join("");
  }

  /** Text of an argument around which blanks do not count. */
  private word(): string {
    return this.text().trim();
  }

  private count(): number {
    return this.random.int(1_000_000);
  }

  private time(): string {
    return this.random.pick(["0001-01-01T00:00:00Z", "2026-01-01T12:00:00+01:00", "2026-01-01T12:00:00.123Z", "0001-01-03T03:04:05"]);
  }

  private values(): readonly ParameterValue[] {
    return this.random.list(6, () => ({ name: this.word(), type: this.random.pick(TYPES), text: this.text() }));
  }

  private status(): 0 | 1 {
    return this.random.bool() ? 1 : 0;
  }

  private fault(): Fault {
    const one = (): { name: string; faultCode: number; faultString: string } => ({
      name: this.word(),
      faultCode: 9_000 + this.random.int(33),
      faultString: this.word(),
    });
    const { faultCode, faultString } = one();
    return { kind: "Fault", faultCode, faultString, setParameterValuesFaults: this.random.list(3, one) };
  }

  private inform(): Inform {
    return inform({
      deviceId: { manufacturer: this.word(), oui: "00D09E", productClass: this.word(), serialNumber: this.word() },
      events: this.random.list(4, () => ({ code: this.word(), commandKey: this.word() })),
      maxEnvelopes: this.random.int(3),
      currentTime: this.time(),
      retryCount: this.count(),
      parameters: this.values(),
    });
  }

  private readonly shared: Readonly<
    Record<"GetRPCMethods" | "GetRPCMethodsResponse" | "Fault" | "UnknownMethod", () => DeviceMessage & AcsMessage>
  > = {
    GetRPCMethods: () => ({ kind: "GetRPCMethods" }),
    GetRPCMethodsResponse: () => ({ kind: "GetRPCMethodsResponse", methods: this.random.list(5, () => this.word()) }),
    Fault: () => this.fault(),
    UnknownMethod: () => ({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" }),
  };

  /** One entry per kind, so that a new message without a law does not compile. */
  readonly device: { readonly [K in DeviceMessage["kind"]]: () => DeviceMessage } = {
    ...this.shared,
    Inform: () => this.inform(),
    TransferComplete: () => ({
      kind: "TransferComplete",
      commandKey: this.word(),
      fault: { faultCode: this.count(), faultString: this.word() },
      startTime: this.time(),
      completeTime: this.time(),
    }),
    GetParameterNamesResponse: () => ({
      kind: "GetParameterNamesResponse",
      parameters: this.random.list(6, () => ({ name: this.word(), writable: this.random.bool() })),
    }),
    GetParameterValuesResponse: () => ({ kind: "GetParameterValuesResponse", values: this.values() }),
    SetParameterValuesResponse: () => ({ kind: "SetParameterValuesResponse", status: this.status() }),
    RebootResponse: () => ({ kind: "RebootResponse" }),
    DownloadResponse: () => ({ kind: "DownloadResponse", status: this.status(), startTime: this.time(), completeTime: this.time() }),
    GetAllQueuedTransfersResponse: () => ({
      kind: "GetAllQueuedTransfersResponse",
      transfers: this.random.list(4, () => ({
        commandKey: this.word(),
        state: 1 + this.random.int(3),
        isDownload: this.random.bool(),
        fileType: this.word(),
        fileSizeBytes: this.count(),
        targetFileName: this.word(),
      })),
    }),
  };

  readonly acs: { readonly [K in AcsMessage["kind"]]: () => AcsMessage } = {
    ...this.shared,
    InformResponse: () => ({ kind: "InformResponse", maxEnvelopes: 1 }),
    TransferCompleteResponse: () => ({ kind: "TransferCompleteResponse" }),
    GetParameterNames: () => ({ kind: "GetParameterNames", path: this.word(), nextLevel: this.random.bool() }),
    GetParameterValues: () => ({ kind: "GetParameterValues", names: this.random.list(6, () => this.word()) }),
    SetParameterValues: () => ({ kind: "SetParameterValues", values: this.values(), parameterKey: this.word() }),
    Reboot: () => ({ kind: "Reboot", commandKey: this.word() }),
    Download: () => ({
      kind: "Download",
      commandKey: this.word(),
      fileType: this.word(),
      url: this.word(),
      username: this.word(),
      password: this.word(),
      fileSizeBytes: this.count(),
      targetFileName: this.word(),
      delayS: this.count(),
      successUrl: this.word(),
      failureUrl: this.word(),
    }),
    GetAllQueuedTransfers: () => ({ kind: "GetAllQueuedTransfers" }),
  };

  /** Any mixture of headers. */
  envelope<M>(message: M): Envelope<M> {
    const { random } = this;
    return {
      ...(random.bool() ? { id: this.text() } : {}),
      namespace: random.pick(NAMESPACES),
      ...(random.bool() ? { holdRequests: random.bool() } : {}),
      ...(random.bool() ? { noMoreRequests: random.bool() } : {}),
      ...(random.bool() ? { sessionTimeoutS: this.count() } : {}),
      ...(random.bool() ? { supportedCwmpVersions: ["1.0", "1.1", "1.4"] } : {}),
      ...(random.bool() ? { useCwmpVersion: "1.2" } : {}),
      message,
    };
  }
}
