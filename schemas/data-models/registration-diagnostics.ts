/**
 * The vendor object that tests a line's SIP registration: the standard has none.
 * Spec: CN 103067208 B; naming: TR-106 (X_ and the OUI); placement: the object whose registration it tries. Layer: schemas.
 */
import type { ParameterType } from "./data-model.js";
import { DATE_TIME, type Leaf, oneOf, readOnly, text, unsigned, writable } from "./describe-model.js";

/** Within the SIP object of a line (TR-104 issue 1), or within a SIP client (issue 2). */
export const REGISTRATION_DIAGNOSTICS = "X_0A1B2C_RegistrationDiagnostics.";

/** Whatever came of the test, it is Complete: the verdict stands in FaultCode. */
const STATE: ParameterType = {
  base: "string",
  values: ["None", "Requested", "Canceled", "Complete"],
  writableValues: ["Requested", "Canceled"],
};
/** The standard would set no limit; whoever asked has given up after an hour. */
const TIMEOUT_MS = unsigned(1, 3_600_000);
const UNKNOWN_TIME = "0001-01-01T00:00:00Z";

export const REGISTRATION_DIAGNOSTICS_LEAVES: readonly Leaf[] = [
  writable("DiagnosticsState", STATE, "None"),
  /** Of the whole test, ms. */
  writable("Timeout", TIMEOUT_MS, "32000"),
  /** Of each REGISTER, ms. */
  writable("AttemptTimeout", TIMEOUT_MS, "8000"),
  /** "": the line's. */
  writable("Transport", oneOf("", "UDP", "TCP", "TLS", "SCTP"), ""),
  /** 1 to 4, or a final code of SIP; 0: no test has ended. */
  readOnly("FaultCode", unsigned(), "0"),
  readOnly("LastResponseCode", unsigned(), "0"),
  /** Where there was no response: why. */
  readOnly("LastResponseText", text(256), ""),
  readOnly("RegistrarAddressUsed", text(256), ""),
  readOnly("LocalContact", text(512), ""),
  /** Seconds. */
  readOnly("GrantedExpires", unsigned(), "0"),
  readOnly("ChallengeRealm", text(256), ""),
  /** Of the last attempt, ms. */
  readOnly("RoundTripTime", unsigned(), "0"),
  readOnly("AttemptCount", unsigned(), "0"),
  readOnly("LastAttemptTime", DATE_TIME, UNKNOWN_TIME),
  /** Since when the line has been registered without a break; unknown: it is not. */
  readOnly("RegisteredSince", DATE_TIME, UNKNOWN_TIME),
];
