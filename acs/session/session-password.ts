/**
 * The password of the device in a session: which one counts, and how it is replaced over every lost answer.
 * Spec: docs/decisions/0011-per-device-secrets.md; TR-069 3.4.4. Layer: session shell.
 */
import { newSecret } from "../../common/ids.js";
import type { Device } from "../devices/device.js";
import { passwordEvent } from "../events/password-event.js";
import type { SendContext } from "../tasks/task-step.js";
import { type SessionServices, Superseded } from "./session-services.js";

export class SessionPassword {
  readonly #deviceId: string;
  /** Under which the device called. */
  readonly #username: string;
  readonly #ownUsername: string;
  readonly #services: SessionServices;

  constructor(device: Pick<Device, "id" | "username">, services: SessionServices, username: string) {
    this.#deviceId = device.id;
    this.#ownUsername = device.username;
    this.#username = username;
    this.#services = services;
  }

  /**
   * A password of the factory is replaced when the device begins anew, and when it calls for the first time, whatever for. Once: a device
   * that refuses is not asked in each session. A connection that lives long knows the device as it was at its beginning.
   */
  async mustBeReplaced(isBootstrap: boolean, wasFactory: boolean): Promise<boolean> {
    if (!wasFactory) return false;
    const device = await this.#services.devices.get(this.#deviceId);
    return device?.passwordIsFactory === true && (isBootstrap || device.lastInformAtMs === null);
  }

  async expectFactory(expected: boolean): Promise<void> {
    const { devices, clock } = this.#services;
    const atMs = clock.now();
    const event = passwordEvent(this.#deviceId, atMs, expected ? "factory-expected" : "factory-not-expected");
    await devices.expectFactoryPassword({ id: this.#deviceId, atMs, expected, overrides: true, events: [event] });
  }

  /** @throws {Superseded} */
  async prepare(lease: number): Promise<void> {
    const { devices, events, clock, seal } = this.#services;
    const atMs = clock.now();
    const pending = { password: seal(newSecret(), this.#deviceId), username: this.#newUsername(), isFactory: false, sinceMs: atMs };
    const event = passwordEvent(this.#deviceId, clock.now(), "prepared");
    const prepared = await devices.preparePassword(this.#deviceId, lease, pending, [event]);
    if (prepared === "fenced") throw new Superseded(`device ${this.#deviceId} was taken over by a newer session`);
    const isAgain = prepared.pendingPassword?.password !== pending.password;
    if (isAgain) await events.append([passwordEvent(this.#deviceId, clock.now(), "sent-again")]);
  }

  /** TR-069 3.4.4: the recommended user name is the device's id. */
  #newUsername(): string | null {
    return this.#username === this.#deviceId ? null : this.#deviceId;
  }

  /** As it is now: the device may have used it on another connection meanwhile. */
  async pending(): Promise<SendContext["newPassword"]> {
    const { devices, openSecret } = this.#services;
    const pending = (await devices.get(this.#deviceId))?.pendingPassword ?? null;
    if (pending === null || pending.isFactory) return null;
    // A name that is not its own would prove nothing with a password of its own.
    const needsUsername = this.#username !== this.#ownUsername;
    return { username: pending.username, needsUsername, password: openSecret(pending.password, this.#deviceId) };
  }
}
