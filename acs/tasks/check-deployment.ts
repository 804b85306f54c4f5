/**
 * Software modules that a device is asked to install, update or remove, judged before the task is stored.
 * Spec: TR-069 A.4.1.10. Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import type { DuOperation } from "../cwmp/rpc/change-du-state.js";
import { CHARACTERS_MAX } from "../cwmp/sizes.js";
import { countFault, textFault } from "./check-names.js";
import type { CheckedOrder } from "./check-order.js";
import { TASK_LIMITS } from "./task.js";

/** Which fields an operation takes is the standard's: see DuOperation. */
export interface AskedOperation {
  readonly operation: "Install" | "Update" | "Uninstall";
  readonly url?: string | undefined;
  readonly uuid?: string | undefined;
  readonly version?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly executionEnvRef?: string | undefined;
}

type Field = Exclude<keyof AskedOperation, "operation">;

const FIELDS: Readonly<Record<AskedOperation["operation"], { readonly needed: readonly Field[]; readonly allowed: readonly Field[] }>> = {
  Install: { needed: ["url"], allowed: ["url", "uuid", "username", "password", "executionEnvRef"] },
  Update: { needed: [], allowed: ["url", "uuid", "version", "username", "password"] },
  Uninstall: { needed: ["uuid"], allowed: ["uuid", "version", "executionEnvRef"] },
};

const FAULTS: Readonly<Record<Field, (text: string) => string | undefined>> = {
  url: urlFault,
  uuid: (text) => (UUID.test(text) ? undefined : "must be a UUID like 123e4567-e89b-12d3-a456-426614174000"),
  version: (text) => textFault(text, CHARACTERS_MAX.deploymentVersion),
  username: (text) => textFault(text, CHARACTERS_MAX.username),
  password: (text) => textFault(text, CHARACTERS_MAX.password),
  executionEnvRef: (text) => textFault(text, CHARACTERS_MAX.executionEnvRef),
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function checkOperations(operations: readonly AskedOperation[]): CheckedOrder {
  const count = countFault("operations", operations.length, TASK_LIMITS.operationsPerTaskMax);
  const errors = count ?? operations.flatMap((operation, at) => operationErrors(operation, `operations[${at}]`));
  return errors.length > 0 ? { errors } : { order: { kind: "changeDUState", operations: operations.map(complete) } };
}

function operationErrors(operation: AskedOperation, field: string): readonly FieldError[] {
  const { needed, allowed } = FIELDS[operation.operation];
  return (Object.keys(FAULTS) as Field[]).flatMap((name) => {
    const text = operation[name];
    if (text === undefined) return fieldError(`${field}.${name}`, needed.includes(name) ? "is missing" : undefined);
    const why = allowed.includes(name) ? FAULTS[name](text) : `is no argument of ${operation.operation}`;
    return fieldError(`${field}.${name}`, why);
  });
}

/** "" is an argument left out. */
function complete({
  operation,
  url = "",
  uuid = "",
  version = "",
  username = "",
  password = "",
  executionEnvRef = "",
}: AskedOperation): DuOperation {
  switch (operation) {
    case "Install":
      return { operation, url, uuid, username, password, executionEnvRef };
    case "Update":
      return { operation, uuid, version, url, username, password };
    case "Uninstall":
      return { operation, uuid, version, executionEnvRef };
  }
}

function urlFault(url: string): string | undefined {
  if (url.length > CHARACTERS_MAX.deploymentUrl) return `has more than ${CHARACTERS_MAX.deploymentUrl} characters`;
  if (!/^[!-~]+$/.test(url) || !URL.canParse(url)) return "must be an absolute URL of printable ASCII characters";
  const { username, password } = new URL(url);
  return username === "" && password === "" ? undefined : "must not carry a user name or password";
}
