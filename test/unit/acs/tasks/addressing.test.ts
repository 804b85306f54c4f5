/**
 * Aliases and wildcards in what is asked for: as they are, resolved, or refused.
 * Spec: TR-069 3.6.1, 3.6.2; docs/decisions/0015-aliases-and-wildcards.md. Layer: unit.
 */
import { expect } from "chai";
import { knownRows } from "../../../../acs/devices/path-expansion.js";
import {
  ADDRESS_LIMITS,
  type AddressKnowledge,
  addressOrder,
  asAsked,
  NOTHING_KNOWN,
  subtreesToKnow,
} from "../../../../acs/tasks/addressing.js";
import type { TaskOrder } from "../../../../acs/tasks/task.js";

const rows = knownRows(
  ["D.X.1.P", "D.X.1.Alias", "D.X.2.P", "D.X.2.Alias"],
  new Map([
    ["D.X.1.Alias", "a"],
    ["D.X.2.Alias", "b"],
  ]),
);
const TREE: AddressKnowledge = { ...NOTHING_KNOWN, ...rows, takesAliases: false, takesWildcards: false, server: "D.ManagementServer." };
const NEW: AddressKnowledge = { ...TREE, takesAliases: true, takesWildcards: true };
const read = (...names: readonly string[]): TaskOrder => ({ kind: "getParameterValues", names });
const set = (...names: readonly string[]): TaskOrder => ({
  kind: "setParameterValues",
  values: names.map((name) => ({ name, value: "1", type: "xsd:string" })),
});
const faults = (order: TaskOrder, knowledge = TREE): readonly string[] => {
  const checked = addressOrder(order, knowledge);
  return "errors" in checked ? checked.errors.map(({ field, detail }) => `${field} ${detail}`) : [];
};

describe("acs/tasks/addressing", () => {
  it("an order with neither alias nor wildcard stays as it is", () => {
    expect(addressOrder(read("D.X.1.P"), TREE)).to.deep.equal({ order: read("D.X.1.P") });
  });
  it("is sent as it is to a device that takes what is in it", () => {
    const asked = ["D.X.[a].P", "D.X.*.P"];
    const addressing = { by: "device", asked, inTree: { "D.X.[a].P": "D.X.1.P" } };
    expect(addressOrder(read(...asked), NEW)).to.deep.equal({ order: { ...read(...asked), addressing } });
  });
  it("else each alias becomes the row that the tree knows by it, and the Alias is to be looked at again", () => {
    const addressing = { by: "tree", asked: ["D.X.[b].P", "D.Z"], aliases: { "D.X.2.Alias": "b" } };
    expect(addressOrder(set("D.X.[b].P", "D.Z"), TREE)).to.deep.equal({ order: { ...set("D.X.2.P", "D.Z"), addressing } });
  });
  it("else a wildcard becomes all rows that the tree knows, each once", () => {
    const checked = addressOrder(read("D.X.*.P", "D.X.[a].P"), { ...TREE, takesAliases: true });
    expect(checked).to.have.nested.property("order.names").that.deep.equals(["D.X.1.P", "D.X.2.P"]);
    expect(checked).to.have.nested.property("order.addressing.by", "tree");
  });
  it("what is not known is refused, with the field, the reason and what to refresh", () => {
    expect(faults(read("D.X.1.P", "D.X.[c].P"))).to.deep.equal([
      "names[1] means nothing that the tree shows, and D.ManagementServer.AliasBasedAddressing is false: refresh D.X. first",
    ]);
    expect(faults(read("D.Z.*.P"), { ...TREE, takesWildcards: null })).to.deep.equal([
      "names[0] means nothing that the tree shows, and D.ManagementServer.InstanceWildcardsSupported is not known: refresh D.Z. first",
    ]);
  });
  it("two names of one parameter are refused where each may be set once only", () => {
    expect(faults(set("D.X.1.P", "D.X.[a].P"))).to.deep.equal(["values[1].name is the same as values[0].name"]);
  });
  it("a row can't be added by alias to a device that takes none; into a table below an alias it can", () => {
    expect(faults({ kind: "addObject", path: "D.X.[new]." })).to.deep.equal([
      "path gives the new instance an alias, but D.ManagementServer.AliasBasedAddressing is false; add to the table and set Alias of what it made",
    ]);
    expect(addressOrder({ kind: "addObject", path: "D.X.[a].Y." }, TREE)).to.have.nested.property("order.path", "D.X.1.Y.");
  });
  it("a path that means several is refused where one is needed", () => {
    expect(faults({ kind: "refresh", path: "D.X.*." })).to.deep.equal(["path means several: D.X.1., D.X.2.; make a task of each"]);
  });
  it("has a limit of what all names mean together, and of what is looked through for them", () => {
    const many = knownRows(Array.from({ length: 600 }, (_, i) => [`D.X.${i + 1}.P`, `D.X.${i + 1}.Q`]).flat(), new Map());
    expect(faults(read("D.X.*.P", "D.X.*.Q"), { ...TREE, ...many })).to.deep.equal(["names has more than 1000 entries"]);
    const names = Array.from({ length: ADDRESS_LIMITS.subtreesPerOrderMax + 1 }, (_, i) => `D.T${i}.[a].P`);
    expect(faults(read(...names))[0]).to.match(/^names has aliases or wildcards below more than 64 different objects/);
  });
  it("looks through each subtree once, the outer one for an inner", () => {
    expect(subtreesToKnow(["D.X.[a].P", "D.X.*.Q", "D.X.1.Y.[b].R", "D.Z.1"])).to.deep.equal(["D.X."]);
  });
  it("says which rows a device that makes its own may create", () => {
    const checked = addressOrder(set("D.X.[a].P", "D.X.[new].P", "D.X.[new].Q"), { ...NEW, createsRows: true });
    expect(checked).to.have.nested.property("order.addressing.mayCreate").that.deep.equals(["D.X.[new]."]);
  });
  it("gives back the order as it was asked for", () => {
    for (const order of [set("D.X.[b].P"), read("D.X.*.P", "D.X.1.P"), { kind: "deleteObject", path: "D.X.[a]." } as const]) {
      for (const knowledge of [TREE, NEW]) {
        const checked = addressOrder(order, knowledge);
        expect("order" in checked && asAsked(checked.order)).to.deep.equal(order);
      }
    }
  });
});
