/**
 * The SOAP envelope around every message: headers, CWMP namespace, exactly one message in the body.
 * Spec: TR-069 3.5 (SOAP), table 4 (headers), A.6 (versions); field quirks 1-8, 45. Layer: codec, pure. Golden: test/golden/cwmp/*.
 */
import { detached } from "./detached.js";
import { MalformedMessage } from "./malformed-message.js";
import { type AcsMessage, type DeviceMessage, readAcsMessage, readDeviceMessage, writeAcsMessage, writeDeviceMessage } from "./messages.js";
import { scanXml, type XmlLimits } from "./scan-xml.js";
import { readBoolean, readCount, readList, writeBoolean } from "./values.js";
import { writeXml } from "./write-xml.js";
import { child, type Element, el, optionalChild } from "./xml.js";

export interface Envelope<M> {
  /** Any string, echoed exactly. Absent: the request had none, and neither has its response. "" is echoed as "". */
  readonly id?: string;
  /** "urn:dslforum-org:cwmp-1-0" to "...-1-4", as it came: the other side must hear its own again. */
  readonly namespace: string;
  /** ACS to device: send no request of your own until this is lifted. Deprecated, still obeyed by devices. */
  readonly holdRequests?: boolean;
  /** Only in the original TR-069; ignored, and written by the simulator only. */
  readonly noMoreRequests?: boolean;
  /** Device to ACS, in an Inform: how long it asks to be waited for. */
  readonly sessionTimeoutS?: number;
  /** Device to ACS, in an Inform: ["1.0", "1.1"]. */
  readonly supportedCwmpVersions?: readonly string[];
  /** ACS to device, in an InformResponse, if the device sent supportedCwmpVersions. */
  readonly useCwmpVersion?: string;
  readonly message: M;
}

export interface WriteOptions {
  /** Begin with an XML declaration. Two known agents refuse one, others want it: a switch of the model profile. Default: false. */
  readonly declaration?: boolean;
}

/** What a message whose namespace cannot be found is taken for: the oldest, which all later ones understand. */
const OLDEST_NAMESPACE = "urn:dslforum-org:cwmp-1-0";
const NAMESPACE_PATTERN = /^urn:dslforum-org:cwmp-\d{1,4}-\d{1,4}$/i;
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/**
 * Reads what a device sent. A message of unknown name becomes `UnknownMethod`, to be answered with 8000.
 * @param text From decodeBody.
 * @throws {MalformedMessage} Not XML, no SOAP envelope, not exactly one message, or a mandatory part of it is missing.
 */
export function readDeviceEnvelope(text: string, limits?: Partial<XmlLimits>): Envelope<DeviceMessage> {
  return readEnvelope(text, readDeviceMessage, limits);
}

/** Reads what an ACS sent: the device's side, for the simulator. Throws as readDeviceEnvelope. */
export function readAcsEnvelope(text: string, limits?: Partial<XmlLimits>): Envelope<AcsMessage> {
  return readEnvelope(text, readAcsMessage, limits);
}

/** @throws {RangeError} A text that XML cannot carry (see writeXml). */
export function writeAcsEnvelope(envelope: Envelope<AcsMessage>, options: WriteOptions = {}): string {
  return writeEnvelope(envelope, writeAcsMessage(envelope.message), options);
}

/** The device's side, for the simulator. */
export function writeDeviceEnvelope(envelope: Envelope<DeviceMessage>, options: WriteOptions = {}): string {
  return writeEnvelope(envelope, writeDeviceMessage(envelope.message), options);
}

function readEnvelope<M>(text: string, readMessage: (body: Element) => M, limits: Partial<XmlLimits> | undefined): Envelope<M> {
  const root = scanXml(text, limits);
  if (root.localName.toLowerCase() !== "envelope") throw new MalformedMessage(root.localName, "not a SOAP envelope");
  const body = child(root, "Body");
  const [sent, another] = body.children;
  if (sent === undefined || another !== undefined) {
    throw new MalformedMessage("Envelope/Body", `${body.children.length} messages instead of one`);
  }
  const header = optionalChild(root, "Header"); // some devices send none (field quirk 7)
  return {
    ...(header === undefined ? {} : readHeader(header)),
    namespace: namespaceOf([sent, body, root]),
    message: readMessage(sent),
  };
}

type Headers = Omit<Envelope<never>, "namespace" | "message">;

