/**
 * The test of a line's SIP registration: the self-diagnosis, given its line and arguments, and what it found as the object's values.
 * Spec: CN 103067208 B; cwmp.md 9.5. Layer: device-sim.
 */
import { UNKNOWN_TIME } from "../../acs/cwmp/values.js";
import { setting } from "../device/device.js";
import { writeTime } from "../device/inform.js";
import { DIAGNOSIS_LIMITS } from "../diagnosis/registration-diagnosis.js";
import { type DiagnosisOptions, type DiagnosisReport, DiagnosisRun } from "../diagnosis/run-diagnosis.js";
import { sendEcho } from "../icmp-echo.js";
import type { Phone } from "../phone/phone.js";
import { instanceIdOf } from "../phone/registration.js";
import { lineAround } from "../phone/voice-service.js";
import { complete, numberOf, type TestRun, type TestRunner } from "./test-runner.js";

export const diagnoseRegistration: TestRunner = (run) => {
  const { chassis, stop } = run;
  const isPhoneLine = linePath(run) === chassis.voice.line;
  const phone = (): Phone | undefined => (isPhoneLine ? chassis.phone() : undefined);
  return new Promise((resolve, reject) => {
    const onEnd = (report: DiagnosisReport): void => {
      // The registrar's way to the line leads to our socket now, which is closed.
      if (report.registeredAtMs !== undefined) phone()?.renew();
      resolve(complete(resultsOf(report, phone()?.registeredSinceMs)));
    };
    const diagnosis = new DiagnosisRun({ ...optionsOf(run), contact: () => phone()?.contact, onEnd, onError: reject });
    const abandon = (): void => {
      diagnosis.stop();
      phone()?.renew(); // the attempt that was given up may succeed all the same
      resolve(complete({}));
    };
    stop.addEventListener("abort", abandon, { once: true });
    diagnosis.begin();
  });
};

/** A first attempt that is answered 200. */
export const madeUpRegistration: TestRunner = async () =>
  complete({ FaultCode: "200", LastResponseCode: "200", LastResponseText: "OK", AttemptCount: "1" });

const linePath = ({ chassis, object }: TestRun): string => lineAround(chassis.voice, object.slice(chassis.model.root.length));

function optionsOf(run: TestRun): Omit<DiagnosisOptions, "contact" | "onEnd" | "onError"> {
  const { chassis } = run;
  const { box, voice, clock, randomBytes, instance } = chassis;
  const { sip, ca, certificate, tools } = chassis.options;
  const configured = voice.read(box.get(), linePath(run));
  const program = tools?.ping;
  return {
    line: { ...configured, transport: run.argument("Transport") || configured.transport },
    limits: { ...DIAGNOSIS_LIMITS, timeoutMs: numberOf(run, "Timeout"), attemptTimeoutMs: numberOf(run, "AttemptTimeout") },
    instanceId: instanceIdOf(instance.macAddress),
    userAgent: `${setting(box.get(), "DeviceInfo.ModelName")}/${setting(box.get(), "DeviceInfo.SoftwareVersion")}`,
    address: sip?.address ?? "",
    contactPort: sip?.port ?? configured.userAgentPort,
    tls: { ...(ca === undefined ? {} : { ca }), ...(certificate === undefined ? {} : { certificate }) },
    ping: (address, timeoutMs, signal) => sendEcho({ address, timeoutMs, signal, ...(program === undefined ? {} : { program }) }),
    ...{ clock, randomBytes },
  };
}

/** As the data model limits them. */
const CHARACTERS_MAX = { text: 256, contact: 512 } as const;

function resultsOf(report: DiagnosisReport, phoneSinceMs: number | undefined): Readonly<Record<string, string>> {
  const { lastResponse, note, registeredAtMs, lastAttemptAtMs } = report;
  const time = (atMs: number | undefined): string => (atMs === undefined ? UNKNOWN_TIME : writeTime(atMs));
  return {
    FaultCode: String(report.faultCode),
    LastResponseCode: String(lastResponse?.status ?? 0),
    LastResponseText: shown(lastResponse?.reason ?? note, CHARACTERS_MAX.text),
    RegistrarAddressUsed: report.registrarAddress,
    LocalContact: shown(report.contactUri, CHARACTERS_MAX.contact),
    GrantedExpires: String(report.grantedExpiresS),
    ChallengeRealm: shown(report.challengeRealm, CHARACTERS_MAX.text),
    RoundTripTime: String(Math.round(report.roundTripMs ?? 0)),
    AttemptCount: String(report.attempts),
    LastAttemptTime: time(lastAttemptAtMs),
    RegisteredSince: time(phoneSinceMs ?? registeredAtMs),
  };
}

/** What a server wrote may hold anything; what XML can't carry is left out. */
const shown = (text: string, charactersMax: number): string =>
  [...text.replaceAll(/[^\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, "")].slice(0, charactersMax).join("");
