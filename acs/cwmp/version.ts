/**
 * Which version of CWMP a device speaks, and which one a session uses.
 * Spec: TR-069 A.6 (namespaces), 3.7.4 (negotiation), table 4 (headers); field quirks 1, 2. Layer: codec, pure.
 */
import { RefusedRequest } from "./faults.js";

/** Oldest first. */
const CWMP_VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4"] as const;
export type CwmpVersion = (typeof CWMP_VERSIONS)[number];

/** The parts of an Inform's envelope that tell a version. */
export interface VersionSigns {
  readonly namespace: string;
  readonly sessionTimeoutS?: number;
  readonly supportedCwmpVersions?: readonly string[];
}

/**
 * The version that a device shows to speak. 1.3 and 1.4 kept the namespace of 1.2 and are told by their headers; a namespace that
 * claims 1.3 or more is an alias of 1.2 (field quirk 1).
 * @returns undefined: no version 1 of CWMP.
 */
export function spokenVersion({ namespace, sessionTimeoutS, supportedCwmpVersions }: VersionSigns): CwmpVersion | undefined {
  const [, minor] = /:cwmp-1-(\d+)$/i.exec(namespace) ?? [];
  if (minor === undefined) return undefined;
  if (Number(minor) === 0) return "1.0";
  if (Number(minor) === 1) return "1.1";
  if (supportedCwmpVersions !== undefined) return "1.4";
  return sessionTimeoutS === undefined ? "1.2" : "1.3";
}

export interface VersionChoice {
  readonly version: CwmpVersion;
  /** To be named to the device (UseCWMPVersion in the InformResponse): it is one of those that the device offered. */
  readonly isOffered: boolean;
}

/**
 * The version for the session that an Inform opens: the highest of those offered, else the one spoken. The namespace stays the
 * Inform's own whatever is chosen (field quirk 2). What is offered and is no version at all counts for nothing.
 * @throws {RefusedRequest} 8006: nothing offered or spoken is ours.
 */
export function chooseVersion(signs: VersionSigns): VersionChoice {
  const offered = signs.supportedCwmpVersions?.filter((version) => VERSION.test(version)) ?? [];
  const isOffered = offered.length > 0;
  const version = isOffered ? highestOf(offered) : spokenVersion(signs);
  if (version !== undefined) return { version, isOffered };
  const shown = isOffered ? offered.slice(0, VERSIONS_SHOWN_MAX).join(", ") : signs.namespace;
  throw new RefusedRequest(8006, `the device speaks ${shown}`);
}

/** Short, because it is shown. */
const VERSION = /^\d{1,4}\.\d{1,4}$/;
const VERSIONS_SHOWN_MAX = 8;

function highestOf(offered: readonly string[]): CwmpVersion | undefined {
  return CWMP_VERSIONS.findLast((version) => offered.includes(version));
}