/** Unknown headers are ignored, whatever mustUnderstand they carry: its prefix is wrong often enough to mean nothing (field quirk 6). */
function readHeader(header: Element): Headers {
  const text = (name: string): string | undefined => optionalChild(header, name)?.text;
  const id = text("ID");
  const hold = text("HoldRequests");
  const noMore = text("NoMoreRequests");
  const timeoutS = readCount(text("SessionTimeout") ?? "", -1);
  const supported = text("SupportedCWMPVersions");
  const use = text("UseCWMPVersion");
  return {
    ...(id === undefined ? {} : { id: detached(id) }),
    ...(hold === undefined ? {} : { holdRequests: readBoolean(hold) }),
    ...(noMore === undefined ? {} : { noMoreRequests: readBoolean(noMore) }),
    ...(timeoutS < 0 ? {} : { sessionTimeoutS: timeoutS }),
    ...(supported === undefined ? {} : { supportedCwmpVersions: readVersions(supported) }),
    ...(use === undefined ? {} : { useCwmpVersion: detached(use.trim()) }),
  };
}

/** "1.0, 1.1,1.4": blanks around are dropped. TR-069 table 4. */
function readVersions(list: string): readonly string[] {
  return readList(list).map(detached);
}

/**
 * The CWMP namespace that the message's own prefix is bound to; failing that, any CWMP namespace declared on the way, because prefixes
 * are used without being declared and bound to something else.
 * @param path The message and what encloses it, innermost first.
 */
function namespaceOf(path: readonly Element[]): string {
  const sent = path[0]?.name ?? "";
  const colon = sent.indexOf(":");
  const wanted = colon < 0 ? "xmlns" : `xmlns:${sent.slice(0, colon)}`;
  let any: string | undefined;
  for (const { attributes } of path) {
    for (const { name, value } of attributes) {
      if (!name.startsWith("xmlns") || !NAMESPACE_PATTERN.test(value)) continue;
      if (name === wanted) return value;
      any ??= value;
    }
  }
  return any ?? OLDEST_NAMESPACE;
}

/** Five prefixes, all on the Envelope: the one shape that every client tried could read (field quirk 3). */
function writeEnvelope(envelope: Envelope<unknown>, message: Element, { declaration = false }: WriteOptions): string {
  const header = writeXml(el("SOAP-ENV:Header", {}, writeHeaders(envelope)));
  const text = `${startOf(envelope.namespace)}${header}<SOAP-ENV:Body>${writeXml(message)}</SOAP-ENV:Body>${END}`;
  return declaration ? DECLARATION + text : text;
}

const END = "</SOAP-ENV:Envelope>";
/** By namespace: there are five, and what devices make of them. */
const starts = new Map<string, string>();
const STARTS_MAX = 64;

/** The start tag of the Envelope, which is the same in each message of a namespace. */
function startOf(namespace: string): string {
  const known = starts.get(namespace);
  if (known !== undefined) return known;
  const namespaces = {
    "xmlns:SOAP-ENV": "http://schemas.xmlsoap.org/soap/envelope/",
    "xmlns:SOAP-ENC": "http://schemas.xmlsoap.org/soap/encoding/",
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xmlns:cwmp": namespace,
  };
  const start = writeXml(el("SOAP-ENV:Envelope", namespaces)).slice(0, -END.length);
  if (starts.size >= STARTS_MAX) starts.clear();
  starts.set(detached(namespace), start);
  return start;
}

const MUST_UNDERSTAND = { "SOAP-ENV:mustUnderstand": "1" };
const MAY_IGNORE = { "SOAP-ENV:mustUnderstand": "0" };

/** mustUnderstand as TR-069 table 4 has it; booleans as 0 and 1, which some devices read with atoi (field quirk 4). */
function writeHeaders(headers: Headers): readonly Element[] {
  const { id, holdRequests, noMoreRequests, sessionTimeoutS, supportedCwmpVersions, useCwmpVersion } = headers;
  const written: Element[] = [];
  if (id !== undefined) written.push(el("cwmp:ID", MUST_UNDERSTAND, id));
  if (holdRequests !== undefined) written.push(el("cwmp:HoldRequests", MUST_UNDERSTAND, writeBoolean(holdRequests)));
  if (noMoreRequests !== undefined) written.push(el("cwmp:NoMoreRequests", MAY_IGNORE, writeBoolean(noMoreRequests)));
  if (sessionTimeoutS !== undefined) written.push(el("cwmp:SessionTimeout", MAY_IGNORE, String(sessionTimeoutS)));
  if (supportedCwmpVersions !== undefined) {
    written.push(el("cwmp:SupportedCWMPVersions", MAY_IGNORE, supportedCwmpVersions.join(",")));
  }
  if (useCwmpVersion !== undefined) written.push(el("cwmp:UseCWMPVersion", MUST_UNDERSTAND, useCwmpVersion));
  return written;
}
