/**
 * The enrolment rules in memory, for each failed login asks for them; what changes is stored first. One process writes them.
 * Layer: stores.
 */
import type { Device } from "../devices/device.js";
import { type EnrolmentRefusal, type EnrolmentRule, ruleChanged } from "../devices/enrolment.js";
import type { Enrolment, EnrolmentStore } from "./enrolment-store.js";

export class EnrolmentRules {
  readonly #store: EnrolmentStore;
  #rules: readonly EnrolmentRule[];

  private constructor(store: EnrolmentStore, rules: readonly EnrolmentRule[]) {
    this.#store = store;
    this.#rules = rules;
  }

  static async load(store: EnrolmentStore): Promise<EnrolmentRules> {
    return new EnrolmentRules(store, await store.rules());
  }

  /** Oldest first, those that are over included. */
  all(): readonly EnrolmentRule[] {
    return this.#rules;
  }

  get(id: string): EnrolmentRule | undefined {
    return this.#rules.find((rule) => rule.id === id);
  }

  async add(rule: EnrolmentRule): Promise<"added" | "too-many"> {
    const added = await this.#store.addRule(rule, [ruleChanged(rule, "open", rule.createdAtMs)]);
    if (added === "added") this.#rules = [...this.#rules, rule];
    return added;
  }

  async close(id: string, atMs: number): Promise<EnrolmentRule | undefined> {
    const rule = this.get(id);
    if (rule === undefined) return undefined;
    const closed = await this.#store.closeRule(id, atMs, [ruleChanged(rule, "closed", atMs)]);
    if (closed !== undefined) this.#change(id, ({ enrolled }) => ({ ...closed, enrolled }));
    return this.get(id);
  }

  async remove(id: string, atMs: number): Promise<"removed" | "unknown"> {
    const rule = this.get(id);
    if (rule === undefined) return "unknown";
    const removed = await this.#store.removeRule(id, [ruleChanged(rule, "removed", atMs)]);
    this.#rules = this.#rules.filter((other) => other.id !== id);
    return removed;
  }

  async enrol(order: Enrolment): Promise<Device | EnrolmentRefusal> {
    const enrolled = await this.#store.enrol(order);
    if (typeof enrolled !== "string") this.#change(order.ruleId, (rule) => ({ ...rule, enrolled: rule.enrolled + 1 }));
    return enrolled;
  }

  #change(id: string, to: (rule: EnrolmentRule) => EnrolmentRule): void {
    this.#rules = this.#rules.map((rule) => (rule.id === id ? to(rule) : rule));
  }
}
