/**
 * The registrar with its real parts (identifier, SQLite stores) on a clock that stands still; what it answers, as octets.
 * Layer: test support.
 */
import { digestHa1 } from "../../common/digest.js";
import { createNonceKeeper } from "../../common/nonce.js";
import { createIdentifier } from "../../sip-bridge/identify.js";
import { decoyHashes, OFFERED_ALGORITHMS } from "../../sip-bridge/registrar/authenticate.js";
import { DEFAULT_POLICY } from "../../sip-bridge/registrar/read-registration.js";
import { type AddressLimits, createRegistrarService, type RegistrarService } from "../../sip-bridge/registrar-service.js";
import { createRegistrationOutcomes, type RegistrationOutcomes } from "../../sip-bridge/registration-outcomes.js";
import { buildResponse } from "../../sip-bridge/sip/build.js";
import { header, type SipRequest } from "../../sip-bridge/sip/message.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";
import { type BridgeStores, openBridgeStores } from "../../sip-bridge/stores/sqlite/bridge-database.js";
import { type FakeClock, fakeClock } from "./fake-clock.js";
import { authorizationFor, DOMAIN, FLOW, type Login } from "./registrar-talk.js";
import { sipRequest } from "./sip-messages.js";

const START = `REGISTER sip:${DOMAIN} SIP/2.0`;

export interface RegistrarBench {
  readonly service: RegistrarService;
  readonly stores: BridgeStores;
  readonly outcomes: RegistrationOutcomes;
  readonly clock: FakeClock;
  /** Reads of accounts and bindings since the bench was opened. */
  readonly reads: () => number;
  /** The answer as octets, its nonces and tags made equal. */
  send(request: SipRequest): Promise<string>;
  /** A REGISTER of anna's, its challenge answered; the status. */
  register(login: Login, ...lines: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

export async function openRegistrarBench(file: string, perAddress?: AddressLimits): Promise<RegistrarBench> {
  const domains = { main: DOMAIN, aliases: [] };
  const stores = await openBridgeStores(file);
  const ha1s = Object.fromEntries(OFFERED_ALGORITHMS.map((hash) => [hash, digestHa1(hash, "anna", DOMAIN, "s3cret!")]));
  await stores.accounts.put({ username: "anna", realm: DOMAIN, ha1s, addressesOfRecord: [`anna@${DOMAIN}`], changedAtMs: 0 });
  const clock = fakeClock();
  const outcomes = createRegistrationOutcomes(domains);
  let octet = 0;
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(++octet & 0xff);
  const nonces = createNonceKeeper({ key: new Uint8Array(32), lifetimeMs: 60_000, noncesMax: 100, randomBytes });
  const gatekeeper = { realm: DOMAIN, domains, nonces, algorithms: OFFERED_ALGORITHMS, decoy: decoyHashes(new Uint8Array(64)) };
  let reads = 0;
  const accounts = { ...stores.accounts, get: counted(stores.accounts.get) };
  const bindings = { ...stores.bindings, current: counted(stores.bindings.current) };
  function counted<A extends readonly unknown[], R>(read: (...given: A) => R): (...given: A) => R {
    return (...given) => {
      reads++;
      return read(...given);
    };
  }
  const service = createRegistrarService({
    ...{ policy: { domains, realm: DOMAIN, ...DEFAULT_POLICY }, identifier: createIdentifier({ gatekeeper, accounts, clock }), bindings },
    ...{ clock, randomBytes, outcomes, onRegistered: () => undefined, onChanged: () => undefined },
    ...(perAddress === undefined ? {} : { perAddress }),
  });

  async function answered(request: SipRequest) {
    let given:
      | { readonly status: number; readonly headers: readonly { readonly key: string; readonly value: string }[]; readonly text: string }
      | undefined;
    await service.handle({
      ...{ request, flow: FLOW, localTag: "tag" },
      answer: (status, draft = {}) => {
        const text = Buffer.from(writeMessage(buildResponse(request, status, { ...draft, toTag: "tag" }))).toString("latin1");
        given ??= { status, headers: draft.headers ?? [], text };
      },
    });
    if (given === undefined) throw new Error("no answer");
    return given;
  }

  return {
    ...{ service, stores, outcomes, clock, reads: () => reads },
    send: async (request) => (await answered(request)).text.replaceAll(/nonce="[^"]*"/g, "nonce"),
    async register(login, ...lines) {
      const { headers } = await answered(sipRequest(START, ...lines));
      const challenge = { status: 401, headers: headers.map(({ key, value }) => header(key, value)) };
      return (await answered(sipRequest(START, ...lines, authorizationFor(sipRequest(START, ...lines), challenge, login)))).status;
    },
    close: () => stores.close(),
  };
}
