/**
 * Where a request goes: route sets of user agents, and what a proxy or an edge does with Route, Record-Route, Max-Forwards and loops.
 * Names are not resolved here: the result is a URI for RFC 3263.
 * Spec: RFC 3261 8.1.2, 12.2.1.1, 16.3, 16.4, 16.6; RFC 3327 5.3 (Path); RFC 5393 4.2 (loops). Layer: codec, pure.
 */
import { hash } from "node:crypto";
import { readAddresses, writeNameAddr } from "./header-values.js";
import { header, headerValues, type NameAddr, param, type SipRequest, type Via } from "./message.js";
import { parseUri, type SipUri, uriScheme, writeUri } from "./uri.js";

/** How a request leaves: its Request-URI, its Route header field, and whose address is looked up. */
export interface RoutedTarget {
  readonly uri: string;
  /** Values of Route, topmost first. */
  readonly routes: readonly NameAddr[];
  readonly nextHop: string;
}

/** Whether the element of this Route value follows RFC 3261: its URI has `lr`. Other schemes than sip have no parameters. */
export function isLooseRouter({ uri }: NameAddr): boolean {
  return isSip(uri) && param(parseUri(uri).params, "lr") !== undefined;
}

const isSip = (uri: string): boolean => ["sip", "sips"].includes(uriScheme(uri) ?? "");

/**
 * Applies a route set to a target (RFC 3261 12.2.1.1). Loose: the target is the Request-URI and the set is the Route header field. Strict:
 * the first route is the Request-URI, "stripping any parameters that are not allowed in a Request-URI", and the target comes last.
 */
export function applyRouteSet(target: string, routeSet: readonly NameAddr[]): RoutedTarget {
  const [first, ...others] = routeSet;
  if (first === undefined) return { uri: target, routes: [], nextHop: target };
  if (isLooseRouter(first)) return { uri: target, routes: routeSet, nextHop: first.uri };
  const uri = asRequestUri(first.uri);
  return { uri, routes: [...others, { uri: target, params: [] }], nextHop: uri };
}

/** "The method parameter and headers are not allowed in a Request-URI" (RFC 3261 19.1.1, table 1). */
function asRequestUri(uri: string): string {
  if (!isSip(uri)) return uri;
  const parsed = parseUri(uri);
  return writeUri({ ...parsed, params: parsed.params.filter(({ name }) => name !== "method"), headers: [] });
}

/**
 * The next hop of a user agent's request (RFC 3261 8.1.2).
 * @param outboundProxy Its URI, with `lr` as a rule. It is "a pre-existing route set with a single URI", so a route set of a dialog, of
 *   a registration's Path or of Service-Route goes before it.
 */
export function routeOfUserAgent(target: string, routeSet: readonly NameAddr[], outboundProxy?: string): RoutedTarget {
  if (routeSet.length > 0 || outboundProxy === undefined) return applyRouteSet(target, routeSet);
  return applyRouteSet(target, [{ uri: outboundProxy, params: [] }]);
}

/** A stored Path vector as a route set: "in the same order" (RFC 3327 5.3). @param path Values of Path, as they came. */
export function routeSetOfPath(path: readonly string[]): readonly NameAddr[] {
  return readAddresses({ headers: path.map((value) => header("Path", value)) }, "path");
}

/** The request with these Route values and no others. They stand where the old ones stood, else behind Via. */
export function withRoutes(request: SipRequest, routes: readonly NameAddr[]): SipRequest {
  const others = request.headers.filter(({ key }) => key !== "route");
  const old = request.headers.findIndex(({ key }) => key === "route");
  const place = old === -1 ? others.findLastIndex(({ key }) => key === "via") + 1 : old;
  const fields = routes.map((route) => header("Route", writeNameAddr(route)));
  return { ...request, headers: others.toSpliced(place, 0, ...fields) };
}

/** What a proxy or edge must know of itself to recognise a URI as its own. */
export interface OwnUris {
  /** A URI that it has put, or may have put, into Record-Route, Path or a Route that it handed out. */
  readonly isOurRoute: (uri: SipUri) => boolean;
  /** A host that it is responsible for: RFC 3261 16.4 looks at `maddr`. */
  readonly isOurHost: (host: string) => boolean;
}

/**
 * Route preprocessing of a proxy (RFC 3261 16.4), in the order of the standard: what a strict router did to the request is undone, our
 * own `maddr` goes, the topmost Route goes if it names us.
 */
export function preprocessRoutes(request: SipRequest, own: OwnUris): SipRequest {
  return popOwnRoute(stripOwnMaddr(undoStrictRouting(request, own), own), own);
}

