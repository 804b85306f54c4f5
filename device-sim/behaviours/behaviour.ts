/**
 * What makes a simulated device less than faithful: data that the device looks at where it matters.
 * Layer: behaviours, pure.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";

/** A message of either side, or the empty POST. */
export type SessionMessage = AcsMessage["kind"] | DeviceMessage["kind"] | "empty";

export interface Behaviour {
  readonly name: string;
  readonly description: string;
  /** false: forgets each cookie. */
  readonly keepsCookies?: boolean;
  /** Instead of the password it was given. */
  readonly acsPassword?: string;
  /**
   * The session dies after this message, `times` times: one of the ACS once it was acted upon and before it is answered,
   * one of the device's own once it was sent and before the response to it is looked at.
   */
  readonly dropsAfter?: { readonly message: SessionMessage; readonly times: number };
  /** SetParameterValues is refused. */
  readonly setFault?: CpeFaultCode;
  /** How NOTIFY is answered, instead of being obeyed; "silence": not at all. */
  readonly notifyAnswer?: number | "silence";
}

/** Several flaws in one device; the later ones win. */
export function combine(behaviours: readonly Behaviour[]): Behaviour {
  const flaws: Behaviour = Object.assign({}, ...behaviours);
  const name = behaviours.map((behaviour) => behaviour.name).join("+");
  return { ...flaws, name: name || "faithful", description: behaviours.map((behaviour) => behaviour.description).join("; ") };
}
