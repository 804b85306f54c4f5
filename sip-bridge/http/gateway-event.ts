/**
 * What the Connection-Request gateway and the CWMP relay tell: GET /connection-request-events.
 * Layer: http.
 */

interface Base {
  readonly atMs: number;
  /** OUI-ProductClass-SerialNumber. */
  readonly device: string;
  readonly detail: string;
}

export type GatewayEvent =
  /** An ACS asked; `outcome` as in RequestOutcome, or "unauthorised", "unmapped". `from`: its address. */
  | (Base & {
      readonly kind: "connection-request";
      readonly id: string;
      readonly outcome: string;
      readonly wakeId: string;
      readonly from: string;
    })
  /** How a wake ended whose request had been answered 503 already. */
  | (Base & { readonly kind: "late"; readonly id: string; readonly outcome: string; readonly wakeId: string })
  /** The relay learnt the login that the ACS gave to the device, or a half that is worth nothing alone; or which line is the device's. */
  | (Base & { readonly kind: "login-learnt" | "login-unknown" | "target-learnt" })
  /** The relay gives the ACS our URL in place of the device's, or leaves it alone; told when it changes. */
  | (Base & { readonly kind: "url-replaced" | "url-left" });
