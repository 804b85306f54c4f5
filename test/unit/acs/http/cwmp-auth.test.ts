/**
 * The login of a stranger costs and tells what that of a known user does, windows open or not.
 * Spec: RFC 7616 5; cwmp.md 1.11 row 2. Layer: unit.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { expect } from "chai";
import type { Device } from "../../../../acs/devices/device.js";
import { DEFAULT_MODEL_POLICY } from "../../../../acs/devices/model-policy.js";
import { type ConnectionProof, CwmpAuthenticator } from "../../../../acs/http/cwmp-auth.js";
import { Enroller } from "../../../../acs/http/enroller.js";
import type { DeviceStore } from "../../../../acs/stores/device-store.js";
import { EnrolmentRules } from "../../../../acs/stores/enrolment-rules.js";
import type { EnrolmentStore } from "../../../../acs/stores/enrolment-store.js";
import { createNonceKeeper } from "../../../../common/nonce.js";
import { newRule } from "../../../support/acs-stores.js";
import { aDevice, NOW_MS } from "../../../support/builders.js";
import { authorization, readChallenge } from "../../../support/cwmp-client.js";
import { fakeClock } from "../../../support/fake-clock.js";

const KNOWN = aDevice({ password: "password of the device" });

describe("acs/http: digest logins", () => {
  /** Secrets lie open here; what was opened is counted. */
  async function authenticator() {
    const opened: string[] = [];
    const openSecret = (sealed: string): string => {
      opened.push(sealed);
      return sealed;
    };
    const clock = fakeClock(NOW_MS);
    const rules = [1, 2].map((batch) => newRule({ untilMs: null, password: `password of batch ${batch}` }));
    const enrolment: Pick<EnrolmentStore, "rules"> = { rules: async () => rules };
    const devices: Pick<DeviceStore, "byUsername" | "onCredentialsChanged"> = {
      onCredentialsChanged: () => () => undefined,
      byUsername: async (username): Promise<Device | undefined> => (username === KNOWN.username ? KNOWN : undefined),
    };
    const auth = new CwmpAuthenticator({
      devices: devices as DeviceStore,
      enroller: new Enroller({
        rules: await EnrolmentRules.load(enrolment as EnrolmentStore),
        clock,
        seal: (secret) => secret,
        openSecret,
      }),
      nonces: createNonceKeeper({ key: Buffer.alloc(32), lifetimeMs: 60_000, noncesMax: 100, randomBytes }),
      ...{ clock, openSecret, realm: "Reveille", algorithms: [{ hash: "MD5", isSession: false }], allowsBasicOverTls: false },
      modelPolicy: async () => DEFAULT_MODEL_POLICY,
      relaxed: () => undefined,
    });
    const ask = async (username: string, password: string, remoteAddress = "192.0.2.1") => {
      const proof: ConnectionProof = { device: undefined, sinceChange: 0, certified: undefined, applicant: undefined };
      const socket = { remoteAddress } as Socket;
      const request = (header: string | undefined) =>
        ({ socket, method: "POST", url: "/", headers: header === undefined ? {} : { authorization: header } }) as IncomingMessage;
      const first = await auth.check(request(undefined), proof);
      const [challenge = ""] = "challenge" in first ? first.challenge : [];
      return auth.check(request(authorization({ ...readChallenge(challenge), username, password, nc: 1 })), proof);
    };
    return { ask, opened, clock };
  }
  const windowsTried = (opened: readonly string[]): readonly string[] => opened.filter((secret) => secret.includes("batch"));

  it("a wrong password is tried against the open windows whether the user name is known or not", async () => {
    for (const username of [KNOWN.username, "nobody"]) {
      const { ask, opened } = await authenticator();
      const answer = await ask(username, "wrong");
      expect(answer).to.have.property("challenge").with.length(1);
      expect(windowsTried(opened), username).to.deep.equal(["password of batch 1", "password of batch 2"]);
    }
  });

  it("the password of a window lets in an unknown name, and never a known one", async () => {
    const { ask } = await authenticator();
    expect(await ask("nobody", "password of batch 2"))
      .to.have.nested.property("applicant.rules")
      .with.length(1);
    expect(await ask(KNOWN.username, "password of batch 2")).to.have.property("why", "wrong-password");
  });

  it("a right password does not look at the windows", async () => {
    const { ask, opened } = await authenticator();
    expect(await ask(KNOWN.username, KNOWN.password)).to.deep.equal({ device: KNOWN });
    expect(windowsTried(opened)).to.deep.equal([]);
  });

  it("after ten wrong guesses from an address its guesses are not tried for a minute, those of another are", async () => {
    const { ask, opened, clock } = await authenticator();
    for (let i = 0; i < 10; i++) await ask(`nobody ${i}`, "wrong");
    opened.length = 0;
    for (const username of ["another", KNOWN.username]) await ask(username, "password of batch 1");
    expect(windowsTried(opened)).to.deep.equal([]);
    expect(await ask("another", "password of batch 1", "192.0.2.2")).to.have.property("applicant");
    await clock.advance(60_000);
    expect(await ask("yet another", "password of batch 1")).to.have.property("applicant");
  });
});
