/**
 * The shell of a session: performs the machine's effects in order (store, then answer) and stops at the first that fails.
 * Spec: TR-069 3.7.2. Layer: session shell; the machine is session.ts.
 */
import { newId } from "../../common/ids.js";
import type { Envelope } from "../cwmp/envelope.js";
import { hasEvent } from "../cwmp/event-codes.js";
import { acsFault, RefusedRequest } from "../cwmp/faults.js";
import type { AcsMessage, AcsRequest, DeviceMessage } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { TransferComplete } from "../cwmp/rpc/transfer-complete.js";
import { type CwmpVersion, chooseVersion } from "../cwmp/version.js";
import type { Device } from "../devices/device.js";
import { DEFAULT_MODEL_POLICY, type ModelPolicy } from "../devices/model-policy.js";
import { toldValue } from "../devices/parameter-tree.js";
import type { NewEvent } from "../events/event.js";
import { secretsOf, withoutSecrets } from "../tasks/hide-secrets.js";
import { type KnownVersion, restartedSilently, settleByVersion, wantedVersion } from "../tasks/judge-version.js";
import { isDiagnostic, mayApplyLater } from "../tasks/kind-traits.js";
import { judgeByFile } from "../tasks/own-upload.js";
import { periodicInformTime } from "../tasks/provision.js";
import { carriesSecret, openOrder } from "../tasks/seal-order.js";
import {
  mayComplete,
  type Settled,
  settleByCancel,
  settleByDuStateChange,
  settleByInform,
  settleByTransferComplete,
} from "../tasks/settle.js";
import { FINAL_STATES, type Task, type TaskChange, type TaskState } from "../tasks/task.js";
import { taskChanged } from "../tasks/task-event.js";
import { beginTask, beginUnknown, needsMissing } from "../tasks/task-run.js";
import { impossible, type SendContext, type TaskStep, type Told } from "../tasks/task-step.js";
import { isEndTold } from "../tasks/test-marks.js";
import { waitsForAnother } from "../tasks/turn.js";
import { type DeviceReport, reportData } from "./device-report.js";
import { ownTasks } from "./own-tasks.js";
import { relaxationsIn, relaxationsOf } from "./relaxations-used.js";
import { type Effect, type Input, type Session, step } from "./session.js";
import { SessionLore } from "./session-lore.js";
import { SessionPassword } from "./session-password.js";
import { type Heard, type SessionAnswer, type SessionServices, Superseded } from "./session-services.js";

const MAX_ENVELOPES_ID = 1_000_000;

export class DeviceSession {
  readonly deviceId: string;
  #session: Session = { phase: "awaiting-inform" };
  #device: Device;
  #lease = -1;
  #namespace = "";
  /** Of those that the device offered; undefined: it did not offer any. */
  #useVersion: CwmpVersion | undefined;
  #requests = 0;
  #toldDropped = false;
  #leavesTasks = true;
  /** What is outstanding. */
  #asked: AcsRequest | undefined;
  #model: ModelPolicy = DEFAULT_MODEL_POLICY;
  readonly #lore: SessionLore;
  /** Tasks that this session has dealt with: each is looked at once, unless it went back to the queue. */
  readonly #seen = new Set<string>();
  /** Of the request that is being answered. */
  #isOverTls = false;
  readonly #services: SessionServices;
  readonly #password: SessionPassword;

  /** @param username Under which the device called; it may be one that a whole batch has. */
  constructor(device: Device, services: SessionServices, username = device.username) {
    this.deviceId = device.id;
    this.#device = device;
    this.#services = services;
    this.#password = new SessionPassword(device, services, username);
    this.#lore = new SessionLore(device, services);
  }

  get over(): boolean {
    return this.#session.phase === "ended";
  }

  /** True once our last answer was empty: the device is expected to close. */
  get done(): boolean {
    return this.#session.phase === "acs-done";
  }

  /**
   * One request of the device to the answer for it. Calls must not overlap.
   * @throws what a store throws: nothing was answered then, and the session is over.
   */
  async turn(heard: Heard, isOverTls: boolean): Promise<SessionAnswer> {
    this.#isOverTls = isOverTls;
    const id = heard.kind === "message" ? heard.envelope.id : undefined;
    try {
      if (heard.kind === "message" && heard.envelope.message.kind === "Inform") this.#agreeOnVersion(heard.envelope);
      return await this.#perform(await this.#inputOf(heard), id);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#session = { phase: "ended", why };
      if (error instanceof Superseded) return { kind: "refused", why };
      if (error instanceof RefusedRequest) return this.#envelope(id, acsFault(error.faultCode));
      throw error;
    }
  }

