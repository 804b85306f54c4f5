/**
 * The 200 to a REGISTER: all bindings of the address-of-record, and what the extensions add.
 * Spec: RFC 3261 10.3 step 8; RFC 3327 5.3; RFC 5626 6; RFC 5627 5.3. Layer: registrar, pure.
 */
import { writeParams } from "../sip/header-values.js";
import { header, type Param, type SipHeader } from "../sip/message.js";
import type { Binding } from "./binding.js";
import { publicGruu } from "./gruu.js";
import type { Answer, Asked, RegistrarPolicy } from "./read-registration.js";

/** Step 8: "The response MUST contain Contact header field values enumerating all current bindings", each with what is left of it. */
export function listing(
  bindings: readonly Binding[],
  { contacts, path, supports }: Pick<Asked, "contacts" | "path" | "supports">,
  { flowTimerS, temporaryGruu }: Pick<RegistrarPolicy, "flowTimerS" | "temporaryGruu">,
  nowMs: number,
): Answer {
  const isOutbound = contacts !== "*" && contacts.some(({ regId, expiresS }) => regId > 0 && expiresS > 0);
  const headers = [
    ...bindings.map((binding) => header("Contact", showContact(binding, supports.gruu ? gruusOf(binding, temporaryGruu) : [], nowMs))),
    // RFC 3327 5.3: copied into the 200 for who says that it can read them.
    ...(supports.path && path.length > 0 ? [header("Path", path.join(", "))] : []),
    ...(isOutbound ? outboundHeaders(flowTimerS) : []),
    header("Date", new Date(nowMs).toUTCString()),
  ];
  return { status: 200, headers };
}

/** That we keep a flow as one is said with Require, not with Supported (RFC 5626 6). */
const outboundHeaders = (flowTimerS: number): readonly SipHeader[] => [
  header("Require", "outbound"),
  ...(flowTimerS === 0 ? [] : [header("Flow-Timer", flowTimerS)]),
];

/** "…MUST include both", for each contact of an instance (RFC 5627 5.3). */
function gruusOf(binding: Binding, temporaryGruu: RegistrarPolicy["temporaryGruu"]): readonly Param[] {
  const { addressOfRecord, instanceId } = binding;
  if (instanceId === "") return [];
  const temporary: readonly Param[] =
    temporaryGruu === undefined ? [] : [{ name: "temp-gruu", value: temporaryGruu(binding), quoted: true }];
  return [{ name: "pub-gruu", value: publicGruu(addressOfRecord, instanceId), quoted: true }, ...temporary];
}

function showContact(binding: Binding, gruus: readonly Param[], nowMs: number): string {
  const { contact, contactParams, instanceId, regId, q, expiresAtMs } = binding;
  const params: Param[] = [{ name: "expires", value: String(Math.max(1, Math.ceil((expiresAtMs - nowMs) / 1_000))) }];
  if (q < 1) params.push({ name: "q", value: showQ(q) });
  if (instanceId !== "") params.push({ name: "+sip.instance", value: `<${instanceId}>`, quoted: true });
  if (regId > 0) params.push({ name: "reg-id", value: String(regId) });
  params.push(...gruus);
  return `<${contact}>${writeParams(params)}${contactParams}`;
}

/** At most three decimals (RFC 3261 25.1 qvalue). */
export const showQ = (q: number): string => String(Math.round(q * 1_000) / 1_000);
