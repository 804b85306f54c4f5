/**
 * Builds the bridge and wires it: stores, registrar, wake service, SIP sockets, HTTP.
 * Layer: main.
 */
import { mkdir } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { dirname } from "node:path";
import { type Clock, systemClock } from "../common/clock.js";
import type { Secret } from "../common/config.js";
import type { DigestHash } from "../common/digest.js";
import { newId } from "../common/ids.js";
import { type Logger, silentLog } from "../common/log.js";
import { createNonceKeeper } from "../common/nonce.js";
import { openObservation } from "../common/open-observation.js";
import { createRandomPool } from "../common/random-pool.js";
import { lockFile } from "../common/sqlite/lock-file.js";
import type { WakeBridge } from "../schemas/wake-contract.js";
import { bridgeMetrics } from "./bridge-metrics.js";
import { hashesOf } from "./http/account-routes.js";
import type { BindingRoutesOptions } from "./http/binding-routes.js";
import type { ObservationRoutesOptions } from "./http/observation-routes.js";
import type { OutcomeRoutesOptions } from "./http/outcome-routes.js";
import type { SecurityRoutesOptions } from "./http/security-routes.js";
import { type BridgeHttp, openBridgeHttp } from "./http/server.js";
import type { TraceRoutesOptions } from "./http/trace-routes.js";
import { createWireEventLog } from "./http/wire-event-log.js";
import { createIdentifier } from "./identify.js";
import type { NatKeepAlivePolicy } from "./nat-keep-alive.js";
import { CONNECTION_LIMITS } from "./net/connection.js";
import { createDnsClient } from "./net/dns-client.js";
import { type OwnCertificate, type OwnCertificateOptions, openOwnCertificate } from "./net/own-certificate.js";
import { createReflectionLedger } from "./net/reflection-ledger.js";
import { type ResolveOptions, resolveTarget } from "./net/resolve-target.js";
import type { NotifyProfile } from "./notify/build-notify.js";
import { type NotifySwitchState, openNotifySwitch } from "./notify-switch.js";
import { type ConnectionRequests, type ConnectionRequestsConfig, openConnectionRequests } from "./open-connection-requests.js";
import { keepNatsOpen } from "./open-nat-keep-alive.js";
import { type OpenRelay, openRelay, type RelayConfig } from "./open-relay.js";
import { createOperatorProxy, type OperatorProxyOptions } from "./operator-proxy.js";
import { createOutcomeKeeper, KEEPER_LIMITS } from "./outcome-keeper.js";
import { type Domains, readAddressOfRecord } from "./registrar/address-of-record.js";
import { decoyHashes, OFFERED_ALGORITHMS } from "./registrar/authenticate.js";
import { DEFAULT_POLICY, type RegistrarPolicy } from "./registrar/read-registration.js";
import { type AddressLimits, createRegistrarService } from "./registrar-service.js";
import { createRegistrationEvents } from "./registration-events.js";
import { createRegistrationOutcomes, OUTCOME_LIMITS } from "./registration-outcomes.js";
import type { Flow } from "./sip/flow.js";
import { hostField } from "./sip/uri.js";
import { named } from "./sip-edge.js";
import { openSipListener, type SipListenerOptions } from "./sip-listener.js";
import { createSourceGuard, type GuardOptions } from "./source-guard.js";
import { type BridgeStores, openBridgeStores } from "./stores/sqlite/bridge-database.js";
import { createSubscribeService, type Subscribable } from "./subscribe-service.js";
import { openTemporaryGruus } from "./temporary-gruus.js";
import { createTraceBook } from "./trace-book.js";
import { STANDARD_TIMERS, type TransactionTimers } from "./transactions/timers.js";
import { createWakeService, type WakeLimits } from "./wake-service.js";
import { createWakeSubscriptions } from "./wake-subscriptions.js";
import { tallyWakes } from "./wake-tally.js";

