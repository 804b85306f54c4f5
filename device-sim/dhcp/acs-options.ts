/**
 * What DHCP tells a device about its ACS: four sub-options, behind three different options.
 * Spec: TR-069 3.1 (options 43, 125; DHCPv6 option 17). Layer: dhcp, pure.
 */

export interface AcsOptions {
  readonly url: string;
  readonly provisioningCode?: string;
  /** 1 to 65535. */
  readonly retryMinimumWaitS?: number;
  /** In thousandths, 1000 to 65535. */
  readonly retryMultiplier?: number;
}

/** What a device calls itself when it asks. */
export const VENDOR_CLASS = "dslforum.org";
/** The Broadband Forum's enterprise number, as the DSL Forum registered it. */
export const ENTERPRISE = 3_561;

const LIMITS = { urlCharactersMax: 256, provisioningCodeCharactersMax: 64 } as const;

/** One code after another, `bytes` of them for the code and as many for the length. `undefined`: a length that lies. */
export function readTlvs(data: Uint8Array, bytes: 1 | 2): ReadonlyMap<number, Uint8Array> | undefined {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < view.length; ) {
    if (at + 2 * bytes > view.length) return undefined;
    const code = view.readUIntBE(at, bytes);
    const start = at + 2 * bytes;
    const end = start + view.readUIntBE(at + bytes, bytes);
    if (end > view.length) return undefined;
    found.set(code, Buffer.concat([found.get(code) ?? Buffer.alloc(0), view.subarray(start, end)]));
    at = end;
  }
  return found;
}

export function writeTlv(code: number, value: Uint8Array, bytes: 1 | 2): Uint8Array {
  const head = Buffer.alloc(2 * bytes);
  head.writeUIntBE(code, 0, bytes);
  head.writeUIntBE(value.length, bytes, bytes);
  return Buffer.concat([head, value]);
}

/** The code of the URL. Option 125 begins at 11, for 1 to 6 are lan-identity.ts's there; many servers use 1 in it all the same. */
export const ACS_CODES = { standard: 1, option125: 11 } as const;

/**
 * @param first Of ACS_CODES.
 * @returns undefined: no URL that a device could call. A sub-option that can't be used is passed over.
 */
export function readAcsOptions(
  suboptions: ReadonlyMap<number, Uint8Array> | undefined,
  first: number = ACS_CODES.standard,
): AcsOptions | undefined {
  const url = textOf(suboptions?.get(first), LIMITS.urlCharactersMax);
  if (url === undefined || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const provisioningCode = textOf(suboptions?.get(first + 1), LIMITS.provisioningCodeCharactersMax);
  const retryMinimumWaitS = numberOf(suboptions?.get(first + 2), 1);
  const retryMultiplier = numberOf(suboptions?.get(first + 3), 1_000);
  return {
    url,
    ...(provisioningCode === undefined ? {} : { provisioningCode }),
    ...(retryMinimumWaitS === undefined ? {} : { retryMinimumWaitS }),
    ...(retryMultiplier === undefined ? {} : { retryMultiplier }),
  };
}

/** Printable ASCII; some servers end it with a NUL. */
export function textOf(value: Uint8Array | undefined, charactersMax: number): string | undefined {
  const text = Buffer.from(value ?? [])
    .toString("latin1")
    .replace(/\0$/, "");
  return /^[\x21-\x7e]+$/.test(text) && text.length <= charactersMax ? text : undefined;
}

/** Decimal digits. */
function numberOf(value: Uint8Array | undefined, min: number): number | undefined {
  const text = textOf(value, 5);
  return text !== undefined && /^\d+$/.test(text) && Number(text) >= min && Number(text) <= 65_535 ? Number(text) : undefined;
}
