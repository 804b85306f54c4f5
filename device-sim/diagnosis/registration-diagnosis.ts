/**
 * A SIP terminal's diagnosis of its own registration, as a machine: REGISTERs, pings, the timer and the fault code are effects.
 * Spec: CN 103067208 B, steps S21-S23, S301-S311, S401-S411, S501-S510, S601-S610, S701-S706 ([0079]-[0186]). Layer: diagnosis, pure.
 */

export interface DiagnosisLimits {
  /** The self-diagnosis timer: "preferably 32 seconds" ([0082]). */
  readonly timeoutMs: number;
  /** An attempt without a final response in this time has had none, whatever timer F says. */
  readonly attemptTimeoutMs: number;
  readonly pingTimeoutMs: number;
}

/** Three silent attempts and three lost pings take 30 s, so that codes 2 and 3 are reached before the timer runs out. */
export const DIAGNOSIS_LIMITS: DiagnosisLimits = { timeoutMs: 32_000, attemptTimeoutMs: 8_000, pingTimeoutMs: 2_000 };

export const DIAGNOSIS_COUNTS = {
  /** Running: a branch is sure of its code. */
  perBranchMax: 3,
  pings: 3,
  /** However often the answers change. */
  attemptsMax: 9,
} as const;

/** Faults of the terminal and of the network: "a SIP server never answers 0 to 99" ([0180]). Beyond them stand final codes of SIP. */
export const FAULT = {
  incompleteConfiguration: 1,
  networkDown: 2,
  serverSilent: 3,
  /** The time is over, or no ping can be sent, and the server has said nothing. */
  nothingSeen: 4,
} as const;

/**
 * "The registration interval that meets the preset value" ([0157]), for a 423 without a usable Min-Expires: no registrar may find an hour
 * too brief (RFC 3261 10.3 step 7).
 */
const PRESET_EXPIRES_S = 3_600;

/** What the last answers have in common; the count begins again when it changes (S304, S404, S504, S604). */
type Branch = "silence" | "challenge" | "too-brief";

interface Trials {
  readonly limits: DiagnosisLimits;
  /** REGISTERs sent, the one under way included. */
  readonly attempts: number;
  readonly branch: Branch | undefined;
  /** Answers of the branch in a row. */
  readonly inBranch: number;
  /** The last final response's; undefined: none has come. */
  readonly lastCode: number | undefined;
  /** To be asked for. */
  readonly expiresS: number;
  /** Somebody has asked who we are. */
  readonly isChallenged: boolean;
}

export type Diagnosis =
  | ({ readonly phase: "registering" } & Trials)
  | ({ readonly phase: "pinging"; readonly pings: readonly PingOutcome[] } & Trials)
  | { readonly phase: "ended"; readonly faultCode: number };

/** "impossible": this terminal can't send any, which says nothing about the network. */
export type PingOutcome = "answered" | "unanswered" | "impossible";

export type DiagnosisInput =
  /** A response to the attempt under way. `minExpiresS`: of a 423, if it says so. */
  | { readonly kind: "response"; readonly status: number; readonly minExpiresS?: number }
  /** The attempt under way has had no final response in its time, or could not be sent. */
  | { readonly kind: "silence" }
  | { readonly kind: "ping"; readonly outcome: PingOutcome }
  /** The self-diagnosis timer. */
  | { readonly kind: "timeout" };

export type DiagnosisEffect =
  | { readonly do: "start-timer"; readonly delayMs: number }
  /** A new attempt. Without `withCredentials` it carries none ([0139]). */
  | { readonly do: "register"; readonly expiresS: number; readonly withCredentials: boolean; readonly limitMs: number }
  | { readonly do: "ping"; readonly limitMs: number }
  /** What is under way is given up (S22). */
  | { readonly do: "release" }
  | { readonly do: "stop-timer" }
  /** The diagnosis is complete. The code is 1 to 4, or 200 and more. */
  | { readonly do: "conclude"; readonly faultCode: number };

export interface DiagnosisStep {
  readonly state: Diagnosis;
  readonly effects: readonly DiagnosisEffect[];
}

export interface DiagnosisPlan {
  /** Whether the basic SIP configuration is there (S12). */
  readonly isComplete: boolean;
  /** Of the line. */
  readonly expiresS: number;
  readonly limits: DiagnosisLimits;
}

