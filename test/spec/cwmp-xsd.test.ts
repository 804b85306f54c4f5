/**
 * All that the codec writes, of both sides, is valid by the schemas of CWMP 1.0 to 1.4: ours, and the Broadband Forum's where they are at hand.
 * Spec: TR-069 A.3, A.4, A.6; SOAP 1.1. Layer: test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Envelope, writeAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { scanXml } from "../../acs/cwmp/scan-xml.js";
import { attribute, type Element } from "../../acs/cwmp/xml.js";
import { envelope, inform, MessageGenerator } from "../support/cwmp-messages.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";
import { filesBelow, repositoryPath, sharedPath } from "../support/shared-data.js";
import { compileSchema, type Schema, type SchemaFiles } from "../support/validate-xsd.js";

const VERSIONS = ["1-0", "1-1", "1-2", "1-3", "1-4"] as const;
type Version = (typeof VERSIONS)[number];
const NAMESPACE: Readonly<Record<Version, string>> = {
  "1-0": "urn:dslforum-org:cwmp-1-0",
  "1-1": "urn:dslforum-org:cwmp-1-1",
  "1-2": "urn:dslforum-org:cwmp-1-2",
  "1-3": "urn:dslforum-org:cwmp-1-2",
  "1-4": "urn:dslforum-org:cwmp-1-2",
};
/** The messages that 1.0 does not have. TR-069 A.4, CWMP versions. */
const SINCE: Readonly<Record<string, Version>> = {
  GetAllQueuedTransfers: "1-1",
  AutonomousTransferComplete: "1-1",
  ScheduleDownload: "1-2",
  CancelTransfer: "1-2",
  ChangeDUState: "1-2",
  DUStateChangeComplete: "1-2",
  AutonomousDUStateChangeComplete: "1-2",
};
const RUNS_PER_MESSAGE = 4;

const FOLDER = "schemas/xsd";
const OURS = "https://schemas.example/xsd/";
const FORUM = "http://www.broadband-forum.org/cwmp/";
const SOAP: SchemaFiles = {
  "http://schemas.xmlsoap.org/soap/envelope/": repositoryPath(`${FOLDER}/soap-envelope.xsd`),
  "http://schemas.xmlsoap.org/soap/encoding/": repositoryPath(`${FOLDER}/soap-encoding.xsd`),
};

function ourFiles(): SchemaFiles {
  return Object.fromEntries(filesBelow(repositoryPath(FOLDER)).map((file) => [OURS + file, repositoryPath(`${FOLDER}/${file}`)]));
}

function forumFiles(): SchemaFiles | undefined {
  const folder = sharedPath("data/bbf");
  if (folder === undefined) return undefined;
  return {
    ...SOAP,
    ...Object.fromEntries(VERSIONS.map((version) => [`${FORUM}cwmp-${version}.xsd`, join(folder, `cwmp-${version}.xsd`)])),
  };
}

interface Written {
  readonly name: string;
  readonly kind: string;
  readonly namespace: string;
  readonly xml: string;
}

type Sent =
  | { readonly from: "device"; readonly envelope: Envelope<DeviceMessage> }
  | { readonly from: "acs"; readonly envelope: Envelope<AcsMessage> };

function write(name: string, sent: Sent): Written {
  const { namespace, message } = sent.envelope;
  const xml = sent.from === "device" ? writeDeviceEnvelope(sent.envelope) : writeAcsEnvelope(sent.envelope);
  return { name, kind: message.kind, namespace, xml };
}

/** Those that a writer of ours makes; a method that nobody declared has no schema. */
function goldens(): readonly Written[] {
  const folder = repositoryPath("test/golden/cwmp");
  const names = filesBelow(folder).filter((file) => file.endsWith(".json"));
  const read = names.map((name) => ({ name, golden: JSON.parse(readFileSync(join(folder, name), "utf8")) as Sent & { written?: string } }));
  return read
    .filter(({ golden }) => golden.written !== undefined && golden.envelope.message.kind !== "UnknownMethod")
    .map(({ name, golden }) => write(name, golden));
}

