/** Sizes of arguments: what the ACS must not send never becomes a message. Layer: test. */
import { expect } from "chai";
import { type AcsMessage, type DeviceMessage, writeAcsMessage, writeDeviceMessage } from "../../../../acs/cwmp/messages.js";
import { checkEntries, int, sized, unsignedInt, whole } from "../../../../acs/cwmp/sizes.js";

const TRANSFER = { commandKey: "", fileType: "", url: "", username: "", password: "" } as const;
const FILE = { ...TRANSFER, fileSizeBytes: 0, targetFileName: "" } as const;
const WINDOW = { startS: 0, endS: 60, mode: "2 Immediately", userMessage: "", maxRetries: 0 } as const;
const install = { operation: "Install", url: "", uuid: "", username: "", password: "", executionEnvRef: "" } as const;
const update = { operation: "Update", uuid: "", version: "", url: "", username: "", password: "" } as const;

/** Each argument that has a size: the message that holds a text there, and how many characters it may have. TR-069 A.3, A.4. */
const TEXTS: Readonly<Record<string, readonly [(text: string) => AcsMessage, number]>> = {
  "SetParameterValues ParameterKey": [(parameterKey) => ({ kind: "SetParameterValues", values: [], parameterKey }), 32],
  "SetParameterAttributes AccessList": [
    (entry) => ({ kind: "SetParameterAttributes", parameters: [{ name: "Device.", accessList: [entry] }] }),
    64,
  ],
  "AddObject ObjectName": [(text) => ({ kind: "AddObject", objectName: `${text.slice(1)}.`, parameterKey: "" }), 256],
  "AddObject ParameterKey": [(parameterKey) => ({ kind: "AddObject", objectName: "Device.", parameterKey }), 32],
  "DeleteObject ObjectName": [(text) => ({ kind: "DeleteObject", objectName: `${text.slice(1)}.`, parameterKey: "" }), 256],
  "DeleteObject ParameterKey": [(parameterKey) => ({ kind: "DeleteObject", objectName: "Device.", parameterKey }), 32],
  "Reboot CommandKey": [(commandKey) => ({ kind: "Reboot", commandKey }), 32],
  "ScheduleInform CommandKey": [(commandKey) => ({ kind: "ScheduleInform", delayS: 1, commandKey }), 32],
  "CancelTransfer CommandKey": [(commandKey) => ({ kind: "CancelTransfer", commandKey }), 32],
  "GetOptions OptionName": [(optionName) => ({ kind: "GetOptions", optionName }), 64],
  "KickedResponse NextURL": [(nextUrl) => ({ kind: "KickedResponse", nextUrl }), 1_024],
  ...ofTransfer("Download", (given) => ({ kind: "Download", ...FILE, delayS: 0, successUrl: "", failureUrl: "", ...given }), {
    targetFileName: 256,
    successUrl: 256,
    failureUrl: 256,
  }),
  ...ofTransfer("ScheduleDownload", (given) => ({ kind: "ScheduleDownload", ...FILE, timeWindows: [WINDOW], ...given }), {
    targetFileName: 256,
  }),
  ...ofTransfer("Upload", (given) => ({ kind: "Upload", ...TRANSFER, delayS: 0, ...given }), {}),
  "ScheduleDownload WindowMode": [(mode) => ({ kind: "ScheduleDownload", ...FILE, timeWindows: [{ ...WINDOW, mode }] }), 64],
  "ScheduleDownload UserMessage": [
    (userMessage) => ({ kind: "ScheduleDownload", ...FILE, timeWindows: [WINDOW, { ...WINDOW, userMessage }] }),
    256,
  ],
  "ChangeDUState CommandKey": [(commandKey) => ({ kind: "ChangeDUState", operations: [install], commandKey }), 32],
  "ChangeDUState Install URL": [(url) => ({ kind: "ChangeDUState", operations: [{ ...install, url }], commandKey: "" }), 1_024],
  "ChangeDUState Update Version": [(version) => ({ kind: "ChangeDUState", operations: [{ ...update, version }], commandKey: "" }), 32],
  "ChangeDUState Update UUID": [(uuid) => ({ kind: "ChangeDUState", operations: [{ ...update, uuid }], commandKey: "" }), 36],
};

