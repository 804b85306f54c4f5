/**
 * The way to a peer: where a message came from, and where its answer and later requests go.
 * Spec: RFC 5626 3 ("flow"); RFC 3581 4. Layer: codec, pure.
 */

export interface Flow {
  readonly transport: "udp" | "tcp" | "tls";
  readonly localPort: number;
  /** Numeric, IPv6 without brackets. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /**
   * The TCP or TLS connection, by an id that no other connection ever has, also not after a restart: then it names none.
   * Absent for UDP.
   */
  readonly connection?: string;
}