export interface SipBridgeConfig {
  readonly domains: Domains;
  /** Default: the main domain. */
  readonly realm?: string;
  readonly storeFile: string;
  readonly sip: Pick<SipListenerOptions, "addresses" | "port" | "publicPort" | "tcp" | "tls" | "tlsClient" | "streamLimits" | "timers"> & {
    /** What we show when we connect over TLS; in place of what `tlsClient` shows. */
    readonly tlsClientFiles?: OwnCertificateOptions["files"];
  };
  /** null: the bridge is used in process only. */
  readonly http: { readonly host: string; readonly port: number; readonly token: Secret; readonly metricsToken?: Secret } | null;
  readonly registrar?: Partial<Omit<RegistrarPolicy, "domains" | "realm">>;
  /** User names that may subscribe to any address's registrations (Event: reg). Default: nobody. */
  readonly registrationWatchers?: readonly string[];
  /** How often its owner may register one address. Default: no limit. */
  readonly registerPerAddress?: AddressLimits;
  readonly nonceLifetimeMs?: number;
  /** Offered to those who register, in this order. Default: OFFERED_ALGORITHMS. */
  readonly digestAlgorithms?: readonly DigestHash[];
  readonly notify?: Partial<NotifyProfile>;
  /** Event values of wakes that name none; the next one is tried when a device refuses one. Default: resync. */
  readonly events?: readonly string[];
  /** For devices that are not registered here. */
  readonly proxy?: OperatorProxyOptions;
  /** "192.0.2.53" or "192.0.2.53:5353". Default: those of the system. */
  readonly dnsServers?: readonly string[];
  readonly wake?: Partial<WakeLimits>;
  /** Absent: existing ACSs can't have devices woken by connection requests. */
  readonly connectionRequests?: ConnectionRequestsConfig;
  /** How strangers are kept at a distance. Default: GUARD_LIMITS, and requests for other domains are refused. */
  readonly guard?: Pick<Partial<GuardOptions>, "dropsForeignDomains" | "limits">;
  /** Absent: gateways keep their NAT open themselves. */
  readonly natKeepAlive?: NatKeepAlivePolicy;
  /** Needs `connectionRequests`. */
  readonly relay?: RelayConfig;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

export interface SipBridge {
  readonly bridge: WakeBridge;
  readonly sipPort: number;
  /** Of SIP over TLS; 0 without. */
  readonly sipTlsPort: number;
  /** 0 without HTTP. */
  readonly httpPort: number;
  /** Undefined without a Connection-Request gateway. */
  readonly connectionRequests: Pick<ConnectionRequests, "port" | "tlsPort" | "publicUrl" | "book"> | undefined;
  /** Undefined without a CWMP relay. */
  readonly relay: OpenRelay | undefined;
  /** Adds or replaces an account, as PUT /accounts does. @throws {RangeError} An address that is not of our domain. */
  putAccount(username: string, password: string, addressesOfRecord?: readonly string[]): Promise<void>;
  counters(): Readonly<Record<string, number>>;
  /** Stops taking requests, then closes the store. */
  close(): Promise<void>;
}

const NONCES_MAX = 200_000;
const NONCE_LIFETIME_MS = 120_000;
const NONCE_KEY_BYTES = 32;
const DECOY_BYTES = 64;
const CNONCE_BYTES = 16;
/** Wire events that a client which lost its connection can still get. About 300 octets each. */
const WIRE_EVENTS_MAX = 20_000;
/** Registrations that ended are kept for diagnosis. */
const GHOSTS_KEPT_MS = 7 * 86_400_000;
const PRUNE = { intervalMs: 600_000, batch: 1_000 };
const FROM_USER = "acs";
/** Setting that a health check writes. */
const HEALTH_PROBE = "health-probe";
const USER_AGENT = "Reveille";
const FLOW_GRACE_S = 60;
const DEFAULT_EVENTS = ["resync"];

/** @throws DatabaseNotOpened, or the system's error if an address cannot be bound. Nothing stays open then. */
export async function startSipBridge(config: SipBridgeConfig): Promise<SipBridge> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await wire(config, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

async function wire(config: SipBridgeConfig, opened: (() => Promise<void>)[]): Promise<SipBridge> {
  const { domains, realm = domains.main, logger = silentLog, clock = systemClock } = config;
  const onError = (error: unknown): void => logger.error({ err: error }, "the bridge failed at something");
  const randomBytes = createRandomPool();
  await mkdir(dirname(config.storeFile), { recursive: true, mode: 0o700 });
  const unlock = lockFile(`${config.storeFile}.lock`);
  opened.push(async () => unlock());
  const stores = await openBridgeStores(config.storeFile);
  opened.push(() => stores.close());

  const traces = createTraceBook({ domains, clock });
  const notifySwitch = await openNotifySwitch(stores.settings);
  const events = config.events ?? DEFAULT_EVENTS;
  const subscriptions = createWakeSubscriptions({
    ...{ domains, store: stores.subscriptions, events, user: config.notify?.fromUser ?? FROM_USER, clock, onError },
    edgeOf: (flow) => listener.edgeOf(flow),
  });
  opened.push(async () => subscriptions.close());
  const temporaryGruus = await openTemporaryGruus(stores.settings);
  const locating = locatingOf(config, { clock, randomBytes });
  const wakeService = createWakeService({
    held: () => heldBy(notifySwitch.state()),
    onFailedWake: traces.keepFailedWake,
    ...{ domains, realm, bindings: stores.bindings, accounts: stores.accounts, clock, randomBytes, onError },
    callIdentities: stores.callIdentities,
    profile: { fromUser: FROM_USER, fromDomain: domains.main, subscriptionState: "terminated", userAgent: USER_AGENT, ...config.notify },
    edgeOf: (flow) => listener.edgeOf(flow),
    wayTo: (server) => listener.wayTo(server),
    locate: (uri) => resolveTarget(uri, locating),
    events,
    eventMemory: stores.eventMemory,
    temporaryGruus,
    subscriptions,
    proxy:
      config.proxy === undefined
        ? undefined
        : createOperatorProxy(config.proxy, {
            ourDomains: domains,
            ...locating,
            cnonce: () => Buffer.from(randomBytes(CNONCE_BYTES)).toString("hex"),
          }),
    limits: config.wake ?? {},
  });
  const { bridge: wakes, tally } = tallyWakes(wakeService);
  opened.push(() => wakes.close());

  const nonces = createNonceKeeper({
    ...{ key: randomBytes(NONCE_KEY_BYTES), lifetimeMs: config.nonceLifetimeMs ?? NONCE_LIFETIME_MS, noncesMax: NONCES_MAX, randomBytes },
  });
  const ledger = createReflectionLedger();
  const guard = createSourceGuard({
    ...{ dropsForeignDomains: false, ...config.guard, domains },
    ownHosts: config.sip.addresses.flatMap(({ address, publicHost = address }) => [hostField(address), hostField(publicHost)]),
    isProven: ledger.isProven,
  });
  const algorithms = config.digestAlgorithms ?? OFFERED_ALGORITHMS;
  const gatekeeper = { realm, domains, nonces, algorithms, decoy: decoyHashes(randomBytes(DECOY_BYTES)) };
  const identifier = createIdentifier({
    ...{ gatekeeper, accounts: stores.accounts, clock },
    onProved: (flow) => {
      ledger.prove(flow.remoteAddress, clock.now());
      guard.proved(flow);
    },
    onWrong: (flow) => guard.wrongCredentials(flow, clock.now()),
  });
  const registrationEvents = createRegistrationEvents({
    ...{ domains, bindings: stores.bindings, store: stores.watchers, watchers: config.registrationWatchers ?? [], clock, onError },
    ...{ user: config.notify?.fromUser ?? FROM_USER, edgeOf: (flow) => listener.edgeOf(flow) },
  });
  opened.push(async () => registrationEvents.close());
  await registrationEvents.notifier.load();
  const failures = await stores.outcomes.all(KEEPER_LIMITS.keptMax);
  const keeperOfOutcomes = createOutcomeKeeper(failures, { store: stores.outcomes, clock, onError });
  opened.push(() => keeperOfOutcomes.close());
  const outcomes = createRegistrationOutcomes(domains, OUTCOME_LIMITS, keeperOfOutcomes.noted);
  outcomes.recall(failures);
  const registrar = createRegistrarService({
    policy: { domains, realm, ...DEFAULT_POLICY, temporaryGruu: temporaryGruus.of, ...config.registrar },
    ...{ identifier, bindings: stores.bindings, clock, randomBytes, onChanged: registrationEvents.note, outcomes },
    ...(config.registerPerAddress === undefined ? {} : { perAddress: config.registerPerAddress }),
    onRegistered: (bindings) => {
      for (const { flow, expiresAtMs } of bindings) listener.keepUntil(flow, expiresAtMs);
      wakes.noteRegistered(bindings);
    },
  });
  const onCertificate = (trouble: string | undefined): void => {
    if (trouble === undefined) logger.info("the new certificate of SIP over TLS is used from now on");
    else logger.error({ why: trouble }, "the new TLS files of SIP can't be used: it goes on with the old ones");
  };
  const onSubscribe = createSubscribeService(
    identifier,
    new Map<string, Subscribable>([
      ["reg", registrationEvents.notifier],
      ...subscriptions.packages.map((name) => [name, subscriptions] as const),
    ]),
  );
  const streamLimits = { silenceMsMax: silenceMs(config.registrar?.flowTimerS), ...config.sip.streamLimits };
  const own = await ownCertificate(config.sip.tlsClientFiles, { clock, onCertificate }, opened);
  const listener = await openSipListener({
    ...config.sip,
    ...(own === undefined ? {} : { tlsClient: { ...config.sip.tlsClient, certificate: own.certificate } }),
    streamLimits,
    guard,
    ledger,
    traces,
    clock,
    randomBytes,
    onRegister: registrar.handle,
    onSubscribe,
    onError,
    onCertificate,
  });
  opened.push(() => listener.close());
  registrationEvents.notifier.resume();

  const keeper =
    config.natKeepAlive === undefined
      ? undefined
      : keepNatsOpen(config.natKeepAlive, { listener, bindings: stores.bindings, domain: domains.main, clock, randomBytes, onError });
  if (keeper !== undefined) opened.push(() => keeper.close());

  const connectionRequests =
    config.connectionRequests === undefined
      ? undefined
      : await openConnectionRequests(
          config.connectionRequests,
          {
            ...{ bridge: wakes, store: stores.connectionRequests, storeFile: config.storeFile },
            ...{ domains, clock, randomBytes, logger },
          },
          opened,
        );

  const relay =
    config.relay === undefined || connectionRequests === undefined
      ? undefined
      : await openRelay(config.relay, { connectionRequests, domains, clock, logger }, opened);

  const counters = (): Readonly<Record<string, number>> => ({
    ...listener.counters(),
    ...named("store", stores.counters()),
    ...named("registrar", { ...registrar.counters(), ...identifier.counters() }),
    ...named("registrationEvents", registrationEvents.notifier.counters()),
    ...named("wakes", wakes.counters()),
    ...named("connectionRequests", connectionRequests?.counters() ?? {}),
    ...named("natKeepAlive", keeper?.counters() ?? {}),
    ...named("relay", relay?.counters() ?? {}),
  });
  const observation = openObservation({
    metrics: bridgeMetrics({
      ...{ counters, tally, isNotifyEnabled: () => notifySwitch.state().enabled },
      bindings: () => stores.bindings.count(clock.now()),
    }),
    probeStore: () => stores.settings.set(HEALTH_PROBE, String(clock.now())),
    areSocketsOpen: () => listener.port !== 0,
    clock,
  });
  opened.push(async () => observation.close());
  const isFlowOpen = (flow: Flow): boolean => listener.edgeOf(flow) !== undefined;
  const parts = {
    stores,
    wakes,
    domains,
    realm,
    logger,
    clock,
    isFlowOpen,
    operate: registrar,
    outcomes,
    connectionRequests,
    notifySwitch,
    guard,
    traces,
    observation,
  };
  const http = config.http === null ? undefined : await openHttp(config.http, parts);
  if (http !== undefined) opened.push(() => http.close());
  opened.push(pruneNowAndThen(stores, clock, onError));

  return {
    bridge: wakes,
    sipPort: listener.port,
    sipTlsPort: listener.tlsPort,
    httpPort: http?.port ?? 0,
    ...{ connectionRequests, relay },
    putAccount: (username, password, addresses = [username]) =>
      putAccount(stores, { domains, realm, nowMs: clock.now() }, username, password, addresses),
    counters,
    close: async () => {
      for (const close of opened.splice(0).reverse()) await close();
    },
  };
}

/** Beyond Flow-Timer, with some grace: who is told to keep alive so seldom may be silent for so long. */
const silenceMs = (flowTimerS = 0): number => Math.max(CONNECTION_LIMITS.silenceMsMax, (flowTimerS + FLOW_GRACE_S) * 1_000);

async function ownCertificate(
  files: OwnCertificateOptions["files"] | undefined,
  { clock, onCertificate }: { readonly clock: Clock; readonly onCertificate: (trouble: string | undefined) => void },
  opened: (() => Promise<void>)[],
): Promise<OwnCertificate | undefined> {
  if (files === undefined) return undefined;
  const own = await openOwnCertificate({ files, clock, onReload: () => onCertificate(undefined), onTrouble: onCertificate });
  opened.push(() => own.close());
  return own;
}

/** How servers are found that the operator's settings, or his edges, name. */
function locatingOf(
  { dnsServers, sip }: SipBridgeConfig,
  { clock, randomBytes }: { readonly clock: Clock; readonly randomBytes: (count: number) => Uint8Array },
): ResolveOptions {
  return {
    dns: createDnsClient({ clock, ...(dnsServers === undefined ? {} : { servers: dnsServers }) }),
    transports: ["udp", ...(sip.tcp === false ? [] : ["tcp" as const]), "tls"],
    families: sip.addresses.map(({ address }) => (isIPv6(address) ? 6 : 4)),
    random: () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32,
  };
}

const heldBy = ({ enabled, reason }: NotifySwitchState): string | undefined =>
  enabled ? undefined : `waking is switched off (PUT /notify-switch)${reason === "" ? "" : `: ${reason}`}`;

interface HttpParts
  extends Pick<BindingRoutesOptions & OutcomeRoutesOptions, "isFlowOpen" | "operate" | "outcomes">,
    Omit<SecurityRoutesOptions, "now">,
    Pick<TraceRoutesOptions, "traces">,
    Pick<ObservationRoutesOptions, "observation"> {
  readonly stores: BridgeStores;
  readonly wakes: WakeBridge;
  readonly domains: Domains;
  readonly realm: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly connectionRequests: ConnectionRequests | undefined;
}

async function openHttp(
  http: NonNullable<SipBridgeConfig["http"]>,
  { stores, wakes, connectionRequests, ...parts }: HttpParts,
): Promise<BridgeHttp> {
  const log = createWireEventLog(newId(parts.clock.now()), WIRE_EVENTS_MAX);
  wakes.onWireEvent(log.append);
  const { bindings, accounts } = stores;
  return openBridgeHttp({
    ...{ ...http, ...parts, bridge: wakes, log, bindings, accounts, now: () => parts.clock.now() },
    ...(connectionRequests === undefined ? {} : { connectionRequests: connectionRequests.routes }),
  });
}

async function putAccount(
  { accounts }: BridgeStores,
  { domains, realm, nowMs }: { readonly domains: Domains; readonly realm: string; readonly nowMs: number },
  username: string,
  password: string,
  addresses: readonly string[],
): Promise<void> {
  const addressesOfRecord = addresses.map((address) => {
    const key = readAddressOfRecord(address, domains);
    if (key === undefined) throw new RangeError(`${address} is not an address of ${domains.main}`);
    return key;
  });
  await accounts.put({ username, realm, ha1s: hashesOf(username, realm, password), addressesOfRecord, changedAtMs: nowMs });
}

/** Registrations that ended long ago go in small portions: the writer thread has better things to do. */
function pruneNowAndThen({ bindings }: BridgeStores, clock: Clock, onError: (error: unknown) => void): () => Promise<void> {
  let cancel = (): void => undefined;
  let isClosed = false;
  const plan = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      bindings
        .prune(clock.now() - GHOSTS_KEPT_MS, PRUNE.batch)
        .then((pruned) => (isClosed ? undefined : plan(pruned === PRUNE.batch ? 1_000 : PRUNE.intervalMs)))
        .catch((error: unknown) => {
          if (isClosed) return;
          onError(error);
          plan(PRUNE.intervalMs);
        });
    });
  };
  plan(PRUNE.intervalMs);
  return async () => {
    isClosed = true;
    cancel();
  };
}

/** RFC 3261 table 4, with another T1: T2 is eight times, T4 ten times as long. */
export const timersOf = (t1Ms: number): TransactionTimers => ({
  t1Ms,
  t2Ms: Math.round((STANDARD_TIMERS.t2Ms * t1Ms) / STANDARD_TIMERS.t1Ms),
  t4Ms: Math.round((STANDARD_TIMERS.t4Ms * t1Ms) / STANDARD_TIMERS.t1Ms),
});
