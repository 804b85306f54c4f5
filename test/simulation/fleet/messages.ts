/**
 * What a fleet run and the process of its gateways say to each other.
 * Layer: test support (simulation).
 */

export interface FleetGateway {
  /** User of its address of record, and what names it in the report. */
  readonly user: string;
  readonly sipPassword: string;
  readonly identity: { readonly oui: string; readonly productClass: string; readonly serialNumber: string };
  readonly cwmpUsername: string;
  readonly cwmpPassword: string;
}

export type ToFleet =
  /** Each registers, and calls in as after a start. */
  | { readonly do: "start"; readonly gateways: readonly FleetGateway[]; readonly sipPort: number; readonly cwmpPort: number }
  | { readonly do: "count" }
  | { readonly do: "tell-log" };

/** What one gateway heard and did, by its own clock. */
export interface GatewayLog {
  readonly user: string;
  /** NOTIFYs, copies of one not counted. */
  readonly notifies: number;
  /** Sessions that it opened because of them and that ended with 204. */
  readonly callIns: number;
  /** What kept it from one. */
  readonly failures: readonly string[];
  readonly firstNotifyAtMs: number | undefined;
  readonly lastCallInAtMs: number | undefined;
}

export type FromFleet =
  | { readonly tell: "ready" }
  | { readonly tell: "started" /** Those that could not register or call in. */; readonly failed: readonly string[] }
  | { readonly tell: "count" /** Gateways that have called in. */; readonly calledIn: number; readonly cpuS: number }
  | { readonly tell: "log"; readonly gateways: readonly GatewayLog[] /** Datagrams that a NAT kept out. */; readonly blocked: number };
