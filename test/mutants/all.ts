/**
 * All listed mutations.
 * Layer: test (npm run mutants).
 */
import { ATTACKS_MUTANTS } from "./list/attacks.js";
import { DEVICE_MUTANTS } from "./list/device.js";
import { DIAGNOSES_MUTANTS } from "./list/diagnoses.js";
import { ENROLMENT_MUTANTS } from "./list/enrolment.js";
import { HOSTILE_SIP_MUTANTS } from "./list/hostile-sip.js";
import { MESSAGES_MUTANTS } from "./list/messages.js";
import { NMS_MUTANTS } from "./list/nms.js";
import { QUIRKS_MUTANTS } from "./list/quirks.js";
import { REGISTRAR_MUTANTS } from "./list/registrar.js";
import { REGISTRATION_DIAGNOSIS_MUTANTS } from "./list/registration-diagnosis.js";
import { ROWS_MUTANTS } from "./list/rows.js";
import { RPCS_MUTANTS } from "./list/rpcs.js";
import { RULES_MUTANTS } from "./list/rules.js";
import { SIP_MUTANTS } from "./list/sip.js";
import { SIP_STREAMS_MUTANTS } from "./list/sip-streams.js";
import { TRANSPORT_MUTANTS } from "./list/transport.js";
import { WAKING_MUTANTS } from "./list/waking.js";
import type { Mutant } from "./mutant.js";

export const MUTANTS: readonly Mutant[] = [
  ...[...TRANSPORT_MUTANTS, ...MESSAGES_MUTANTS, ...DEVICE_MUTANTS, ...ROWS_MUTANTS, ...RPCS_MUTANTS],
  ...[
    ...RULES_MUTANTS,
    ...QUIRKS_MUTANTS,
    ...ENROLMENT_MUTANTS,
    ...SIP_MUTANTS,
    ...SIP_STREAMS_MUTANTS,
    ...WAKING_MUTANTS,
    ...ATTACKS_MUTANTS,
  ],
  ...HOSTILE_SIP_MUTANTS,
  ...NMS_MUTANTS,
  ...DIAGNOSES_MUTANTS,
  ...REGISTRATION_DIAGNOSIS_MUTANTS,
  ...REGISTRAR_MUTANTS,
];
