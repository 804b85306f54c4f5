/**
 * The device refuses a request of the ACS.
 * Spec: TR-069 A.5.1. Layer: device, pure.
 */
import { CPE_FAULTS, type CpeFaultCode, type Fault, type ParameterFault } from "../../acs/cwmp/faults.js";

/** `fault` is what the ACS reads. */
export class RpcFault extends Error {
  override readonly name = "RpcFault";
  readonly fault: Fault;

  constructor(faultCode: CpeFaultCode, why: string, setParameterValuesFaults: readonly ParameterFault[] = []) {
    super(`${faultCode} ${CPE_FAULTS[faultCode]}: ${why}`);
    this.fault = { kind: "Fault", faultCode, faultString: `${CPE_FAULTS[faultCode]}: ${why}`, setParameterValuesFaults };
  }
}