function generated(namespace: string, seed: number): readonly Written[] {
  const generator = new MessageGenerator(seededRandom(seed), { isStandard: true });
  const some = (kind: string): readonly string[] => (kind === "UnknownMethod" ? [] : Array.from({ length: RUNS_PER_MESSAGE }, () => kind));
  const name = (kind: string): string => `${kind} of SEED=${seed}`;
  const device = Object.entries(generator.device).flatMap(([kind, make]) =>
    some(kind).map(() => write(name(kind), { from: "device", envelope: { ...generator.envelope(make()), namespace } })),
  );
  const acs = Object.entries(generator.acs).flatMap(([kind, make]) =>
    some(kind).map(() => write(name(kind), { from: "acs", envelope: { ...generator.envelope(make()), namespace } })),
  );
  return [...device, ...acs];
}

function exists(kind: string, version: Version): boolean {
  return (SINCE[kind.replace(/Response$/, "")] ?? "1-0") <= version;
}

/** What the schema refuses of them. */
function refused(schema: Schema, written: readonly Written[]): readonly string[] {
  return written.flatMap(({ name, xml }) => schema.problems(xml).map((problem) => `${name}: ${problem}`));
}

/** What is wrong, where, and what to put there. */
type Break = readonly [string, RegExp, string];

const BROKEN_INFORMS: readonly Break[] = [
  ["an argument missing", /<MaxEnvelopes>1<\/MaxEnvelopes>/, ""],
  ["arguments in another order", /(<MaxEnvelopes>1<\/MaxEnvelopes>)(<CurrentTime>[^<]*<\/CurrentTime>)/, "$2$1"],
  ["an argument in the namespace of the message", /RetryCount/g, "cwmp:RetryCount"],
  ["a number that is none", /<RetryCount>0</, "<RetryCount>none<"],
  ["an OUI in lower case", /00D09E/, "00d09e"],
  ["a time that is none", /2026-01-01T/, "2026-13-01T"],
  ["a value of another type than it claims", /xsi:type="xsd:string"/, 'xsi:type="xsd:int"'],
  ["an event code that is none", /2 PERIODIC/, "PERIODIC"],
  ["a command key of 33 characters", /<CommandKey></, `<CommandKey>${"k".repeat(33)}<`],
  ["no arrayType", / SOAP-ENC:arrayType="cwmp:EventStruct\[1\]"/, ""],
  ["an ID that does not say whether it must be understood", / SOAP-ENV:mustUnderstand="1"/, ""],
  ["a message that does not exist", /cwmp:Inform>/g, "cwmp:Information>"],
  ["another namespace", /cwmp-1-\d/, "cwmp-1-9"],
];

const BROKEN_REQUESTS: readonly (readonly [AcsMessage, readonly Break[]])[] = [
  [
    {
      kind: "ChangeDUState",
      operations: [{ operation: "Uninstall", uuid: `${"0".repeat(8)}-0000-0000-0000-${"0".repeat(12)}`, version: "", executionEnvRef: "" }],
      commandKey: "",
    },
    [
      ["an operation that does not exist", /UninstallOpStruct/, "ForgetOpStruct"],
      ["an operation of no type", / xsi:type="cwmp:UninstallOpStruct"/, ""],
      ["an argument of another operation", /<\/UUID>/, "</UUID><URL>http://files.example/</URL>"],
      ["a UUID that is none", /0000-/, "000g-"],
    ],
  ],
  [
    { kind: "SetParameterAttributes", parameters: [{ name: "Device.", notification: 6 }] },
    [
      ["a notification that does not exist", /<Notification>6/, "<Notification>7"],
      ["no parameter", /<SetParameterAttributesStruct>.*<\/SetParameterAttributesStruct>/, ""],
    ],
  ],
  [{ kind: "AddObject", objectName: "Device.Users.User.", parameterKey: "" }, [["an object without dot", /User\.</, "User<"]]],
];

function expectRefused(schema: Schema, xml: string, broken: readonly Break[]): void {
  expect(schema.problems(xml)).to.deep.equal([]);
  for (const [what, found, put] of broken) {
    expect(xml, what).to.match(found);
    expect(schema.problems(xml.replace(found, put)), what).to.not.deep.equal([]);
  }
}

