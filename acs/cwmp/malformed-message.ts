/**
 * What the peer sent cannot be read: the errors of every reader here. The session answers them with HTTP 400.
 * Spec: TR-069 3.7.1.4 (malformed XML fails the session). Layer: codec, pure.
 */

/** Bytes, XML or a message that we cannot read. */
export class MalformedMessage extends Error {
  override readonly name: string = "MalformedMessage";
  /** Where it went wrong, in element names without prefix: "Envelope/Body/Inform". "" is outside the root element. */
  readonly path: string;
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(path === "" ? why : `${path}: ${why}`, options);
    this.path = path;
  }
}

/** Not wrong by itself, but larger than we take. `limit` is the name of the limit it passed. */
export class LimitExceeded extends MalformedMessage {
  override readonly name = "LimitExceeded";
  readonly limit: string;
  readonly most: number;
  constructor(path: string, limit: string, most: number) {
    super(path, `more than ${limit} allows (${most})`);
    this.limit = limit;
    this.most = most;
  }
}
