/**
 * Mutations of the code for rules of docs/spec-map.md: the device's side: sessions, retries, events, parameters, transfers.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const DEVICE_MUTANTS: readonly Mutant[] = [
  {
    rule: "Periodic",
    file: "device-sim/device/periodic.ts",
    find: "if (!plan.enabled) return undefined;",
    replace: "if (plan.enabled) return undefined;",
    heldBy: {
      file: "test/integration/device-sim-session.test.ts",
      title: "Inform comes periodically, and a new interval takes effect at once",
    },
  },
  {
    rule: "Inform first; own requests before the empty POST; then only answers",
    file: "device-sim/cpe/cpe-session.ts",
    find: "if (next !== undefined && !session.isFinished) return ask(next, others);",
    replace: "if (next !== undefined && session.isFinished) return ask(next, others);",
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "makes its own requests before the empty POST" },
  },
  {
    rule: "Every request of the ACS is answered",
    file: "device-sim/cpe/cpe-session.ts",
    find: 'effects: [{ do: "post-answer", request: message, id }]',
    replace: 'effects: [{ do: "post-empty" }]',
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "answers each request of the ACS, and ends when nothing more comes" },
  },
  {
    rule: "The device fails the session on a fault to Inform other than 8005, on 4xx and 5xx, silence, bad XML",
    file: "device-sim/cpe/cpe-session.ts",
    find: 'if (asked.kind === "Inform") return fail(',
    replace: 'if (asked.kind !== "Inform") return fail(',
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "any fault to Inform but 8005 fails the session" },
  },
  {
    rule: "8005: the identical request again",
    file: "device-sim/cpe/cpe-session.ts",
    find: "message.faultCode === 8005 &&",
    replace: "message.faultCode === 8004 &&",
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "8005 has the identical request sent again, a limited number of times" },
  },
  {
    rule: "A fault to another request does not end the session",
    file: "device-sim/cpe/cpe-session.ts",
    find: 'if (asked.kind === "Inform") return fail(',
    replace: 'if (asked.kind !== "Kicked") return fail(',
    heldBy: { file: "test/spec/tr069-3.7.1.test.ts", title: "a fault to TransferComplete does not end the session, and confirms nothing" },
  },
  {
    rule: "Waits of 5-10 to 2560-5120 s, from m and k",
    file: "device-sim/device/retry-policy.ts",
    find: "** (steps - 1);",
    replace: "** steps;",
    heldBy: {
      file: "test/spec/tr069-3.2.1.1.test.ts",
      title: "waits 5-10, 10-20, 20-40, 40-80, 80-160, 160-320, 320-640, 640-1280, 1280-2560 and then 2560-5120 seconds",
    },
  },
  {
    rule: "PeriodicInformTime is a phase",
    file: "device-sim/device/periodic.ts",
    find: "return intervalMs - since;",
    replace: "return intervalMs;",
    heldBy: {
      file: "test/spec/tr069-3.2.1.1.test.ts",
      title: "falls on PeriodicInformTime plus or minus whole intervals, whether that lies ahead or behind",
    },
  },
  {
    rule: "A code once, an M event once for each key",
    file: "device-sim/device/events.ts",
    find: "=> a.code === b.code && a.commandKey === b.commandKey;",
    replace: "=> a.code === b.code;",
    heldBy: { file: "test/spec/tr069-3.7.1.5.test.ts", title: "an M event appears once for each command key" },
  },
  {
    rule: "BOOTSTRAP discards all others but BOOT",
    file: "device-sim/device/events.ts",
    find: 'waiting: [{ code, commandKey: "" }] };',
    replace: 'waiting: [...events.waiting, { code, commandKey: "" }] };',
    heldBy: { file: "test/spec/tr069-3.7.1.5.test.ts", title: "BOOTSTRAP discards all other undelivered events, and only BOOT joins it" },
  },
  {
    rule: "Each is kept until its confirmation",
    file: "device-sim/device/events.ts",
    find: '"5 KICKED", "7 TRANSFER COMPLETE", "9 REQUEST',
    replace: '"5 KICKED", "9 REQUEST',
    heldBy: {
      file: "test/spec/tr069-3.7.1.5.test.ts",
      title: "InformResponse confirms everything but 7 TRANSFER COMPLETE and its M events",
    },
  },
  {
    rule: "6 CONNECTION REQUEST is never told again",
    file: "device-sim/device/events.ts",
    find: 'events.listed.filter((event) => event.code !== "6 CONNECTION REQUEST")',
    replace: "events.listed",
    heldBy: { file: "test/spec/tr069-3.7.1.5.test.ts", title: "a failed session keeps its events, but never 6 CONNECTION REQUEST" },
  },
  {
    rule: "What is kept over a restart",
    file: "device-sim/device/events.ts",
    find: 'readonly EventCode[] = ["1 BOOT", "6 CONNECTION REQUEST",',
    replace: 'readonly EventCode[] = ["1 BOOT",',
    heldBy: {
      file: "test/spec/tr069-3.7.1.5.test.ts",
      title: "a restart keeps what is undelivered, but BOOT is raised anew and a connection request forgotten",
    },
  },
  {
    rule: "More than 64: the oldest M events go",
    file: "device-sim/device/events.ts",
    find: "eventsPerInformMax: 64",
    replace: "eventsPerInformMax: 65",
    heldBy: { file: "test/spec/tr069-3.7.1.5.test.ts", title: "of more than 64 events the oldest M events are dropped" },
  },
  {
    rule: "The list is fixed at Inform",
    file: "device-sim/device/events.ts",
    find: "const all = merge(events.listed, events.waiting);",
    replace: "const all = events.listed;",
    heldBy: {
      file: "test/spec/tr069-3.7.1.5.test.ts",
      title: "the list is fixed when the Inform is made: what happens later goes into the next one",
    },
  },
  {
    rule: "AccessList shuts writers out",
    file: "device-sim/device/attributes.ts",
    find: "|| accessListOf(tree, name).includes(SUBSCRIBER);",
    replace: "|| true;",
    heldBy: { file: "test/integration/device-sim-objects.test.ts", title: "whom the access list shuts out cannot change the value" },
  },
  {
    rule: "Instance numbers: canonical only, kept, not given twice",
    file: "device-sim/device/objects.ts",
    find: "tree.rows.get(table)?.last ?? Math.max(0, ...numbers));\n  const rows",
    replace: "Math.max(0, ...numbers));\n  const rows",
    heldBy: {
      file: "test/integration/device-sim-objects.test.ts",
      title: "rows and attributes outlive the process, and a number given once is not given again",
    },
  },
  {
    rule: "ScheduleInform: delay above 0, kept over a restart",
    file: "device-sim/device/scheduled-informs.ts",
    find: "if (delayS < 1)",
    replace: "if (delayS < 0)",
    heldBy: { file: "test/integration/device-sim-orders.test.ts", title: "no delay is 9003" },
  },
  {
    rule: "6.1 HTTP: digest, 200 or 204 before the session, rate limit 503",
    file: "device-sim/cpe/connection-request-listener.ts",
    find: "accepted = [...accepted, nowMs];",
    replace: "",
    heldBy: {
      file: "test/integration/device-sim-connection-request.test.ts",
      title: "too many in a minute are answered 503 without a challenge",
    },
  },
  {
    rule: "Failures by their codes",
    file: "device-sim/cpe/download-file.ts",
    find: "status === 401 || status === 403 ? 9012 : 9016",
    replace: "status === 403 ? 9012 : 9016",
    heldBy: { file: "test/integration/device-sim-download.test.ts", title: "${what}: ${faultCode}" },
  },
  {
    rule: "T11: ID in response and fault",
    file: "device-sim/cpe/run-session.ts",
    find: "return this.#postMessage(this.#answer(effect.request), effect.id);",
    replace: "return this.#postMessage(this.#answer(effect.request), this.#newId());",
    heldBy: {
      file: "test/integration/device-sim-conformance.test.ts",
      title: "T11: a fault has the ID of the request too, whatever it looks like",
    },
  },
  {
    rule: "Results, tables of them and their number; void by a new argument, by Requested, Canceled and a restart",
    file: "device-sim/device/diagnostics.ts",
    find: "return { ...tree, volatile, index: withoutResultRows(tree.index, object) };",
    replace: "return { ...tree, volatile };",
    heldBy: { file: "test/unit/device-sim/device/diagnostics.test.ts", title: "a new argument makes the result void: None, and no rows" },
  },
  {
    rule: "A test that runs is stopped: Canceled, a new argument, Requested again, a restart",
    file: "device-sim/gateway/diagnostic-tests.ts",
    find: "      stop.abort();\n",
    replace: "",
    heldBy: { file: "test/integration/device-sim-test-life.test.ts", title: "Canceled takes it back: None, and no event" },
  },
  {
    rule: "NSLookup: a row for each repetition, with its status",
    file: "device-sim/diagnostics/name-lookup.ts",
    find: 'ETIMEOUT: "Error_Timeout"',
    replace: 'ETIMEOUT: "Error_Other"',
    heldBy: {
      file: "test/integration/device-sim-diagnostics.test.ts",
      title: "name lookup: what is not found, not answered or not reached is the row's status, and no error of the test",
    },
  },
  {
    rule: 'TR-143 Download and Upload: times, bytes, errors; "Completed" in TR-098',
    file: "device-sim/diagnostics/timed-transfer.ts",
    find: 'if (NO_ENTRY.has(status)) throw new TestFailure("Error_LoginFailed"',
    replace: 'if (NO_ENTRY.has(status)) throw new TestFailure("Error_NoResponse"',
    heldBy: { file: "test/integration/device-sim-diagnostics.test.ts", title: "transfers that fail: each in its way" },
  },
  {
    rule: "TR-143 UDP echo: server and client, Echo Plus",
    file: "device-sim/gateway/udp-echo-server.ts",
    find: "if (address !== setting(device, `${this.#path}SourceIPAddress`) || ",
    replace: "if (",
    heldBy: {
      file: "test/integration/device-sim-udp-echo.test.ts",
      title: "answers its source only: nobody else is answered or counted, and without a source nobody at all",
    },
  },
  {
    rule: "Server selection: the fastest of at most ten",
    file: "device-sim/diagnostics/response-times.ts",
    find: "summaryOf(a.timesUs).averageUs - summaryOf(b.timesUs).averageUs",
    replace: "summaryOf(a.timesUs).minimumUs - summaryOf(b.timesUs).minimumUs",
    heldBy: {
      file: "test/unit/device-sim/diagnostics/response-times.test.ts",
      title: "the fastest host is the one with the smallest average, not with the fastest answer, and never one without answers",
    },
  },
  {
    rule: "Ping and traceroute of hosts that are silent, lost or without a way",
    file: "device-sim/diagnostics/trace-route.ts",
    find: "if (last?.address === address && last.refusal === undefined)",
    replace: "if (last?.refusal === undefined)",
    heldBy: {
      file: "test/interop/device-sim-network-tests.test.ts",
      title: "${model}: a way that ends somewhere is told as far as it goes: Error_MaxHopCountExceeded",
    },
  },
];
