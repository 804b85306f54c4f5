/**
 * Opens, shows, closes and removes enrolment rules. The password of a batch goes in and never comes out.
 * Spec: DESIGN 4 (devices we don't know); cwmp.md 1.11 row 29. Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import type { FieldError } from "../../../common/field-error.js";
import { newId } from "../../../common/ids.js";
import type { SealedSecret } from "../../devices/device.js";
import { ENROLMENT_LIMITS, type EnrolmentRule, ruleSecretOwner, ruleState } from "../../devices/enrolment.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson } from "../../http/read-json.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { EnrolmentRules } from "../../stores/enrolment-rules.js";
import { line, ouiText, passwordText, productClassText, showTime, usernameText } from "./fields.js";

const NAME_CHARACTERS_MAX = 128;
const SECOND_MS = 1_000;

const newRule = z.strictObject({
  kind: z.enum(["certificate", "window"]),
  name: line(1, NAME_CHARACTERS_MAX),
  openForS: z
    .int()
    .min(1)
    .max(ENROLMENT_LIMITS.windowMsMax / SECOND_MS)
    .optional(),
  until: z.iso.datetime({ offset: true, error: 'must be a time with zone, like "2030-01-01T00:00:00Z"' }).optional(),
  devicesMax: z.int().min(1).max(ENROLMENT_LIMITS.devicesMax),
  ouis: z.array(ouiText).max(ENROLMENT_LIMITS.filtersMax).default([]),
  productClasses: z.array(productClassText).max(ENROLMENT_LIMITS.filtersMax).default([]),
  approval: z.boolean().default(false),
  username: usernameText.optional(),
  password: passwordText.optional(),
  allowUnverified: z.boolean().default(false),
});
type NewRule = z.output<typeof newRule>;

export interface EnrolmentRoutesOptions {
  readonly rules: EnrolmentRules;
  readonly devices: DeviceStore;
  readonly clock: Clock;
  readonly seal: (secret: string, owner: string) => SealedSecret;
  /** Devices may say their password as it is: HTTP Basic over TLS is on. */
  readonly hearsPasswords: boolean;
}

export function enrolmentRoutes(options: EnrolmentRoutesOptions): Router {
  const { rules, clock } = options;
  return new Router({ prefix: "/enrolment-rules" })
    .post("/", async (ctx) => {
      const body = await readJson(ctx, newRule, clock);
      const errors = ruleErrors(body, options, clock.now());
      if (errors.length > 0) throw invalid(errors);
      await refuseTakenName(body, options);
      const rule = toRule(body, options);
      if ((await rules.add(rule)) === "too-many")
        throw new Problem("conflict", `there are ${ENROLMENT_LIMITS.rulesMax} rules: remove some that are over`);
      ctx.status = 201;
      ctx.set("Location", `/api/enrolment-rules/${rule.id}`);
      ctx.body = showRule(rule, clock.now());
    })
    .get("/", (ctx) => {
      ctx.body = { rules: rules.all().map((rule) => showRule(rule, clock.now())) };
    })
    .get("/:rule", (ctx) => {
      ctx.body = showRule(found(rules.get(idOf(ctx.params))), clock.now());
    })
    .post("/:rule/close", async (ctx) => {
      ctx.body = showRule(found(await rules.close(idOf(ctx.params), clock.now())), clock.now());
    })
    .delete("/:rule", async (ctx) => {
      if ((await rules.remove(idOf(ctx.params), clock.now())) === "unknown") throw notFound();
      ctx.status = 204;
    });
}

const idOf = (params: unknown): string => (params as { readonly rule: string }).rule;
const notFound = (): Problem => new Problem("not-found", "there is no such enrolment rule");

function found(rule: EnrolmentRule | undefined): EnrolmentRule {
  if (rule === undefined) throw notFound();
  return rule;
}

/** What each kind needs, and what makes no sense with it. */
function ruleErrors(body: NewRule, { hearsPasswords }: EnrolmentRoutesOptions, nowMs: number): readonly FieldError[] {
  const { kind, openForS, until, username, password, allowUnverified } = body;
  const errors: FieldError[] = [];
  const refuse = (field: keyof NewRule, isWrong: boolean, detail: string): void => {
    if (isWrong) errors.push({ field, detail });
  };
  const endsAtMs = until === undefined ? undefined : Date.parse(until);
  const days = ENROLMENT_LIMITS.windowMsMax / 86_400_000;
  refuse("until", until !== undefined && openForS !== undefined, "can't be given together with openForS");
  refuse("until", endsAtMs !== undefined && endsAtMs <= nowMs, "has passed");
  if (kind === "certificate") {
    for (const field of ["username", "password"] as const)
      refuse(field, body[field] !== undefined, "has no meaning here: the certificate is the proof");
    refuse("allowUnverified", allowUnverified, "has no meaning here: the certificate is the proof");
    return errors;
  }
  const isTooLong = endsAtMs !== undefined && endsAtMs - nowMs > ENROLMENT_LIMITS.windowMsMax;
  refuse("until", isTooLong, `must be within ${days} days: a window is for a batch that is being installed`);
  refuse("openForS", until === undefined && openForS === undefined, "is missing: a window needs an end (or give until)");
  refuse(
    "password",
    password === undefined && !allowUnverified,
    "is missing: without it the window would trust whoever calls first; if that is meant, say allowUnverified: true",
  );
  refuse("allowUnverified", allowUnverified && password !== undefined, "contradicts password: with it, devices are verified");
  refuse(
    "allowUnverified",
    allowUnverified && password === undefined && !hearsPasswords,
    "needs CWMP over TLS with ACS_BASIC_OVER_TLS=true: the first password must be told to be remembered, and digest does not tell it",
  );
  refuse("username", username !== undefined && password === undefined, "needs password: a name that all share proves nothing");
  refuse("username", /^[0-9A-F]{6}-/.test(username ?? ""), "looks like the id of one device; leave it out if each device has its own");
  return errors;
}

/** A registered device would take the logins of the whole batch. */
async function refuseTakenName({ username }: NewRule, { devices }: EnrolmentRoutesOptions): Promise<void> {
  if (username !== undefined && (await devices.byUsername(username)) !== undefined)
    throw new Problem("conflict", "a device is registered under this user name");
}

function toRule(body: NewRule, { seal, clock }: EnrolmentRoutesOptions): EnrolmentRule {
  const { kind, name, devicesMax, ouis, productClasses, approval, username = null, password } = body;
  const nowMs = clock.now();
  const id = newId(nowMs);
  return {
    ...{ id, kind, name, createdAtMs: nowMs, untilMs: endOf(body, nowMs), closedAtMs: null, devicesMax, enrolled: 0 },
    ...{ ouis, productClasses, approval, username },
    password: password === undefined ? null : seal(password, ruleSecretOwner(id)),
  };
}

function endOf({ openForS, until }: NewRule, nowMs: number): number | null {
  if (openForS !== undefined) return nowMs + openForS * SECOND_MS;
  return until === undefined ? null : Date.parse(until);
}

function showRule(rule: EnrolmentRule, nowMs: number) {
  const { id, kind, name, createdAtMs, untilMs, closedAtMs, devicesMax, enrolled, ouis, productClasses, approval, username } = rule;
  return {
    ...{ id, kind, name, state: ruleState(rule, nowMs) },
    ...{ createdAt: showTime(createdAtMs), until: showTime(untilMs), closedAt: showTime(closedAtMs) },
    ...{ devicesMax, enrolled, ouis, productClasses, approval, username },
    allowUnverified: kind === "window" && rule.password === null,
  };
}
