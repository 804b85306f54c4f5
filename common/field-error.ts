/**
 * One thing that is wrong with what somebody sent us: which field, and why. Never carries the value itself, which may be a secret.
 * Layer: common.
 */
export interface FieldError {
  /** Path into what was sent, e.g. "values[1].name"; "" for the whole of it. */
  readonly field: string;
  /** A sentence for people, e.g. "must end in a dot". */
  readonly detail: string;
}

/** The error, or none when there is nothing to say: for lists of checks. */
export function fieldError(field: string, detail: string | undefined): readonly FieldError[] {
  return detail === undefined ? [] : [{ field, detail }];
}
