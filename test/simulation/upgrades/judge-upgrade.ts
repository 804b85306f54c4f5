/**
 * Holds how an upgrade ended against what its gateway did, and against what its behaviour had to lead to.
 * Layer: test support (simulation).
 */
import type { LoggedEffect } from "../../../device-sim/effects-log.js";

export interface UpgradeShown {
  readonly device: string;
  readonly state: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly detail: string;
  readonly steps: readonly { readonly at: string; readonly phase: string; readonly why: string }[];
}

/** Of a group; its result must be that of the upgrade. */
export interface MemberShown {
  readonly device: string;
  readonly state: string;
  readonly reason: string;
}

export interface Wrong {
  readonly device: string;
  readonly behaviours: readonly string[];
  readonly why: string;
  readonly upgrade: UpgradeShown | undefined;
  readonly effects: readonly string[];
}

/** The six ways to fail, each with the reason that it must have. */
export const REASONS_OF = {
  "damages-downloads": "checksum",
  "loses-downloads": "no-transfer-complete",
  "keeps-version": "same-version",
  "file-out-of-reach": "file-not-accessible",
  "line-stays-down": "sip-not-back",
  "never-returns": "never-returned",
} as const;

/** Those that run the new firmware all the same. */
const APPLYING: readonly string[] = ["line-stays-down", "never-returns"];

export function judgeUpgrade(
  upgrades: readonly UpgradeShown[],
  effects: readonly LoggedEffect[],
  behaviours: readonly string[],
  { version, member }: { readonly version: string; readonly member: MemberShown | undefined },
): { readonly end: string; readonly wrong: Wrong | undefined } {
  const [upgrade] = upgrades;
  const flaw = behaviours.find((name): name is keyof typeof REASONS_OF => name in REASONS_OF);
  const wanted = flaw === undefined ? "done" : REASONS_OF[flaw];
  const end = upgrade?.state === "failed" ? (upgrade.reason ?? "without a reason") : (upgrade?.state ?? "none");
  const applied = effects.filter(({ effect }) => effect === "apply-firmware");
  const fetched = effects.filter(({ effect }) => effect === "download");
  const appliesOnce = flaw === undefined || APPLYING.includes(flaw);
  const why = [
    ...(upgrades.length === 1 ? [] : [`${upgrades.length} upgrades`]),
    ...(end === wanted ? [] : [`ended as ${end}, and not ${wanted}`]),
    ...(applied.length === Number(appliesOnce) ? [] : [`new firmware was applied ${applied.length} times`]),
    ...(fetched.length <= 1 ? [] : [`the file was taken ${fetched.length} times`]),
    ...(member === undefined ? [] : memberFaults(member, upgrade)),
    ...(applied.every((effect) => "version" in effect && effect.version === version) ? [] : ["another version was applied"]),
  ];
  const told = effects.map(({ device: _, ...effect }) => JSON.stringify(effect));
  const wrong = { device: upgrade?.device ?? "", behaviours, why: why.join("; "), upgrade, effects: told };
  return { end, wrong: why.length === 0 ? undefined : wrong };
}

function memberFaults({ state, reason }: MemberShown, upgrade: UpgradeShown | undefined): readonly string[] {
  const isSame = state === upgrade?.state && (state === "done" || reason.startsWith(`${upgrade.reason}`));
  return isSame ? [] : [`the group holds it for ${state} (${reason})`];
}
