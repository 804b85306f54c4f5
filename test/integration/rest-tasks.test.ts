import { expect } from "chai";
import type { Task, TaskChange } from "../../acs/tasks/task.js";
import { TASK_LIMITS } from "../../acs/tasks/task.js";
import { taskChanged } from "../../acs/tasks/task-event.js";
import { settle } from "../support/fake-clock.js";
import { type Answer, GATEWAY, GATEWAY_ID, opened, type RestServer, startRestServer } from "../support/rest-server.js";

const TASKS = `/api/devices/${GATEWAY_ID}/tasks`;
const INTERVAL = "Device.ManagementServer.PeriodicInformInterval";

describe("REST: tasks", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
    await server.call("POST", "/api/devices", GATEWAY);
    await server.stores.devices.recordInform({
      deviceId: GATEWAY_ID,
      atMs: server.clock.now(),
      manufacturer: "Example",
      root: "Device.",
      cwmpNamespace: "urn:dslforum-org:cwmp-1-0",
      parameters: [
        { name: INTERVAL, value: { type: "xsd:unsignedInt", text: "300" }, writable: true },
        { name: "Device.DeviceInfo.UpTime", value: { type: "xsd:unsignedInt", text: "1" }, writable: false },
        { name: "Device.Hosts.Host.3.Alias", value: { type: "xsd:string", text: "tv" } },
        { name: "Device.Hosts.Host.3.Port", value: { type: "xsd:unsignedInt", text: "80" } },
        { name: "Device.Hosts.Host.3.Active", value: { type: "xsd:boolean", text: "1" }, writable: false },
      ],
      bootstrap: false,
      cause: { kind: "inform", ref: "2 PERIODIC" },
      newTasks: [],
      diagnosticReadIds: [],
      events: [],
      unknownSettleMs: 1_000,
    });
  });
  after(() => server.close());
  beforeEach(() => server.clock.advance(10)); // ids of different milliseconds sort by age
  afterEach(() => expect(server.failures).to.deep.equal([]));

  const create = (body: unknown, query = ""): Promise<Answer> => server.call("POST", TASKS + query, body);
  const reboot = async (): Promise<Task> => {
    const { body } = await create({ kind: "reboot" });
    return stored(body.id);
  };
  const stored = async (id: string): Promise<Task> => {
    const task = await server.stores.tasks.get(id);
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  };
  /** As the session does it. */
  const move = async (task: Task, to: TaskChange["to"], more: Partial<TaskChange> = {}): Promise<Task> => {
    const change = { to, reason: `test: ${to}`, atMs: server.clock.now(), ...more };
    const moved = await server.stores.tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
    if (typeof moved === "string") throw new Error(moved);
    return moved;
  };
  /** Until the request waits: its timer is the only one. */
  const untilWaiting = async (): Promise<void> => {
    while (server.clock.pending() === 0) await settle();
  };
  /** Until a request has created a task and waits for it. */
  const untilCreated = async (deviceId: string, before?: string): Promise<Task> => {
    for (;;) {
      await settle();
      const [newest] = await server.stores.tasks.list({ deviceId, limit: 1 });
      if (newest === undefined || newest.id === before) continue;
      await untilWaiting();
      return newest;
    }
  };
  /** The status and the fields at fault. */
  const refusal = async (body: unknown): Promise<readonly unknown[]> => {
    const answer = await create(body);
    return [answer.status, ...(answer.body.errors ?? []).map((error: { field: string }) => error.field)];
  };

  describe("rows by alias and wildcard", () => {
    const set = (name: string, value: unknown) => ({ kind: "setParameterValues", values: [{ name, value }] });
    const detailOf = async (body: unknown): Promise<string> => (await create(body)).body.detail;

    it("stores what the tree knows by the alias, with its type, and shows what was asked", async () => {
      const { status, body } = await create(set("Device.Hosts.Host.[tv].Port", 8080));
      expect(status).to.equal(202);
      expect(body.values).to.deep.equal([{ name: "Device.Hosts.Host.3.Port", value: "8080", type: "xsd:unsignedInt" }]);
      expect(body.addressing).to.deep.equal({ by: "tree", asked: ["Device.Hosts.Host.[tv].Port"] });
    });

    it("judges value and access of the row that is meant", async () => {
      expect(await refusal(set("Device.Hosts.Host.[tv].Port", "many"))).to.deep.equal([422, "values[0].value"]);
      expect(await refusal(set("Device.Hosts.Host.[tv].Active", true))).to.deep.equal([422, "values[0].name"]);
    });

    it("looks up anew what an alias means when a task is retried", async () => {
      const { body } = await create(set("Device.Hosts.Host.[tv].Port", 1));
      await move(await stored(body.id), "failed");
      const again = await server.call("POST", `/api/tasks/${body.id}/retry`);
      expect(again.body.addressing).to.deep.equal({ by: "tree", asked: ["Device.Hosts.Host.[tv].Port"] });
      const { lease = 0 } = (await server.stores.devices.get(GATEWAY_ID)) ?? {};
      const renamed = { name: "Device.Hosts.Host.3.Alias", value: { type: "xsd:string", text: "radio" } };
      const record = {
        deviceId: GATEWAY_ID,
        lease,
        atMs: server.clock.now(),
        cause: { kind: "read", ref: "t" },
        completeUnder: null,
      } as const;
      await server.stores.devices.recordTold({ ...record, parameters: [renamed], events: [] });
      const refused = await server.call("POST", `/api/tasks/${body.id}/retry`);
      expect(refused.status).to.equal(409);
      expect(refused.body.detail).to.match(/^values\[0\]\.name means nothing that the tree shows/);
      await server.stores.devices.recordTold({
        ...record,
        parameters: [{ ...renamed, value: { type: "xsd:string", text: "tv" } }],
        events: [],
      });
    });

    it("says of a hostile path what is wrong with it", async () => {
      const bracket = "names[0] has a bracket that is no alias: an alias is a whole segment, like [cpe-1], of at most 64 characters";
      const misplaced = "names[0] has an alias or a wildcard that does not follow the name of a table";
      for (const [name, detail] of [
        ["Device.Hosts.Host.[tv.Port", bracket],
        ["Device.Hosts.Host.[[tv]].Port", bracket],
        [`Device.Hosts.Host.[${"a".repeat(65)}].Port`, bracket],
        ["Device.Hosts.Host.[].Port", bracket],
        ["Device.Hosts.Host.[1tv].Port", "names[0] has an alias that must begin with a letter"],
        ["Device.Hosts.Host.[tv]", "names[0] ends in a row of a table: the path of an object ends in a dot"],
        ["*.Hosts.Host.1.", misplaced],
        ["Device.Hosts.*.*.Port", misplaced],
        [`Device${".*".repeat(10_000)}`, "names[0] has more than 256 characters"],
      ] as const) {
        expect(await detailOf({ kind: "getParameterValues", names: [name] }), name).to.equal(detail);
      }
    });

    it("takes a wildcard only in what is read, and an alias of the device's own never for a new row", async () => {
      const wildcard = "has a wildcard; only what is read may have one";
      expect(await detailOf(set("Device.Hosts.Host.*.Port", 1))).to.equal(`values[0].name ${wildcard}`);
      expect(await detailOf({ kind: "deleteObject", path: "Device.Hosts.Host.*." })).to.equal(`path ${wildcard}`);
      expect(await detailOf({ kind: "addObject", path: "Device.Hosts.Host.[cpe-1]." })).to.match(
        /^path gives an alias that begins with cpe-/,
      );
    });
  });

  describe("creating", () => {
    it("stores a task, answers 202 with it, and tells the wake planner", async () => {
      server.woken.length = 0;
      const { status, headers, body } = await create({ kind: "setParameterValues", values: [{ name: INTERVAL, value: 600 }], priority: 9 });
      expect(status).to.equal(202);
      expect(headers.get("location")).to.equal(`/api/tasks/${body.id}`);
      const now = new Date(server.clock.now()).toISOString();
      expect(body).to.deep.include({
        device: GATEWAY_ID,
        kind: "setParameterValues",
        values: [{ name: INTERVAL, value: "600", type: "xsd:unsignedInt" }],
        state: "queued",
        priority: 9,
        createdAt: now,
        expiresAt: null,
        sends: 0,
        failure: null,
        result: null,
      });
      expect((await stored(body.id)).state).to.equal("queued");
      expect(server.woken).to.deep.equal([GATEWAY_ID]);
      const [event] = await server.stores.events.list({ kinds: ["task-created"], limit: 1 });
      expect(event?.data).to.deep.equal({ taskId: body.id, kind: "setParameterValues", priority: 9 });
    });

    it("takes each kind", async () => {
      const kinds = [
        { kind: "getParameterValues", names: ["Device.DeviceInfo.", INTERVAL] },
        { kind: "refresh", path: "" },
        { kind: "getParameterNames", path: "", nextLevel: false },
        { kind: "getParameterNames", path: INTERVAL, nextLevel: false },
        { kind: "getParameterAttributes", names: [INTERVAL] },
        { kind: "setParameterAttributes", attributes: [{ name: INTERVAL, notification: 1, accessList: ["Subscriber"] }] },
        { kind: "addObject", path: "Device.Bridging.Bridge." },
        { kind: "deleteObject", path: "Device.Bridging.Bridge.1." },
        { kind: "reboot" },
        { kind: "factoryReset" },
        { kind: "scheduleInform", delayS: 60 },
        { kind: "upload", fileType: "2 Vendor Log File", url: "http://files.example/in" },
        { kind: "cancelTransfer", commandKey: "01kdvdnkzce0m1d64e07kc0txr" },
        { kind: "getQueuedTransfers" },
        { kind: "getRpcMethods" },
        { kind: "changeDUState", operations: [{ operation: "Install", url: "http://files.example/unit" }] },
        {
          ...{ kind: "scheduleDownload", url: "http://files.example/fw.bin", fileType: "1 Firmware Upgrade Image" },
          windows: [{ startS: 0, endS: 3600, mode: "3 When Idle" }],
        },
        { kind: "download", url: "http://files.example/fw.bin", fileType: "1 Firmware Upgrade Image", fileSizeBytes: 1000 },
      ];
      for (const order of kinds) {
        const { status, body } = await create(order);
        expect([status, body.kind], JSON.stringify(body)).to.deep.equal([202, order.kind]);
      }
    });

    it("names the field that is wrong, for each kind", async () => {
      expect(await refusal({ kind: "setParameterAttributes", attributes: [{ name: INTERVAL, notification: 9 }] })).to.deep.equal([
        422,
        "attributes[0].notification",
      ]);
      expect(await refusal({ kind: "getParameterNames", path: INTERVAL })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "getParameterNames", path: "Device..Time." })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "addObject", path: "Device.Bridging.Bridge" })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "deleteObject", path: "Device.Bridging.Bridge." })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "scheduleInform", delayS: 0 })).to.deep.equal([422, "delayS"]);
      expect(await refusal({ kind: "scheduleInform" })).to.deep.equal([422, "delayS"]);
      expect(await refusal({ kind: "upload", fileType: "9 Holiday Photos", url: "http://files.example/" })).to.deep.equal([
        422,
        "fileType",
      ]);
      expect(await refusal({ kind: "cancelTransfer", commandKey: "" })).to.deep.equal([422, "commandKey"]);
      expect(await refusal({ kind: "factoryReset", path: "" })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "changeDUState", operations: [{ operation: "Explode" }] })).to.deep.equal([
        422,
        "operations[0].operation",
      ]);
      expect(await refusal({ kind: "setParameterValues", values: [{ name: INTERVAL, value: 1 }], onFault: "ignore" })).to.deep.equal([
        422,
        "onFault",
      ]);
    });

    it("seals the passwords of uploads and software modules, and shows none", async () => {
      const upload = await create({
        kind: "upload",
        fileType: "2 Vendor Log File",
        url: "http://files.example/",
        username: "gw",
        password: "correct horse",
      });
      expect(upload.body).to.deep.include({ username: "gw", password: null, hidden: true });
      const units = await create({
        kind: "changeDUState",
        operations: [{ operation: "Install", url: "http://files.example/u", password: "correct horse" }],
      });
      expect(units.body.operations[0]).to.include({ password: null, hidden: true });
      for (const { body } of [upload, units]) {
        expect(JSON.stringify((await server.call("GET", `/api/tasks/${body.id}`)).body)).not.to.match(/correct horse|v1:/);
        expect(JSON.stringify((await stored(body.id)).order)).not.to.include("correct horse");
      }
      const { order } = await stored(upload.body.id);
      expect(order.kind === "upload" ? opened(order.password, GATEWAY_ID) : "").to.equal("correct horse");
    });

    it("takes a file of the catalogue, with what the catalogue knows of it", async () => {
      const query = "name=fw.bin&fileType=1%20Firmware%20Upgrade%20Image&model=HG1&version=2.0";
      const { body: file } = await server.call("POST", `/api/files?${query}`, Buffer.from("firmware"));
      const { status, body } = await create({ kind: "download", catalogueId: file.id });
      expect(status).to.equal(202);
      expect(body.file).to.deep.equal({
        fileType: "1 Firmware Upgrade Image",
        catalogueId: file.id,
        fileSizeBytes: 8,
        targetFileName: "",
        version: "2.0",
      });
    });

    it("counts the expiry from now, or takes a time", async () => {
      const inSeconds = await create({ kind: "reboot", expiresInS: 60 });
      expect(Date.parse(inSeconds.body.expiresAt)).to.equal(server.clock.now() + 60_000);
      const atTime = await create({ kind: "reboot", expiresAt: "2031-01-01T02:00:00+02:00" });
      expect(atTime.body.expiresAt).to.equal("2031-01-01T00:00:00.000Z");
    });

    it("seals secret values before they are stored, and shows none, not even to who wrote it", async () => {
      const values = [{ name: "Device.WiFi.AccessPoint.1.Security.KeyPassphrase", value: "correct horse" }];
      const { body } = await create({ kind: "setParameterValues", values });
      expect(body.values).to.deep.equal([{ name: values[0]?.name, value: null, type: "xsd:string", hidden: true }]);
      const again = await server.call("GET", `/api/tasks/${body.id}`);
      expect(JSON.stringify(again.body)).not.to.include("correct horse");
      const { order } = await stored(body.id);
      const kept = order.kind === "setParameterValues" ? order.values[0] : undefined;
      expect(kept?.value).not.to.include("correct horse");
      expect(opened(kept?.value, GATEWAY_ID)).to.equal("correct horse");
    });

    it("names the field of each refusal with 422", async () => {
      const set = (...values: readonly object[]) => ({ kind: "setParameterValues", values });
      expect(await refusal({})).to.deep.equal([422, "kind"]);
      expect(await refusal({ kind: "explode" })).to.deep.equal([422, "kind"]);
      expect(await refusal({ kind: "provision", periodicInformIntervalS: 1 })).to.deep.equal([422, "kind"]);
      expect(await refusal({ kind: "getParameterValues" })).to.deep.equal([422, "names"]);
      expect(await refusal({ kind: "getParameterValues", names: [] })).to.deep.equal([422, "names"]);
      expect(await refusal({ kind: "getParameterValues", names: ["Device.X", 5] })).to.deep.equal([422, "names[1]"]);
      expect(await refusal({ kind: "getParameterValues", names: ["Device.X", ""] })).to.deep.equal([422, "names[1]"]);
      expect(await refusal({ kind: "getParameterValues", names: Array(1_001).fill("Device.X") })).to.deep.equal([422, "names"]);
      expect(await refusal(set({ name: "Device.X" }))).to.deep.equal([422, "values[0].value"]);
      expect(await refusal(set({ name: "Device.X", value: 1.5 }))).to.deep.equal([422, "values[0].value"]);
      expect(await refusal(set({ name: "Device.X", value: null }))).to.deep.equal([422, "values[0].value"]);
      expect(await refusal(set({ name: "Device.X.", value: "1" }))).to.deep.equal([422, "values[0].name"]);
      expect(await refusal(set({ name: INTERVAL, value: "soon" }))).to.deep.equal([422, "values[0].value"]);
      expect(await refusal(set({ name: INTERVAL, value: "1", type: "xsd:string" }))).to.deep.equal([422, "values[0].type"]);
      expect(await refusal(set({ name: "Device.DeviceInfo.UpTime", value: "1" }))).to.deep.equal([422, "values[0].name"]);
      expect(await refusal(set({ name: "Device.X", value: "1", typo: 1 }))).to.deep.equal([422, "values[0].typo"]);
      expect(await refusal(set({ name: "Device.X", value: "1" }, { name: "Device.X", value: "2" }))).to.deep.equal([422, "values[1].name"]);
      expect(await refusal({ kind: "refresh", path: "Device" })).to.deep.equal([422, "path"]);
      expect(await refusal({ kind: "download" })).to.deep.equal([422, "catalogueId"]);
      expect(await refusal({ kind: "download", catalogueId: "none" })).to.deep.equal([422, "catalogueId"]);
      expect(await refusal({ kind: "download", url: "ftp://u:p@x/" })).to.deep.equal([422, "url", "fileType"]);
      expect(await refusal({ kind: "reboot", priority: 10 })).to.deep.equal([422, "priority"]);
      expect(await refusal({ kind: "reboot", priority: "5" })).to.deep.equal([422, "priority"]);
      expect(await refusal({ kind: "reboot", expiresInS: 0 })).to.deep.equal([422, "expiresInS"]);
      expect(await refusal({ kind: "reboot", expiresAt: "2001-01-01T00:00:00Z" })).to.deep.equal([422, "expiresAt"]);
      expect(await refusal({ kind: "reboot", expiresAt: "tomorrow" })).to.deep.equal([422, "expiresAt"]);
      expect(await refusal({ kind: "reboot", expiresAt: "2031-01-01T00:00:00Z", expiresInS: 5 })).to.deep.equal([422, "expiresAt"]);
      expect(await refusal({ kind: "reboot", unknown: true })).to.deep.equal([422, "unknown"]);
    });

    it("tells the wake planner nothing of a task that was refused", async () => {
      server.woken.length = 0;
      await create({ kind: "explode" });
      expect(server.woken).to.deep.equal([]);
    });

    it("answers 404 for a device that is not there", async () => {
      expect((await server.call("POST", "/api/devices/none/tasks", { kind: "reboot" })).status).to.equal(404);
    });

    it("refuses a task over the limit of the device with 409", async () => {
      await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber: "FULL" });
      const deviceId = "00D09E-HG1-FULL";
      const task = { deviceId, order: { kind: "reboot" }, priority: 5, createdAtMs: server.clock.now(), expiresAtMs: null } as const;
      const adding = Array.from({ length: TASK_LIMITS.openPerDeviceMax }, (_, i) =>
        server.stores.tasks.add({ ...task, id: `00full${i}` }, []),
      );
      await Promise.all(adding);
      const { status, body } = await server.call("POST", `/api/devices/${deviceId}/tasks`, { kind: "reboot" });
      expect([status, body.detail]).to.deep.equal([409, "the device has 1000 unfinished tasks already"]);
    });
  });

  describe("waiting", () => {
    it("answers when the task ends", async () => {
      const task = await reboot();
      const answer = server.call("GET", `/api/tasks/${task.id}?wait=60`);
      await untilWaiting();
      const sent = await move(task, "sent", { sends: true });
      await move(sent, "done", { result: { ok: true } });
      const { status, body } = await answer;
      expect([status, body.state, body.result, body.sends]).to.deep.equal([200, "done", { ok: true }, 1]);
      expect(server.clock.pending()).to.equal(0);
    });

    it("answers with the task as it is when the time is over", async () => {
      const task = await reboot();
      const answer = server.call("GET", `/api/tasks/${task.id}?wait=5`);
      await untilWaiting();
      await server.clock.advance(5_000);
      const { status, body } = await answer;
      expect([status, body.state]).to.deep.equal([200, "queued"]);
    });

    it("answers at once for a task that has ended", async () => {
      const task = await reboot();
      await move(task, "cancelled");
      expect((await server.call("GET", `/api/tasks/${task.id}?wait=60`)).body.state).to.equal("cancelled");
    });

    it("creates and waits in one call: 200 when the task ended, 202 when it did not", async () => {
      const earlier = await reboot();
      await server.clock.advance(10);
      const late = create({ kind: "reboot" }, "?wait=5");
      const first = await untilCreated(GATEWAY_ID, earlier.id);
      await server.clock.advance(5_000);
      expect((await late).status).to.equal(202);
      const answer = create({ kind: "reboot" }, "?wait=60");
      const second = await untilCreated(GATEWAY_ID, first.id);
      await move(await move(second, "sent"), "failed", { failure: { code: "protocol", detail: "no answer" } });
      const { status, body } = await answer;
      expect([status, body.state, body.failure]).to.deep.equal([200, "failed", { code: "protocol", detail: "no answer" }]);
    });

    it("answers 404 when the device is removed meanwhile", async () => {
      await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber: "GONE" });
      const answer = server.call("POST", "/api/devices/00D09E-HG1-GONE/tasks?wait=60", { kind: "reboot" });
      await untilCreated("00D09E-HG1-GONE");
      await server.call("DELETE", "/api/devices/00D09E-HG1-GONE");
      const { status, body } = await answer;
      expect([status, body.detail]).to.deep.equal([404, "the device was removed, and the task with it"]);
    });

    it("stops waiting for a caller that has gone", async () => {
      const task = await reboot();
      const abort = new AbortController();
      const gone = fetch(`${server.origin}/api/tasks/${task.id}?wait=60`, {
        headers: { Authorization: `Bearer ${server.token}` },
        signal: abort.signal,
      }).catch(() => undefined);
      await untilWaiting();
      abort.abort();
      await gone;
      while (server.clock.pending() > 0) await settle();
    });

    it("refuses to wait longer than 60 seconds", async () => {
      const { status, body } = await server.call("GET", "/api/tasks/x?wait=61");
      expect([status, body.errors[0].field]).to.deep.equal([422, "wait"]);
    });
  });

  describe("listing", () => {
    it("lists tasks newest first, by state, page by page", async () => {
      await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber: "LIST" });
      const path = "/api/devices/00D09E-HG1-LIST/tasks";
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        await server.clock.advance(10);
        ids.unshift((await server.call("POST", path, { kind: "reboot" })).body.id);
      }
      await move(await stored(ids[2] ?? ""), "cancelled");
      const list = async (query: string) => (await server.call("GET", `${path}?${query}`)).body;
      const shown = (body: { tasks: { id: string }[] }): string[] => body.tasks.map(({ id }) => id);
      expect(shown(await list(""))).to.deep.equal(ids);
      expect(shown(await list("state=cancelled,done"))).to.deep.equal([ids[2]]);
      const first = await list("limit=2&state=queued");
      expect(shown(first)).to.deep.equal([ids[0], ids[1]]);
      const rest = await list(`limit=2&state=queued&before=${first.next}`);
      expect([shown(rest), rest.next]).to.deep.equal([[ids[3], ids[4]], null]);
      expect(shown((await server.call("GET", "/api/tasks?limit=1")).body)).to.deep.equal([ids[0]]);
    });

    it("refuses states that are none, and devices that are not there", async () => {
      expect((await server.call("GET", `${TASKS}?state=queued,open`)).body.errors[0].field).to.equal("state");
      expect((await server.call("GET", "/api/devices/none/tasks")).status).to.equal(404);
      expect((await server.call("GET", "/api/tasks/none")).status).to.equal(404);
    });
  });

  describe("cancelling", () => {
    it("cancels a queued task, with an event", async () => {
      const task = await reboot();
      const { status, body } = await server.call("POST", `/api/tasks/${task.id}/cancel`);
      expect([status, body.state, body.reason]).to.deep.equal([200, "cancelled", "cancelled over REST"]);
      const [event] = await server.stores.events.list({ kinds: ["task-changed"], limit: 1 });
      expect(event?.data).to.deep.include({ taskId: task.id, from: "queued", to: "cancelled" });
    });

    it("refuses to cancel what is on its way or over, and says its state", async () => {
      const task = await reboot();
      const sent = await move(task, "sent");
      const { status, body } = await server.call("POST", `/api/tasks/${task.id}/cancel`);
      expect([status, body.detail]).to.deep.equal([409, "only a queued task can be cancelled; this one is sent"]);
      await move(sent, "done");
      expect((await server.call("POST", `/api/tasks/${task.id}/cancel`)).body.detail).to.include("this one is done");
      expect((await server.call("POST", "/api/tasks/none/cancel")).status).to.equal(404);
    });

    it("tells the truth in a race with the device's session: one of both wins", async () => {
      const task = await reboot();
      const change = { to: "sent", reason: "race", atMs: server.clock.now(), sends: true } as const;
      const [cancelled, sent] = await Promise.all([
        server.call("POST", `/api/tasks/${task.id}/cancel`),
        server.stores.tasks.change(task.id, task.revision, change, { events: [] }),
      ]);
      const { state } = await stored(task.id);
      expect([cancelled.status === 200, sent === "stale", state]).to.be.deep.oneOf([
        [true, true, "cancelled"],
        [false, false, "sent"],
      ]);
    });
  });

  describe("retrying", () => {
    it("makes a new task of the same order, with as much time as the first", async () => {
      const { body: first } = await create({ kind: "refresh", path: "Device.Time.", priority: 8, expiresInS: 60 });
      await server.clock.advance(30_000);
      await move(await stored(first.id), "cancelled");
      server.woken.length = 0;
      const { status, body } = await server.call("POST", `/api/tasks/${first.id}/retry`);
      expect(status).to.equal(202);
      expect(body.id).not.to.equal(first.id);
      expect(body).to.include({ kind: "refresh", path: "Device.Time.", priority: 8, state: "queued" });
      expect(Date.parse(body.expiresAt)).to.equal(server.clock.now() + 60_000);
      expect(server.woken).to.deep.equal([GATEWAY_ID]);
    });

    it("refuses to retry what has not failed", async () => {
      const task = await reboot();
      const { status, body } = await server.call("POST", `/api/tasks/${task.id}/retry`);
      expect([status, body.detail]).to.deep.equal([409, "only a task that failed can be retried; this one is queued"]);
      await move(task, "done");
      expect((await server.call("POST", `/api/tasks/${task.id}/retry`)).status).to.equal(409);
    });

    it("refuses to retry a download whose file is gone", async () => {
      const query = "name=old.bin&fileType=2%20Web%20Content";
      const { body: file } = await server.call("POST", `/api/files?${query}`, Buffer.from("web"));
      const { body } = await create({ kind: "download", catalogueId: file.id });
      await server.call("POST", `/api/tasks/${body.id}/cancel`);
      await server.call("DELETE", `/api/files/${file.id}`);
      const retry = await server.call("POST", `/api/tasks/${body.id}/retry`);
      expect([retry.status, retry.body.detail]).to.deep.equal([409, "its file is no longer in the catalogue"]);
    });
  });
});
