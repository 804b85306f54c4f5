/**
 * What a crash test and the processes that it starts say to each other.
 * Layer: test support.
 */

/** When an ACS dies: at which commit from now or from its start on (1: the next), before it, or between it and whatever is told of it. */
export interface Kill {
  readonly commit: number;
  readonly moment: "before" | "after";
}

export type ToAcs = { readonly kind: "arm"; readonly kill: Kill | undefined };
/** `token`: at the first start only. */
export type FromAcs = { readonly kind: "ready"; readonly token: string | undefined } | { readonly kind: "armed" };

/**
 * `number`: each makes another gateway. `upTimeBaseS`: how long it seems to be up. `effectsFile`: where it writes what really happens in it.
 * `behaviours`: names. `sip`: its line, whose user is its line number; absent: no phone.
 */
export interface NewGateway {
  readonly number: number;
  readonly acsUrl: string;
  readonly acsPassword: string;
  readonly upTimeBaseS: number;
  readonly effectsFile: string;
  readonly behaviours?: readonly string[];
  readonly sip?: { readonly registrarPort: number; readonly domain: string; readonly password: string };
}

export interface GatewayIdentity {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
  readonly lineNumber: string;
}

/** Each is answered by `ok` with the same `id` when it is carried out. A gateway is named by its number. */
export type ToDevices = { readonly id: number } & (
  | { readonly kind: "add"; readonly gateway: NewGateway }
  | { readonly kind: "power-on" | "power-off" | "call-in"; readonly number: number }
);
export type FromDevices =
  | { readonly kind: "ready"; readonly filesUrl: string }
  | { readonly kind: "ok"; readonly id: number; readonly identity: GatewayIdentity | undefined }
  | { readonly kind: "session-began"; readonly number: number }
  | { readonly kind: "session-over"; readonly number: number; readonly isWell: boolean };