/** S302: with a complete configuration the timer starts, and the first REGISTER goes out. */
export function beginDiagnosis({ isComplete, expiresS, limits }: DiagnosisPlan): DiagnosisStep {
  if (!isComplete) return concluded(FAULT.incompleteConfiguration);
  const trials = { limits, attempts: 0, branch: undefined, inBranch: 0, lastCode: undefined, expiresS, isChallenged: false };
  const { state, effects } = register(trials);
  return { state, effects: [{ do: "start-timer", delayMs: limits.timeoutMs }, ...effects] };
}

/** One event of a diagnosis. Total: every phase takes every input. Never throws. */
export function stepDiagnosis(state: Diagnosis, input: DiagnosisInput): DiagnosisStep {
  if (state.phase === "ended") return { state, effects: [] };
  if (input.kind === "timeout") return released(state.phase === "pinging" ? pingFault(state) : fallback(state));
  if (state.phase === "pinging") return input.kind === "ping" ? judgePing(state, input.outcome) : { state, effects: [] };
  if (input.kind === "silence") return judgeSilence(state);
  // "A provisional response is taken for no response" ([0091]): the attempt goes on, to its limit.
  if (input.kind === "ping" || input.status < 200) return { state, effects: [] };
  return judgeFinal({ ...state, lastCode: input.status }, input.status, input.minExpiresS);
}

/** S304: which branch the code leads into. */
function judgeFinal(trials: Trials, status: number, minExpiresS: number | undefined): DiagnosisStep {
  if (status === 401 || status === 407) {
    const next = counted(trials, "challenge");
    return isSure(next) ? stopped(status) : again({ ...next, isChallenged: true });
  }
  if (status === 423) {
    const next = counted(trials, "too-brief");
    return isSure(next) ? stopped(status) : again({ ...next, expiresS: longerThan(trials.expiresS, minExpiresS) });
  }
  return stopped(status); // S705: "all from 200 up but 401, 407 and 423" ([0176])
}

/** S305-S310. */
function judgeSilence(trials: Trials): DiagnosisStep {
  const next = counted(trials, "silence");
  return isSure(next) ? ping({ ...next, phase: "pinging", pings: [] }) : again(next);
}

type Pinging = Extract<Diagnosis, { phase: "pinging" }>;

const ping = (state: Pinging): DiagnosisStep => ({ state, effects: [{ do: "ping", limitMs: state.limits.pingTimeoutMs }] });

function judgePing(state: Pinging, outcome: PingOutcome): DiagnosisStep {
  const next = { ...state, pings: [...state.pings, outcome] };
  return next.pings.length < DIAGNOSIS_COUNTS.pings ? ping(next) : stopped(pingFault(next));
}

/** S311, S411: one answer is an answer. Pings that could not be sent leave the matter open. */
function pingFault(state: Pinging): number {
  if (state.pings.includes("answered")) return FAULT.serverSilent;
  return state.pings.includes("unanswered") ? FAULT.networkDown : fallback(state);
}

/** "The code that the server returned last is kept" ([0084]). */
const fallback = ({ lastCode }: Trials): number => lastCode ?? FAULT.nothingSeen;

function counted<State extends Trials>(trials: State, branch: Branch): State {
  return { ...trials, branch, inBranch: trials.branch === branch ? trials.inBranch + 1 : 1 };
}

const isSure = ({ inBranch }: Trials): boolean => inBranch >= DIAGNOSIS_COUNTS.perBranchMax;

const longerThan = (askedS: number, minExpiresS = 0): number => (minExpiresS > askedS ? minExpiresS : PRESET_EXPIRES_S);

/** S305, S307 and their like: another attempt, unless there were enough. */
const again = (trials: Trials): DiagnosisStep =>
  trials.attempts < DIAGNOSIS_COUNTS.attemptsMax ? register(trials) : stopped(fallback(trials));

function register(trials: Trials): DiagnosisStep {
  const { expiresS, isChallenged: withCredentials, limits } = trials;
  return {
    state: { ...trials, phase: "registering", attempts: trials.attempts + 1 },
    effects: [{ do: "register", expiresS, withCredentials, limitMs: limits.attemptTimeoutMs }],
  };
}

/** S23: in time. */
function stopped(faultCode: number): DiagnosisStep {
  const { state, effects } = concluded(faultCode);
  return { state, effects: [{ do: "stop-timer" }, ...effects] };
}

/** S22: the timer has run out. */
function released(faultCode: number): DiagnosisStep {
  const { state, effects } = concluded(faultCode);
  return { state, effects: [{ do: "release" }, ...effects] };
}

const concluded = (faultCode: number): DiagnosisStep => ({
  state: { phase: "ended", faultCode },
  effects: [{ do: "conclude", faultCode }],
});
