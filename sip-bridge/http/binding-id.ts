/**
 * Names of bindings in URLs: address-of-record and identity, made opaque. Nothing needs to be looked up to read one.
 * Layer: http.
 */

/** What names a binding among all; see `bindingIdentity`. Latin1 octets, as in sip/message.ts. */
export interface BindingName {
  readonly addressOfRecord: string;
  readonly identity: string;
}

/** Neither part holds a line break: header values have none. */
export const writeBindingId = ({ addressOfRecord, identity }: BindingName): string =>
  Buffer.from(`${addressOfRecord}\n${identity}`, "latin1").toString("base64url");

/** @returns undefined if we never wrote such an id. */
export function readBindingId(text: string): BindingName | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  const [addressOfRecord = "", identity, ...rest] = Buffer.from(text, "base64url").toString("latin1").split("\n");
  return identity === undefined || rest.length > 0 ? undefined : { addressOfRecord, identity };
}
