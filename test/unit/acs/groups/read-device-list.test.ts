/**
 * Device ids out of a CSV.
 * Layer: unit test.
 */
import { expect } from "chai";
import { GROUP_LIMITS } from "../../../../acs/groups/group.js";
import { DEVICE_LIST_LIMITS, readDeviceList } from "../../../../acs/groups/read-device-list.js";

const idsOf = (csv: string): readonly string[] => {
  const list = readDeviceList(csv, "devices.csv");
  if ("errors" in list) throw new Error(JSON.stringify(list.errors));
  return list.ids;
};
const faultOf = (csv: string): string => {
  const list = readDeviceList(csv, "devices.csv");
  return "errors" in list ? `${list.errors[0]?.field} ${list.errors[0]?.detail}` : "";
};

describe("a list of devices as CSV (RFC 4180)", () => {
  it("is a device on each line, with any line ends, empty lines left out, order and repetitions kept", () => {
    expect(idsOf("b\na\r\n\r\nb\r c \n")).to.deep.equal(["b", "a", "b", "c"]);
    expect(idsOf("")).to.deep.equal([]);
    expect(idsOf("\ufeffa\nb")).to.deep.equal(["a", "b"]);
  });

  it("takes the first of several columns, or the one that is headed device or id", () => {
    expect(idsOf("a,Anna\nb,Bert")).to.deep.equal(["a", "b"]);
    expect(idsOf("Name;Device\nAnna;a\nBert;b\n")).to.deep.equal(["a", "b"]);
    expect(idsOf("id\tplace\na\tBonn")).to.deep.equal(["a"]);
    expect(idsOf("name,id\nAnna")).to.deep.equal([]);
    expect(idsOf("\r\n\nName;Device\nAnna;a\n")).to.deep.equal(["a"]);
    expect(idsOf("a\nid\nb")).to.deep.equal(["a", "id", "b"]);
  });

  it("reads quoted fields, with separators, quotes and line ends in them", () => {
    expect(idsOf('note,id\n"one, ""two""\nthree","a"\n,b')).to.deep.equal(["a", "b"]);
  });

  it("says where a quote is not closed, or stands where none may", () => {
    expect(faultOf('a\nb\n"c\nd')).to.match(/^devices\.csv has on line 3 a quote/);
    expect(faultOf('a\n"b"x\n')).to.match(/on line 2 a quote/);
    expect(faultOf(`a\n${"x".repeat(5_000)}`)).to.match(/on line 2 .*too long/);
    expect(faultOf(`"${'""'.repeat(5_000)}`)).to.match(/on line 1 .*too long/);
  });

  it("refuses more devices than a group may have", () => {
    expect(faultOf("a\n".repeat(GROUP_LIMITS.membersMax + 1))).to.equal("devices.csv names more than 100000 devices");
  });

  it("refuses more lines or fields than it can hold, empty ones too", () => {
    expect(faultOf("\n".repeat(DEVICE_LIST_LIMITS.linesMax))).to.equal("devices.csv has more than 200000 lines");
    expect(faultOf(`a\n${",".repeat(DEVICE_LIST_LIMITS.fieldsPerLineMax)}\n`)).to.match(/on line 2 .*too many/);
  });

  it("takes time in proportion to its length, whatever is in it: no work is done twice", () => {
    for (const piece of ['"', '""', ",", "\n", '"a', "a\r"]) readDeviceList(piece.repeat(50_000), "devices.csv");
  });
});
