/**
 * Faults of both sides: their codes, the SOAP fault that carries them, and the errors they become.
 * Spec: TR-069 A.5 (codes), 3.5 (SOAP fault); field quirks 8, 50, 51. Layer: codec, pure. Golden: test/golden/cwmp/fault*.
 */
import { MalformedMessage } from "./malformed-message.js";
import { readCount, readShortText } from "./values.js";
import { children, childText, type Element, el, optionalText } from "./xml.js";

/** TR-069 A.5.1, table 63. 9800 to 9899 are the vendor's. */
export const CPE_FAULTS = {
  9000: "Method not supported",
  9001: "Request denied",
  9002: "Internal error",
  9003: "Invalid arguments",
  9004: "Resources exceeded",
  9005: "Invalid parameter name",
  9006: "Invalid parameter type",
  9007: "Invalid parameter value",
  9008: "Attempt to set a non-writable parameter",
  9009: "Notification request rejected",
  9010: "File transfer failure",
  9011: "Upload failure",
  9012: "File transfer server authentication failure",
  9013: "Unsupported protocol for file transfer",
  9014: "File transfer failure: unable to join multicast group",
  9015: "File transfer failure: unable to contact file server",
  9016: "File transfer failure: unable to access file",
  9017: "File transfer failure: unable to complete download",
  9018: "File transfer failure: file corrupted or otherwise unusable",
  9019: "File transfer failure: file authentication failure",
  9020: "File transfer failure: unable to complete download within specified time windows",
  9021: "Cancelation of file transfer not permitted in current transfer state",
  9022: "Invalid UUID format",
  9023: "Unknown execution environment",
  9024: "Disabled execution environment",
  9025: "Deployment unit to execution environment mismatch",
  9026: "Duplicate deployment unit",
  9027: "System resources exceeded",
  9028: "Unknown deployment unit",
  9029: "Invalid deployment unit state",
  9030: "Invalid deployment unit update: downgrade not permitted",
  9031: "Invalid deployment unit update: version not specified",
  9032: "Invalid deployment unit update: version already exists",
} as const;
export type CpeFaultCode = keyof typeof CPE_FAULTS;

/** TR-069 A.5.2. 8800 to 8899 are the vendor's. */
export const ACS_FAULTS = {
  8000: "Method not supported",
  8001: "Request denied",
  8002: "Internal error",
  8003: "Invalid arguments",
  8004: "Resources exceeded",
  8005: "Retry request",
  8006: "ACS version incompatible with CPE",
} as const;
export type AcsFaultCode = keyof typeof ACS_FAULTS;

/** A SOAP fault with its CWMP detail, of either side. */
export interface Fault {
  readonly kind: "Fault";
  readonly faultCode: number;
  readonly faultString: string;
  /** Only with 9003 to SetParameterValues: why each parameter was refused; nothing was applied. */
  readonly setParameterValuesFaults: readonly ParameterFault[];
}

export interface ParameterFault {
  readonly name: string;
  readonly faultCode: number;
  readonly faultString: string;
}

/** A fault of the device's side; the text is the standard's unless given. */
export function cpeFault(faultCode: CpeFaultCode, faultString: string = CPE_FAULTS[faultCode]): Fault {
  return { kind: "Fault", faultCode, faultString, setParameterValuesFaults: [] };
}

/** A fault of the ACS's side; the text is the standard's unless given. */
export function acsFault(faultCode: AcsFaultCode, faultString: string = ACS_FAULTS[faultCode]): Fault {
  return { kind: "Fault", faultCode, faultString, setParameterValuesFaults: [] };
}

/** We refuse what the device sent. `faultCode` is what it reads in the SOAP fault. TR-069 A.5. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
  readonly faultCode: AcsFaultCode;
  constructor(faultCode: AcsFaultCode, why: string, options?: ErrorOptions) {
    super(`${faultCode} ${ACS_FAULTS[faultCode]}: ${why}`, options);
    this.faultCode = faultCode;
  }
}

/** The device refused what we asked: its answer, which settles the task. */
export class DeviceFault extends Error {
  override readonly name = "DeviceFault";
  readonly fault: Fault;
  constructor(fault: Fault, options?: ErrorOptions) {
    super(`${fault.faultCode} ${fault.faultString || faultName(fault.faultCode)}`, options);
    this.fault = fault;
  }
}

/** The standard's words for a code of either side; "" for codes it does not define. */
export function faultName(faultCode: number): string {
  return { ...CPE_FAULTS, ...ACS_FAULTS }[faultCode as CpeFaultCode | AcsFaultCode] ?? "";
}

/** Reads a SOAP fault. `faultcode` and `faultstring` say nothing that the detail does not, and are ignored. */
/** Of more faults than values in any request of ours, the first are read. */
const PARAMETER_FAULTS_MAX = 1_000;

export function readFault(body: Element): Fault {
  const fault = findDetail(body);
  if (fault === undefined) throw new MalformedMessage("Fault/detail/Fault", "missing"); // an invalid message: TR-069 3.5
  return {
    kind: "Fault",
    faultCode: readFaultCode(fault),
    faultString: readShortText(optionalText(fault, "FaultString")),
    setParameterValuesFaults: children(fault, "SetParameterValuesFault")
      .slice(0, PARAMETER_FAULTS_MAX)
      .map((one) => ({
        name: readShortText(childText(one, "ParameterName")),
        faultCode: readFaultCode(one),
        faultString: readShortText(optionalText(one, "FaultString")),
      })),
  };
}

/** The CWMP fault, wherever it is below: netcwmp puts the detail into faultstring. */
function findDetail({ children: below }: Element): Element | undefined {
  for (const one of below) {
    const found = one.localName.toLowerCase() === "fault" ? one : findDetail(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readFaultCode(element: Element): number {
  const faultCode = readCount(childText(element, "FaultCode"), -1);
  if (faultCode < 0) throw new MalformedMessage(`${element.localName}/FaultCode`, "not a number");
  return faultCode;
}

/** FaultCode goes out without prefix or attributes: some clients search for the literal tag (field quirk 51). */
export function writeFault({ faultCode, faultString, setParameterValuesFaults }: Fault): Element {
  const perParameter = setParameterValuesFaults.map((one) =>
    el(
      "SetParameterValuesFault",
      {},
      el("ParameterName", {}, one.name),
      el("FaultCode", {}, String(one.faultCode)),
      el("FaultString", {}, one.faultString),
    ),
  );
  const detail = el("cwmp:Fault", {}, el("FaultCode", {}, String(faultCode)), el("FaultString", {}, faultString), perParameter);
  return el(
    "SOAP-ENV:Fault",
    {},
    el("faultcode", {}, soapFaultCode(faultCode)),
    el("faultstring", {}, "CWMP fault"),
    el("detail", {}, detail),
  );
}

/** Codes that the sender of the request could have avoided. The rest is the answering side's own trouble. */
const CLIENT_FAULTS: ReadonlySet<number> = new Set([9003, 9005, 9006, 9007, 9008, 8000, 8001, 8003]);

function soapFaultCode(faultCode: number): "Client" | "Server" {
  return CLIENT_FAULTS.has(faultCode) ? "Client" : "Server";
}
