/**
 * The name lookup test: real questions to a DNS server, one after the other.
 * Spec: TR-098 (NSLookupDiagnostics), TR-181 (DNS.Diagnostics.NSLookupDiagnostics), RFC 1035. Layer: device-sim.
 */
import { Resolver } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import { DIAGNOSTIC_LIMITS } from "../../schemas/data-models/diagnostics-leaves.js";
import { readHostPort } from "./host-port.js";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";
import { isHostName, targetAddress } from "./target-host.js";
import { complete, numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";

interface Server {
  /** As Resolver.setServers takes it. */
  readonly server: string;
  readonly address: string;
}

export const runNameLookup: TestRunner = async (run) => {
  const name = run.argument("HostName");
  if (!isHostName(name)) throw new TestFailure("Error_Other", `HostName ${JSON.stringify(name)} is no host name`);
  const server = await serverOf(run.argument("DNSServer"));
  const rows: Answer[] = [];
  for (let left = numberOf(run, "NumberOfRepetitions"); left > 0 && !run.stop.aborted; left--) rows.push(await ask(run, name, server));
  const successes = rows.filter(({ Status }) => Status === "Success").length;
  return complete({ SuccessCount: String(successes) }, { Result: rows });
};

/** Empty: the server that this machine uses. A port may follow, which the standard does not have: test servers don't live at 53. */
async function serverOf(text: string): Promise<Server> {
  const { host, port } = readHostPort(text === "" ? (new Resolver().getServers()[0] ?? "") : text);
  try {
    const address = await targetAddress(host, "Any");
    return { server: `${isIPv6(address) ? `[${address}]` : address}:${port ?? 53}`, address };
  } catch (error) {
    throw new TestFailure("Error_DNSServerNotResolved", `DNSServer: ${error instanceof Error ? error.message : host}`, { cause: error });
  }
}

/** A row of Result. */
type Answer = Readonly<Record<"Status" | "AnswerType" | "HostNameReturned" | "IPAddresses" | "DNSServerIP" | "ResponseTime", string>>;

/** A and AAAA at once. What node:dns does not tell, whether the server has authority, is taken as that it has none. */
async function ask({ chassis, stop, ...run }: TestRun, name: string, { server, address }: Server): Promise<Answer> {
  const resolver = new Resolver({ timeout: Number(run.argument("Timeout")), tries: 1 });
  resolver.setServers([server]);
  const cancel = (): void => resolver.cancel();
  stop.addEventListener("abort", cancel);
  const watch = startStopwatch(chassis.clock);
  const answers = await Promise.all([timed(resolver.resolve4(name), watch), timed(resolver.resolve6(name), watch)]);
  stop.removeEventListener("abort", cancel);
  const found = answers.flatMap(({ addresses }) => addresses).filter((one) => isIP(one) !== 0);
  const heard = answers.filter(({ failure }) => failure !== "Error_Timeout" && failure !== "Error_DNSServerNotAvailable");
  const isFound = found.length > 0;
  return {
    Status: isFound ? "Success" : (answers[0]?.failure ?? "Error_Other"),
    AnswerType: isFound ? "NonAuthoritative" : "None",
    HostNameReturned: isFound ? name : "",
    IPAddresses: found.slice(0, DIAGNOSTIC_LIMITS.listItemsMax).join(","),
    DNSServerIP: address,
    ResponseTime: String(heard.length === 0 ? 0 : Math.ceil(Math.min(...heard.map(({ us }) => us)) / 1_000)),
  };
}

interface TimedAnswer {
  readonly us: number;
  readonly addresses: readonly string[];
  /** Why there are none. */
  readonly failure: string;
}

async function timed(question: Promise<readonly string[]>, watch: Stopwatch): Promise<TimedAnswer> {
  try {
    return { addresses: await question, us: watch.us(), failure: "Error_HostNameNotResolved" };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { addresses: [], us: watch.us(), failure: FAILURES[code] ?? "Error_Other" };
  }
}

/** Codes of c-ares. */
const FAILURES: Readonly<Record<string, string>> = {
  ENOTFOUND: "Error_HostNameNotResolved",
  ENODATA: "Error_HostNameNotResolved",
  ESERVFAIL: "Error_HostNameNotResolved",
  EBADNAME: "Error_HostNameNotResolved",
  ECONNREFUSED: "Error_DNSServerNotAvailable",
  ETIMEOUT: "Error_Timeout",
};
