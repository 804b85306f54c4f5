/**
 * The lock file lists every platform's optional packages: `npm ci` refuses a lock file that leaves one out.
 * Layer: tidy.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe("tidy: dependencies", () => {
  it("the lock file has an entry for each optional package of each platform", () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).to.deep.equal([]);
  });

  it("the lock file names no download addresses", () => {
    expect(Object.values(lock.packages).filter((entry) => "resolved" in entry)).to.deep.equal([]);
  });

  it("every dependency is pinned to an exact version", () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).to.deep.equal([]);
  });
});
