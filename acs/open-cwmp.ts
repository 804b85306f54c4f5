/**
 * Builds the CWMP endpoint from the configuration: who may call, how many at once, what sessions do.
 * Layer: main.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../common/clock.js";
import type { DigestAlgorithm } from "../common/digest.js";
import type { Logger } from "../common/log.js";
import { createNonceKeeper } from "../common/nonce.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { AcsConfig } from "./config.js";
import { Admission, type AdmissionLimits } from "./http/admission.js";
import { CwmpAuthenticator } from "./http/cwmp-auth.js";
import { CwmpEndpoint } from "./http/cwmp-endpoint.js";
import { DeviceIdentifier } from "./http/device-identifier.js";
import { Enroller } from "./http/enroller.js";
import type { NmsEndpoint } from "./http/nms-endpoint.js";
import type { Relaxed } from "./http/relaxation-log.js";
import type { Transcripts } from "./http/transcripts.js";
import type { SessionPolicy, TransferFiles } from "./session/session-services.js";
import { SharedIdentityWatch } from "./session/shared-identity-watch.js";
import type { EnrolmentRules } from "./stores/enrolment-rules.js";
import type { ModelLores } from "./stores/model-lores.js";
import type { ModelPolicies } from "./stores/model-policies.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import type { WakePlanner } from "./wake/wake-planner.js";

const NONCES_MAX = 200_000;
const KEY_BYTES = 32;

export interface EndpointParts {
  readonly nmsEndpoint: NmsEndpoint;
  readonly config: AcsConfig;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly key: SecretKey;
  readonly planner: WakePlanner;
  readonly models: ModelPolicies;
  readonly lores: ModelLores;
  readonly relaxed: Relaxed;
  readonly rules: EnrolmentRules;
  readonly transcripts: Transcripts;
  readonly files: TransferFiles;
}

export function openCwmp(parts: EndpointParts): CwmpEndpoint {
  const { config, stores, clock, log, random, key, planner, models, lores, relaxed, rules, transcripts, files } = parts;
  const { devices, tasks, events, quarantine } = stores;
  const open = (sealed: string, owner: string): string => openSecret(key, sealed, owner);
  const nonces = createNonceKeeper({
    key: randomBytes(KEY_BYTES),
    lifetimeMs: config.ACS_NONCE_LIFETIME_MS,
    noncesMax: NONCES_MAX,
    randomBytes,
  });
  const algorithms = config.ACS_DIGEST_ALGORITHMS.split(",").map(readAlgorithm);
  const enroller = new Enroller({ rules, clock, seal: (secret, owner) => sealSecret(key, secret, owner), openSecret: open });
  const authenticator = new CwmpAuthenticator({
    devices,
    enroller,
    clock,
    nonces,
    realm: config.ACS_DIGEST_REALM,
    algorithms,
    openSecret: open,
    allowsBasicOverTls: config.ACS_BASIC_OVER_TLS,
    ...{ modelPolicy: models.of, relaxed },
  });
  const body = {
    bodyBytesMax: config.ACS_BODY_BYTES_MAX,
    inflatedBytesMax: config.ACS_BODY_BYTES_MAX,
    bodyTimeoutMs: config.ACS_BODY_TIMEOUT_MS,
  };
  return new CwmpEndpoint({
    services: {
      ...{ devices, tasks, events, clock, files, modelPolicy: models.of, lores, relaxed, policy: policyOf(config) },
      ...{ openSecret: open, seal: (secret, owner) => sealSecret(key, secret, owner) },
    },
    ...{ events, authenticator, quarantine, clock, log, watcher: planner, nms: parts.nmsEndpoint },
    identifier: new DeviceIdentifier({ devices, quarantine, enroller, clock }),
    sharedIdentities: new SharedIdentityWatch({ quarantine, clock, log }),
    admission: new Admission(admissionLimits(config), random),
    transcripts,
    queued: () => stores.counters().queued,
    limits: {
      body,
      sessionTimeoutMs: config.ACS_SESSION_TIMEOUT_MS,
      sessionsMax: config.ACS_SESSIONS_MAX,
      connectionsMax: config.ACS_CONNECTIONS_MAX,
      headersTimeoutMs: config.ACS_HEADERS_TIMEOUT_MS,
    },
  });
}

function admissionLimits(config: AcsConfig): AdmissionLimits {
  return {
    bodiesMax: config.ACS_BODIES_MAX,
    bodyBytesMax: config.ACS_BODIES_BYTES_MAX,
    sessionsMax: config.ACS_SESSIONS_MAX,
    storeQueueMax: config.ACS_STORE_QUEUE_MAX,
    sessionsPerSecondMax: config.ACS_SESSIONS_PER_SECOND_MAX,
    deviceSessionsPerMinuteMax: config.ACS_DEVICE_SESSIONS_PER_MINUTE_MAX,
  };
}

function readAlgorithm(name: string): DigestAlgorithm {
  const isSession = name.trim().endsWith("-sess");
  return { hash: name.includes("256") ? "SHA-256" : "MD5", isSession };
}

/** A value that needs a restart (Status 1) may wait for the operator's next one. */
const APPLY_SETTLE_MS = 7 * 86_400_000;

function policyOf(config: AcsConfig): SessionPolicy {
  return {
    periodicInformIntervalS: config.ACS_PERIODIC_INFORM_INTERVAL_S,
    refreshAtBootstrap: config.ACS_REFRESH_AT_BOOTSTRAP,
    rebootSettleMs: config.ACS_REBOOT_SETTLE_MS,
    downloadSettleMs: config.ACS_DOWNLOAD_SETTLE_MS,
    applySettleMs: APPLY_SETTLE_MS,
    unknownSettleMs: config.ACS_UNKNOWN_SETTLE_MS,
    answerTimeoutMs: config.ACS_ANSWER_TIMEOUT_MS,
    passwordUseMs: config.ACS_PASSWORD_USE_MS,
    stun: publicStun(config),
    secretsWithoutTls: config.ACS_SECRETS_WITHOUT_TLS ?? config.ACS_CWMP_TLS_CERT_FILE === undefined,
  };
}

/** As devices reach it: behind a port forwarding, say, it is elsewhere than where we listen. */
function publicStun({
  ACS_STUN_PORT,
  PUBLIC_STUN_ADDRESS: host,
  PUBLIC_STUN_PORT: port = ACS_STUN_PORT,
}: AcsConfig): SessionPolicy["stun"] {
  return host === undefined || port === undefined ? null : { host, port };
}
