/**
 * An upgrade as somebody asks for it, in seconds, and what of it the service takes.
 * Spec: docs/rest-api.md, Upgrades. Layer: upgrades, pure.
 */
import type { FieldError } from "../../common/field-error.js";
import type { UpgradePolicy } from "./upgrade.js";

export interface AskedUpgrade {
  readonly fileId?: string | undefined;
  readonly version?: string | undefined;
  readonly backup: boolean;
  readonly verifySip: boolean;
  readonly retry: { readonly attempts: number; readonly afterS: number };
  readonly callInWithinS: number;
  readonly returnWithinS: number;
  readonly sipWithinS: number;
}

const SECOND_MS = 1_000;

/** Of the two names of a file there must be one. */
export function fileOf({ fileId, version }: AskedUpgrade): { readonly fileId: string } | { readonly version: string } | FieldError {
  if (fileId !== undefined && version !== undefined) return { field: "version", detail: "can't be given together with fileId" };
  if (fileId !== undefined) return { fileId };
  if (version !== undefined) return { version };
  return { field: "fileId", detail: "is missing: give fileId, or the version of a file in the catalogue" };
}

export function policyOf({ backup, verifySip, retry: { attempts, afterS }, ...deadlines }: AskedUpgrade): UpgradePolicy {
  const { callInWithinS, returnWithinS, sipWithinS } = deadlines;
  return {
    ...{ backup, verifySip, attemptsMax: attempts, retryAfterMs: afterS * SECOND_MS },
    ...{ callInMs: callInWithinS * SECOND_MS, returnMs: returnWithinS * SECOND_MS, sipMs: sipWithinS * SECOND_MS },
  };
}