function describeSchemas(whose: string, url: string, findFiles: () => SchemaFiles | undefined): void {
  describe(`the schemas of CWMP: ${whose}`, () => {
    const seed = runSeed();
    const schemas = new Map<Version, Schema>();
    const schema = (version: Version): Schema => {
      const found = schemas.get(version);
      if (found === undefined) throw new Error(`no schema of ${version}`);
      return found;
    };
    before(function () {
      const files = findFiles();
      if (files === undefined) return this.skip(); // not part of the repository
      for (const version of VERSIONS) schemas.set(version, compileSchema(`${url}cwmp-${version}.xsd`, files));
    });
    after(() => {
      for (const one of schemas.values()) one.close();
    });

    for (const version of VERSIONS) {
      it(`${version}: every golden message of its namespace is valid`, () => {
        const written = goldens().filter(({ kind, namespace }) => namespace === NAMESPACE[version] && exists(kind, version));
        expect(written).to.have.length.above(1);
        expect(refused(schema(version), written)).to.deep.equal([]);
      });

      it(`${version}: every message that the codec can write is valid`, () => {
        const written = generated(NAMESPACE[version], seed).filter(({ kind }) => exists(kind, version));
        expect(written).to.have.length.above(100);
        expect(refused(schema(version), written)).to.deep.equal([]);
      });

      it(`${version}: a message of a later version is refused`, () => {
        const later = generated(NAMESPACE[version], seed).filter(({ kind }) => !exists(kind, version));
        expect(later.filter(({ xml }) => schema(version).problems(xml).length === 0)).to.deep.equal([]);
        expect(later.length === 0).to.equal(version >= "1-2");
      });
    }

    for (const version of VERSIONS) {
      it(`${version}: refuses a message that is not as the standard says`, () => {
        expectRefused(schema(version), writeDeviceEnvelope(envelope(inform(), { namespace: NAMESPACE[version] })), BROKEN_INFORMS);
      });
    }

    it("1-4: refuses arguments that are not as the standard says", () => {
      for (const [message, broken] of BROKEN_REQUESTS) {
        expectRefused(schema("1-4"), writeAcsEnvelope(envelope(message, { namespace: NAMESPACE["1-4"] })), broken);
      }
    });

    it("1-4: each of the headers is checked", () => {
      const headers = { sessionTimeoutS: 60, supportedCwmpVersions: ["1.0", "1.4"], useCwmpVersion: "1.4" };
      const xml = writeDeviceEnvelope(envelope(inform(), { namespace: NAMESPACE["1-4"], ...headers }));
      expect(schema("1-4").problems(xml)).to.deep.equal([]);
      expect(schema("1-4").problems(xml.replace(">60<", ">soon<"))).to.not.deep.equal([]);
      for (const name of ["UseCWMPVersion", "SupportedCWMPVersions"]) {
        const wrong = xml.replace(new RegExp(`${name} SOAP-ENV:mustUnderstand="\\d"`), `${name} SOAP-ENV:mustUnderstand="no"`);
        expect(schema("1-4").problems(wrong), name).to.not.deep.equal([]);
      }
    });
  });
}

describeSchemas("our own", OURS, ourFiles);
describeSchemas("the Broadband Forum's", FORUM, forumFiles);

/** The arrays of a message whose count is not that of their members. SOAP 1.1 5.4.2; no schema can tell. */
function miscounted(element: Element): readonly string[] {
  const arrayType = attribute(element, "SOAP-ENC:arrayType");
  const isRight = arrayType === undefined || arrayType.endsWith(`[${element.children.length}]`);
  return [...(isRight ? [] : [`${element.name} ${arrayType}`]), ...element.children.flatMap(miscounted)];
}

describe("arrays of the messages that the codec writes", () => {
  it("have the count of their members", () => {
    const written = [...goldens(), ...generated(NAMESPACE["1-4"], runSeed())];
    expect(written.flatMap(({ name, xml }) => miscounted(scanXml(xml)).map((array) => `${name}: ${array}`))).to.deep.equal([]);
    const [array] = scanXml('<r><a SOAP-ENC:arrayType="xsd:string[2]"><string>1</string></a></r>').children;
    expect(array === undefined ? [] : miscounted(array)).to.deep.equal(["a xsd:string[2]"]);
  });
});

describe("compiling a schema", () => {
  it("asks for nothing that was not given", () => {
    const { [`${OURS}cwmp-1-2.xsd`]: left, ...files } = ourFiles();
    expect(left).to.be.a("string");
    expect(() => compileSchema(`${OURS}cwmp-1-4.xsd`, files)).to.throw("cwmp-1-2.xsd");
  });

  it("tells of a text that is no XML", () => {
    const schema = compileSchema(`${OURS}cwmp-1-0.xsd`, ourFiles());
    expect(schema.problems("<Envelope>")).to.not.deep.equal([]);
    schema.close();
  });
});