/** "If the Request-URI contains a value this proxy previously placed into a Record-Route, it MUST replace it with the last Route value." */
function undoStrictRouting(request: SipRequest, { isOurRoute }: OwnUris): SipRequest {
  if (!isSip(request.uri) || !isOurRoute(parseUri(request.uri))) return request;
  const routes = readAddresses(request, "route");
  const last = routes.at(-1);
  if (last === undefined) return request;
  return withRoutes({ ...request, uri: asRequestUri(last.uri) }, routes.slice(0, -1));
}

/** "If the maddr is ours, the proxy MUST strip the maddr and any non-default port or transport parameter." */
function stripOwnMaddr(request: SipRequest, { isOurHost }: OwnUris): SipRequest {
  if (!isSip(request.uri)) return request;
  const { port: _port, ...uri } = parseUri(request.uri);
  const maddr = param(uri.params, "maddr");
  if (maddr === undefined || !isOurHost(maddr)) return request;
  const params = uri.params.filter(({ name }) => name !== "maddr" && name !== "transport");
  return { ...request, uri: writeUri({ ...uri, params }) };
}

function popOwnRoute(request: SipRequest, { isOurRoute }: OwnUris): SipRequest {
  const [first, ...others] = readAddresses(request, "route");
  if (first === undefined || !isSip(first.uri) || !isOurRoute(parseUri(first.uri))) return request;
  return withRoutes(request, others);
}

/**
 * What a proxy sends once it knows the target (RFC 3261 16.6 steps 2, 6 and 7): the target as Request-URI unless the topmost Route is a
 * strict router's.
 */
export function forwardTo(request: SipRequest, target: string): { readonly request: SipRequest; readonly nextHop: string } {
  const { uri, routes, nextHop } = applyRouteSet(target, readAddresses(request, "route"));
  return { request: withRoutes({ ...request, uri }, routes), nextHop };
}

/**
 * Puts Record-Route values above those that are there (RFC 3261 16.6 step 4).
 * @param uris With `lr`; topmost first. Two when the request changes transport or network at us (RFC 5658).
 */
export function recordRoute(request: SipRequest, uris: readonly string[]): SipRequest {
  const fields = uris.map((uri) => header("Record-Route", writeNameAddr({ uri, params: [] })));
  const first = request.headers.findIndex(({ key }) => key === "record-route");
  const place = first === -1 ? request.headers.findLastIndex(({ key }) => key === "via") + 1 : first;
  return { ...request, headers: request.headers.toSpliced(place, 0, ...fields) };
}

/** One hop less (RFC 3261 16.6 step 3). @returns undefined: none is left, which is 483 (16.3). */
export function spendHop(request: SipRequest): SipRequest | undefined {
  if (request.maxForwards <= 0) return undefined;
  const maxForwards = request.maxForwards - 1;
  const field = header("Max-Forwards", maxForwards);
  const place = request.headers.findIndex(({ key }) => key === "max-forwards");
  const headers = place === -1 ? [...request.headers, field] : request.headers.with(place, field);
  return { ...request, maxForwards, headers };
}

const LOOP_HASH_CHARS = 16;
const COOKIE_AND_DOT = /^z9hG4bK[^.]*\.([0-9a-f]+)$/;

/**
 * The branch for a forwarded request whose second part tells loops from spirals: it stays the same as long as all that we route by does
 * (RFC 5393 4.2.1). The topmost Via is left out, for on a longer loop it differs each time.
 * @param unique Letters and digits, new for each branch of each request: 64 random bits or more.
 * @param request As it was received.
 */
export const loopBranch = (request: SipRequest, unique: string): string => `z9hG4bK${unique}.${loopHash(request)}`;

/** Whether we have forwarded this very request before (RFC 3261 16.3 step 4): 482. @param isOurs Whether a Via was put there by us. */
export function isLoop(request: SipRequest, isOurs: (via: Via) => boolean): boolean {
  const ours = request.vias.filter(isOurs).map(({ params }) => COOKIE_AND_DOT.exec(param(params, "branch") ?? "")?.[1]);
  return ours.length > 0 && ours.includes(loopHash(request));
}

function loopHash(request: SipRequest): string {
  const { uri, from, to, callId, cseq } = request;
  const tags = [param(to.params, "tag") ?? "", param(from.params, "tag") ?? ""];
  const routing = ["route", "proxy-require", "proxy-authorization"].flatMap((key) => [key, ...headerValues(request, key)]);
  const text = [uri, ...tags, callId, cseq.number, ...routing].join("\n");
  return hash("sha256", Buffer.from(text, "latin1"), "hex").slice(0, LOOP_HASH_CHARS);
}