  /** @throws {RefusedRequest} 8006: no version that both speak. */
  #agreeOnVersion(inform: Envelope<DeviceMessage>): void {
    this.#namespace = inform.namespace;
    const { version, isOffered } = chooseVersion(inform);
    this.#useVersion = isOffered ? version : undefined;
  }

  /** Open tasks were there when it last looked for one; true before that. */
  get leavesTasks(): boolean {
    return this.#leavesTasks;
  }

  /** Why it ended; "" while it goes on. */
  get why(): string {
    return this.#session.phase === "ended" ? this.#session.why : "";
  }

  /** The device fell silent, or the ACS shuts down. */
  async abandon(why: string): Promise<void> {
    if (this.over) return;
    await this.#perform({ kind: "silence", why }, undefined).catch((error: unknown) => {
      if (!(error instanceof Superseded)) throw error;
    });
  }

  async #inputOf(heard: Heard): Promise<Input> {
    const asked = this.#session.phase === "acs-speaks" ? this.#session.run.task : null;
    if (heard.kind === "empty" && asked !== null) this.#services.relaxed(this.deviceId, "empty-post-for-answer");
    if (heard.kind !== "message") return heard;
    const { message } = heard.envelope;
    const request = asked === null ? undefined : this.#asked;
    for (const rule of relaxationsOf(heard.envelope, request)) this.#services.relaxed(this.deviceId, rule);
    if (request !== undefined) await this.#lore.hear(request, message);
    return { kind: "message", message, context: asked === null ? null : await this.#contextFor(asked) };
  }

  async #perform(input: Input, id: string | undefined): Promise<SessionAnswer> {
    const { session, effects } = step(this.#session, input);
    this.#session = session;
    for (const effect of effects) {
      const answer = await this.#do(effect, id);
      if (answer !== undefined) return answer;
    }
    return { kind: "empty" };
  }

  /** @returns an answer for the device when the effect is one; else undefined. */
  async #do(effect: Effect, id: string | undefined): Promise<SessionAnswer | undefined> {
    switch (effect.do) {
      case "record-inform":
        await this.#recordInform(effect.inform);
        return undefined;
      case "record-transfer-complete":
        await this.#recordTransferComplete(effect.message);
        return undefined;
      case "record-device-report":
        await this.#recordDeviceReport(effect.message);
        return undefined;
      case "store":
        await this.#store(effect.task, effect.told, effect.change);
        return undefined;
      case "learn-types":
        await this.#lore.learnTypes(effect.types, effect.task);
        return undefined;
      case "lose-task":
        await this.#loseTask(effect.task, effect.why);
        return undefined;
      case "take-task":
        return this.#perform({ kind: "next-task", begun: await this.#takeTask() }, id);
      case "ask":
        this.#asked = effect.request;
        for (const rule of relaxationsIn(effect.request, this.#model)) this.#services.relaxed(this.deviceId, rule);
        return this.#envelope(this.#nextRequestId(), effect.request);
      case "answer":
        return this.#envelope(id, effect.message);
      case "send-empty":
        return { kind: "empty" };
      case "refuse":
        return { kind: "refused", why: effect.why };
    }
  }

  #envelope(id: string | undefined, message: AcsMessage): SessionAnswer {
    const use = message.kind === "InformResponse" ? this.#useVersion : undefined; // row 37
    const headers = { ...(id === undefined ? {} : { id }), ...(use === undefined ? {} : { useCwmpVersion: use }) };
    const { xmlDeclaration: declaration } = this.#model;
    if (declaration) this.#services.relaxed(this.deviceId, "xml-declaration");
    return { kind: "envelope", envelope: { namespace: this.#namespace, message, ...headers }, declaration };
  }

  #nextRequestId(): string {
    this.#requests = (this.#requests + 1) % MAX_ENVELOPES_ID;
    return String(this.#requests);
  }

  async #recordInform(inform: Inform): Promise<void> {
    const { devices, tasks, clock, policy } = this.#services;
    const atMs = clock.now();
    const bootstrap = hasEvent(inform, "0") || this.#device.awaitsFirstContact;
    const codes = inform.events.map(({ code }) => code);
    const receipt = await devices.recordInform({
      deviceId: this.deviceId,
      atMs,
      manufacturer: inform.deviceId.manufacturer,
      root: rootOf(inform),
      cwmpNamespace: this.#namespace,
      parameters: inform.parameters.map(toldValue),
      bootstrap,
      cause: { kind: "inform", ref: codes.join(",") },
      newTasks: ownTasks({
        deviceId: this.deviceId,
        atMs,
        policy,
        newId,
        isBootstrap: bootstrap,
        replacesPassword: await this.#password.mustBeReplaced(bootstrap, this.#device.passwordIsFactory),
      }),
      events: [{ atMs, kind: "device-informed", deviceId: this.deviceId, data: { events: codes, retryCount: inform.retryCount } }],
      endsTests: TEST_ENDING.some((prefix) => hasEvent(inform, prefix)),
      diagnosticReadIds: hasEvent(inform, "8") ? Array.from({ length: DIAGNOSTIC_READS_MAX }, () => newId(atMs)) : [],
      unknownSettleMs: policy.unknownSettleMs,
    });
    if (receipt === undefined) throw new Superseded("the device was removed, or quarantined");
    this.#lease = receipt.lease;
    this.#model = await this.#services.modelPolicy(this.#device.identity);
    this.#lore.hearInform(inform);
    await this.#tellDropped(receipt.dropped);
    this.#seen.clear();
    this.#device = { ...this.#device, root: rootOf(inform) ?? this.#device.root, lease: receipt.lease, awaitsFirstContact: false };
    if (!receipt.hasOpenTasks || !mayComplete(inform)) return;
    const open = await tasks.open(this.deviceId);
    for (const settled of settleByInform(open, inform, atMs)) await this.#settle(settled);
    if (restartedSilently(inform)) await this.#settleUpgrades(open, atMs);
  }

  /** Field quirk 25, for models that are known for it. */
  async #settleUpgrades(open: readonly Task[], atMs: number): Promise<void> {
    if (!this.#model.downloadEndsAtBoot || !open.some((task) => wantedVersion(task) !== undefined)) return;
    for (const settled of settleByVersion(open, await this.#softwareVersion(), atMs)) {
      await this.#settle(settled);
      this.#services.relaxed(this.deviceId, "download-ends-at-boot");
    }
  }

  async #softwareVersion(): Promise<KnownVersion> {
    const [entry] = await this.#services.devices.entries(this.deviceId, [`${this.#device.root ?? ""}DeviceInfo.SoftwareVersion`]);
    if (entry?.value == null || entry.changedAtMs === null) return null;
    return { text: entry.value, changedAtMs: entry.changedAtMs };
  }

  async #recordTransferComplete(message: TransferComplete): Promise<void> {
    const { tasks, clock, files } = this.#services;
    const settled = settleByTransferComplete(await tasks.open(this.deviceId), message, clock.now());
    if (settled === undefined) return;
    const { task, change } = settled;
    await this.#settle({ task, change: judgeByFile(task, change, await files.broughtBy(task)) });
  }

  async #recordDeviceReport(message: DeviceReport): Promise<void> {
    const { events, tasks, clock } = this.#services;
    const isOfTask = message.kind === "DUStateChangeComplete";
    const settled = isOfTask ? settleByDuStateChange(await tasks.open(this.deviceId), message, clock.now()) : undefined;
    const data = withoutSecrets(reportData(message), settled === undefined ? [] : await this.#secretsOf(settled.task));
    await events.append([{ atMs: clock.now(), kind: "device-report", deviceId: this.deviceId, data }]);
    if (settled !== undefined) await this.#settle(settled);
  }

  /** What the device was told and must not be kept in its words. */
  async #secretsOf({ order }: Task): Promise<readonly string[]> {
    const { openSecret } = this.#services;
    if (order.kind === "rotatePassword") return [(await this.#password.pending())?.password ?? ""];
    if (order.kind === "provision" || order.kind === "provisionStun")
      return [openSecret(this.#device.connectionRequest.password, this.deviceId)];
    return secretsOf(openOrder(order, (sealed) => openSecret(sealed, this.deviceId)));
  }

  /**
   * What a device tells is true whichever session hears it, and it tells an end once: a task that has moved on meanwhile ends all the same,
   * e.g. one whose time was over in this moment. One that has ended was settled by another.
   */
  async #settle({ task, change: told }: Settled): Promise<void> {
    const { tasks } = this.#services;
    const change = withoutSecrets(told, await this.#secretsOf(task));
    for (let now: Task | undefined = task; now !== undefined; now = await tasks.get(task.id)) {
      if (now !== task && (isFinal(now.state) || !isFinal(change.to))) return;
      if ((await tasks.change(now.id, now.revision, change, { events: [taskChanged(now, change)] })) !== "stale") return;
    }
  }

  async #store(task: Task, told: Told | null, said: TaskChange | null): Promise<void> {
    const change = said === null || !isOfDevice(said) ? said : withoutSecrets(said, await this.#secretsOf(task));
    const events = change === null || change.to === task.state ? [] : [taskChanged(task, change)];
    if (change?.to === "done") await this.#settleCancelled(task);
    if (change?.to === "failed" && task.order.kind === "factoryReset") await this.#password.expectFactory(false);
    const stored = told === null ? await this.#change(task, change, events) : await this.#recordTold(task, told, change, events);
    if (stored === "fenced" || (stored === "stale" && leadsOn(task, change)))
      throw new Superseded(`device ${this.deviceId} was taken over by a newer session`);
    // Its time was over, or somebody has cancelled it: that counts. What the device told is true all the same.
    if (stored === "stale" && told !== null) await this.#recordTold(task, told, null, []);
    // A task that went back to the queue may be asked again in this session: it was shown not to have happened.
    if (change?.to === "queued") this.#seen.delete(task.id);
  }

  async #change(task: Task, change: TaskChange | null, events: readonly NewEvent[]) {
    if (change === null) return undefined;
    return this.#services.tasks.change(task.id, task.revision, change, { lease: this.#lease, events });
  }

  async #recordTold({ id, revision }: Task, told: Told, change: TaskChange | null, events: readonly NewEvent[]) {
    const record = { deviceId: this.deviceId, lease: this.#lease, atMs: this.#services.clock.now(), ...told, events };
    const stored = await this.#services.devices.recordTold(change === null ? record : { ...record, task: { id, revision, change } });
    if (typeof stored === "object") await this.#tellDropped(stored.dropped);
    return stored;
  }

  /** A transfer ends before the task that cancelled it: if we die in between, cancelling again does no harm. */
  async #settleCancelled(task: Task): Promise<void> {
    if (task.order.kind !== "cancelTransfer") return;
    const { tasks, clock } = this.#services;
    for (const settled of settleByCancel(await tasks.open(this.deviceId), task, clock.now())) await this.#settle(settled);
  }

  /** Once a session: parameters that went over a limit of the tree are not kept. */
  async #tellDropped(dropped: number): Promise<void> {
    if (dropped === 0 || this.#toldDropped) return;
    this.#toldDropped = true;
    const { events, clock } = this.#services;
    await events.append([{ atMs: clock.now(), kind: "parameter-limit", deviceId: this.deviceId, data: { dropped } }]);
  }

  async #loseTask(task: Task, why: string): Promise<void> {
    if (task.state !== "sent") return; // A read-back changes nothing when it is lost.
    const { tasks, clock, policy } = this.#services;
    const atMs = clock.now();
    const change: TaskChange = { atMs, to: "unknown", reason: why, settleByMs: atMs + policy.unknownSettleMs };
    await tasks.change(task.id, task.revision, change, { lease: this.#lease, events: [taskChanged(task, change)] });
  }

  /** Unknown tasks are read back before queued ones are sent. */
  async #takeTask(): Promise<{ readonly task: Task; readonly step: TaskStep } | null> {
    for (;;) {
      const open = await this.#services.tasks.open(this.deviceId);
      this.#leavesTasks = open.length > 0;
      const task = open.find((candidate) => this.#isForThisSession(candidate) && !waitsForAnother(candidate, open));
      if (task === undefined) return null;
      this.#seen.add(task.id);
      if (task.state !== "queued") return { task, step: beginUnknown(task, await this.#beginContext(task)) };
      await this.#prepare(task);
      const sent = await this.#markSent(task);
      if (sent !== undefined) return { task: sent, step: this.#begin(sent, await this.#beginContext(sent)) };
    }
  }

  #begin(task: Task, context: SendContext): TaskStep {
    const mayBeHeard = this.#isOverTls || this.#services.policy.secretsWithoutTls;
    return mayBeHeard || !carriesSecret(task.order) ? beginTask(task, context) : impossible(context, NEEDS_TLS);
  }

  #isForThisSession(task: Task): boolean {
    if (this.#seen.has(task.id)) return false;
    if (task.state === "queued") return task.expiresAtMs === null || task.expiresAtMs > this.#services.clock.now();
    // What was "committed, not applied" (Status 1) is looked at in each new session until it is in force.
    return (
      task.state === "unknown" || (task.state === "awaiting-device" && (mayApplyLater(task) || (isDiagnostic(task) && isEndTold(task))))
    );
  }

  /** A new password is accepted before it leaves, and the one of the factory before a reset is ordered. */
  async #prepare({ order }: Task): Promise<void> {
    // The device has just proved itself with what it has: a password that it was sent and never used need not be waited for.
    if (order.kind === "factoryReset") return this.#password.expectFactory(true);
    if (order.kind === "rotatePassword") await this.#password.prepare(this.#lease);
  }

  /** Durable before the RPC leaves. undefined: it was cancelled or expired meanwhile. */
  async #markSent(task: Task): Promise<Task | undefined> {
    const { tasks, clock, policy } = this.#services;
    const atMs = clock.now();
    const change: TaskChange = { atMs, to: "sent", reason: "the device called in", sends: true, settleByMs: atMs + policy.answerTimeoutMs };
    const stored = await tasks.change(task.id, task.revision, change, { lease: this.#lease, events: [taskChanged(task, change)] });
    if (stored === "fenced") throw new Superseded(`device ${this.deviceId} was taken over by a newer session`);
    return stored === "stale" ? undefined : stored;
  }

  /** What is known of the parameters' types counts when a task begins, and for all of it. */
  async #beginContext(task: Task): Promise<SendContext> {
    const context = { ...(await this.#contextFor(task)), ...(await this.#lore.forTask(task)) };
    if (context.missing.size > 0 && needsMissing(task, context)) this.#services.relaxed(this.deviceId, "method-missing");
    if (asksAtRoots(task, context)) this.#services.relaxed(this.deviceId, "empty-path-skipped");
    return context;
  }

  async #contextFor(task: Task): Promise<SendContext> {
    const { clock, policy, openSecret, files } = this.#services;
    const { order } = task;
    const { username, password } = this.#device.connectionRequest;
    const needsLogin = order.kind === "provision" || order.kind === "provisionStun";
    return {
      ...policy,
      nowMs: clock.now(),
      root: this.#device.root,
      connectionRequest: { username, password: needsLogin ? openSecret(password, this.deviceId) : "" },
      newPassword: order.kind === "rotatePassword" ? await this.#password.pending() : null,
      periodicInformTime: periodicInformTime(spreadOf(this.deviceId), policy.periodicInformIntervalS),
      ...openOrder(order, (sealed) => openSecret(sealed, this.deviceId)),
      model: this.#model,
      typesOf: () => [],
      missing: await this.#lore.missing(),
      softwareVersion: task.state === "unknown" && wantedVersion(task) !== undefined ? await this.#softwareVersion() : null,
      fileUrl: await files.urlFor(task),
      brought: await files.broughtBy(task),
    };
  }
}

const NEEDS_TLS =
  "the task carries a secret, and the device called without TLS: give it an https URL of this ACS, or allow it with ACS_SECRETS_WITHOUT_TLS";

const isFinal = (state: TaskState): boolean => FINAL_STATES.includes(state);

/** Progress that has to be on disk before the task's next request leaves. */
function leadsOn({ state }: Task, change: TaskChange | null): boolean {
  return change?.to === state && change.progress != null;
}

/** Has words of the device in it. */
function isOfDevice({ failure, result, progress }: TaskChange): boolean {
  return (failure ?? result ?? progress) != null;
}

/** The root is not known, and the model is not asked for the names of everything. */
function asksAtRoots({ order }: Task, { root, model }: SendContext): boolean {
  return order.kind === "refresh" && order.path === "" && root === null && !model.asksEmptyPath;
}

/** Events after which the state of a test has changed: its end, or a restart, which loses its results and their event. */
const TEST_ENDING: readonly string[] = ["8", "1", "0"];
/** Objects without a task that are read after one 8 DIAGNOSTICS COMPLETE. */
const DIAGNOSTIC_READS_MAX = 8;

function rootOf(inform: Inform): string | null {
  for (const { name } of inform.parameters) {
    if (name.startsWith("InternetGatewayDevice.")) return "InternetGatewayDevice.";
    if (name.startsWith("Device.")) return "Device.";
  }
  return null;
}

/** 0 ≤ spread < 1, the same for the same device: FNV-1a over the id. */
function spreadOf(deviceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < deviceId.length; i++) hash = Math.imul(hash ^ deviceId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