function ofTransfer(kind: string, make: (given: Readonly<Record<string, string>>) => AcsMessage, more: Readonly<Record<string, number>>) {
  const sizes = { commandKey: 32, fileType: 64, url: 256, username: 256, password: 256, ...more };
  return Object.fromEntries(
    Object.entries(sizes).map(([field, most]) => [`${kind} ${field}`, [(text: string) => make({ [field]: text }), most] as const]),
  );
}

describe("sizes of arguments (TR-069 A.3, A.4)", () => {
  for (const [argument, [make, most]] of Object.entries(TEXTS)) {
    it(`${argument} has at most ${most} characters`, () => {
      expect(() => writeAcsMessage(make("k".repeat(most)))).to.not.throw();
      expect(() => writeAcsMessage(make("k".repeat(most + 1)))).to.throw(RangeError, `more than ${most} characters`);
    });
  }

  it("a character outside of plane 0 counts as one", () => {
    expect(() => sized("CommandKey", "𝄞".repeat(32), 32)).to.not.throw();
    expect(() => sized("CommandKey", "𝄞".repeat(33), 32)).to.throw(RangeError);
    expect(() => sized("CommandKey", `${"𝄞".repeat(31)}kk`, 32)).to.throw(RangeError);
  });

  it("a device echoes what is too long: its writers refuse nothing", () => {
    const commandKey = "k".repeat(40);
    const complete: DeviceMessage = {
      kind: "TransferComplete",
      commandKey,
      fault: { faultCode: 0, faultString: "" },
      startTime: "",
      completeTime: "",
    };
    expect(() => writeDeviceMessage(complete)).to.not.throw();
  });

  it("an object's name ends with a dot", () => {
    for (const kind of ["AddObject", "DeleteObject"] as const)
      expect(() => writeAcsMessage({ kind, objectName: "Device.Users.User", parameterKey: "" })).to.throw(RangeError, "dot");
  });

  it("numbers are whole and of 32 bits", () => {
    expect([unsignedInt("n", 0).text, unsignedInt("n", 4_294_967_295).text]).to.deep.equal(["0", "4294967295"]);
    for (const value of [-1, 4_294_967_296, 0.5, Number.NaN]) expect(() => unsignedInt("n", value), String(value)).to.throw(RangeError);
    expect([int("n", -2_147_483_648).text, int("n", 2_147_483_647).text]).to.deep.equal(["-2147483648", "2147483647"]);
    for (const value of [-2_147_483_649, 2_147_483_648, 0.5]) expect(() => int("n", value), String(value)).to.throw(RangeError);
    expect(() => whole("Notification", 7, 0, 6)).to.throw(RangeError, "from 0 to 6, not 7");
  });

  it("lists have as many entries as the standard wants", () => {
    expect(() => checkEntries("list", 1, 1)).to.not.throw();
    expect(() => checkEntries("list", 0, 1)).to.throw(RangeError, "1 or more");
    expect(() => checkEntries("list", 3, 1, 2)).to.throw(RangeError, "1 to 2");
    const empty: readonly AcsMessage[] = [
      { kind: "SetParameterAttributes", parameters: [] },
      { kind: "SetVouchers", vouchers: [] },
      { kind: "ChangeDUState", operations: [], commandKey: "" },
      { kind: "ScheduleDownload", ...FILE, timeWindows: [] },
      { kind: "ScheduleDownload", ...FILE, timeWindows: [WINDOW, WINDOW, WINDOW] },
    ];
    for (const message of empty) expect(() => writeAcsMessage(message), message.kind).to.throw(RangeError, "entries");
  });
});
