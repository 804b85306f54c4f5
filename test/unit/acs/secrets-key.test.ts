/**
 * The key of the secrets at rest is changed: which keys a start takes, wherever an earlier one died.
 * Layer: unit test. Spec: docs/decisions/0011-per-device-secrets.md.
 */
import { expect } from "chai";
import { type AcsConfig, loadAcsConfig } from "../../../acs/config.js";
import { openSecretsKey } from "../../../acs/secrets-key.js";
import type { SettingsStore } from "../../../acs/stores/settings-store.js";
import { ConfigError } from "../../../common/config.js";
import type { SecretKey } from "../../../common/secret-box.js";

const [OLD, NEW, THIRD] = ["0a", "0b", "0c"].map((digits) => digits.repeat(32)) as [string, string, string];

class Died extends Error {}

/** Settings that outlive the starts; a start dies at the nth thing that it does (writes and resealing count). */
function disk() {
  const values = new Map<string, string>();
  const sealedWith = new Set<string>([OLD]);
  let left = Number.POSITIVE_INFINITY;
  const step = (): void => {
    if (left-- <= 0) throw new Died("killed");
  };
  const settings: SettingsStore = {
    get: async (name) => values.get(name),
    set: async (name, value) => {
      step();
      values.set(name, value);
    },
    setOnce: async (name, value) => {
      step();
      if (!values.has(name)) values.set(name, value);
      return values.get(name) ?? "";
    },
  };
  const hex = (key: SecretKey): string => key.bytes().toString("hex");
  /** In two steps: first some of the secrets, then the rest. */
  const reseal = async (from: SecretKey, to: SecretKey): Promise<void> => {
    step();
    sealedWith.add(hex(to));
    step();
    for (const key of [...sealedWith]) if (key !== hex(from) && key !== hex(to)) throw new Error("a third key");
    sealedWith.delete(hex(from));
  };
  return {
    sealedWith,
    /** @returns "open", or why not. */
    start: async (key: string, previous?: string, steps = Number.POSITIVE_INFINITY): Promise<string> => {
      left = steps;
      const env = { ACS_SECRETS_KEY: key, ...(previous === undefined ? {} : { ACS_SECRETS_KEY_PREVIOUS: previous }) };
      const config: AcsConfig = loadAcsConfig(env);
      try {
        return hex(await openSecretsKey(config, { settings, reseal })) === key ? "open" : "another key";
      } catch (error) {
        if (error instanceof Died) return "died";
        if (error instanceof ConfigError) return error.message;
        throw error;
      }
    },
  };
}

describe("the key of the secrets at rest", () => {
  it("is changed by one start with both keys; after it the new one serves alone, and the old one does not", async () => {
    const { start, sealedWith } = disk();
    expect(await start(OLD)).to.equal("open");
    expect(await start(NEW)).to.include("ACS_SECRETS_KEY_PREVIOUS");
    expect(await start(NEW, OLD)).to.equal("open");
    expect([...sealedWith]).to.deep.equal([NEW]);
    expect(await start(NEW)).to.equal("open");
    expect(await start(OLD)).to.include("another key");
  });

  it("stays when nothing is to be changed: a previous key that was left in, a first start with one", async () => {
    const { start, sealedWith } = disk();
    expect(await start(OLD, THIRD)).to.equal("open");
    expect([...sealedWith]).to.deep.equal([OLD]);
  });

  it("is refused with a previous key that is not the old one", async () => {
    const { start } = disk();
    await start(OLD);
    expect(await start(NEW, THIRD)).to.include("another key");
  });

  it("is changed by the next start with both, wherever the first one died; with one of them alone nothing starts that would not open all", async () => {
    for (let steps = 0; steps < 5; steps++) {
      const { start, sealedWith } = disk();
      await start(OLD);
      expect(await start(NEW, OLD, steps), `${steps} steps`).to.equal("died");
      for (const alone of [OLD, NEW]) {
        const isWhole = sealedWith.size === 1 && sealedWith.has(alone);
        if ((await start(alone)) === "open") expect(isWhole, `${steps} steps, ${alone.slice(0, 2)} alone`).to.equal(true);
      }
      expect(await start(NEW, OLD), `${steps} steps`).to.equal("open");
      expect([...sealedWith]).to.deep.equal([NEW]);
      expect(await start(THIRD, NEW), "and once more").to.equal("open");
    }
  });

  it("goes back to the old one when a change was interrupted, wherever that is interrupted too", async () => {
    for (let steps = 0; steps < 4; steps++) {
      const { start, sealedWith } = disk();
      await start(OLD);
      expect(await start(NEW, OLD, 2)).to.equal("died");
      expect(await start(OLD)).to.include("was interrupted");
      expect(await start(OLD, NEW, steps), `${steps} steps`).to.equal("died");
      if (!(sealedWith.size === 1 && sealedWith.has(OLD))) expect(await start(OLD)).to.include("was interrupted");
      expect(await start(OLD, NEW)).to.equal("open");
      expect([...sealedWith]).to.deep.equal([OLD]);
      expect(await start(OLD)).to.equal("open");
    }
  });

  it("is not changed to a third one while a change is interrupted", async () => {
    const { start } = disk();
    await start(OLD);
    await start(NEW, OLD, 2);
    expect(await start(THIRD, OLD)).to.include("was interrupted");
  });

  it("needs the new one beside the previous one, and both to be keys", () => {
    expect(() => loadAcsConfig({ ACS_SECRETS_KEY_PREVIOUS: OLD })).to.throw(ConfigError, "ACS_SECRETS_KEY");
    expect(() => loadAcsConfig({ ACS_SECRETS_KEY: NEW, ACS_SECRETS_KEY_PREVIOUS: "no key but long enough, really" }))
      .to.throw(ConfigError)
      .with.property("message")
      .that.does.not.include("really");
  });
});
