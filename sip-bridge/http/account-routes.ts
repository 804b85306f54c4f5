/**
 * SIP accounts: /accounts. A password goes in and never comes out.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import { DIGEST_HASHES, digestHa1, type Ha1Set } from "../../common/digest.js";
import type { Account } from "../registrar/account.js";
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";
import { octetsToUnicode } from "../registrar/octets.js";
import type { AccountStore } from "../stores/account-store.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";

const PASSWORD_CHARACTERS = { min: 1, max: 256 };
const PAGE = { default: 100, max: 1_000 };
const ADDRESSES_MAX = 20;

/** Without controls, quotes, or what separates user, realm and password in a hash. */
const username = z
  .string()
  .max(128)
  .regex(/^[^\x00-\x20":<>\\\x7f]+$/, "must be 1 to 128 characters without spaces, controls, quotes, colons, brackets and backslashes");

const newAccount = z.strictObject({
  password: z.string().min(PASSWORD_CHARACTERS.min).max(PASSWORD_CHARACTERS.max),
  /** What the account may register; default: `username@domain`. */
  addressesOfRecord: z.array(z.string().max(320)).min(1).max(ADDRESSES_MAX).optional(),
});

const page = z.object({ after: z.string().optional(), limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default) });

export interface AccountRoutesOptions {
  readonly accounts: AccountStore;
  readonly realm: string;
  readonly domains: Domains;
  readonly now: () => number;
}

export function accountRoutes({ accounts, realm, domains, now }: AccountRoutesOptions): Router {
  return new Router({ prefix: "/accounts" })
    .get("/", async (ctx) => {
      const { after, limit } = readShape(page, ctx.query);
      const found = await accounts.list(realm, { ...(after === undefined ? {} : { after }), limit });
      ctx.body = { accounts: found.map(showAccount) };
    })
    .get("/:user", async (ctx) => {
      const account = await accounts.get(readUsername(ctx.params["user"]), realm);
      if (account === undefined) throw new RefusedHttpRequest(404, "no such account");
      ctx.body = showAccount(account);
    })
    .put("/:user", async (ctx) => {
      const user = readUsername(ctx.params["user"]);
      const { password, addressesOfRecord = [user] } = readShape(newAccount, await readJson(ctx.req));
      const account = {
        username: user,
        realm,
        ha1s: hashesOf(user, realm, password),
        addressesOfRecord: addressesOfRecord.map((address, i) => readAddress(address, `addressesOfRecord.${i}`, domains)),
        changedAtMs: now(),
      };
      ctx.status = (await accounts.put(account)) === "added" ? 201 : 200;
      ctx.body = showAccount(account);
    })
    .delete("/:user", async (ctx) => {
      if ((await accounts.remove(readUsername(ctx.params["user"]), realm)) === "unknown")
        throw new RefusedHttpRequest(404, "no such account");
      ctx.status = 204;
    });
}

function readUsername(text: string | undefined): string {
  return readShape(z.object({ user: username }), { user: text }).user;
}

function readAddress(text: string, field: string, domains: Domains): string {
  const key = readAddressOfRecord(text, domains);
  if (key === undefined)
    throw new RefusedHttpRequest(400, "an address-of-record is not of this bridge", [{ field, detail: `must be user@${domains.main}` }]);
  return key;
}

/** All algorithms at once: the password is not kept, and the hash of one does not serve the other. */
export function hashesOf(user: string, realm: string, password: string): Ha1Set {
  return Object.fromEntries(DIGEST_HASHES.map((algorithm) => [algorithm, digestHa1(algorithm, user, realm, password)]));
}

function showAccount({ username: user, realm, addressesOfRecord, changedAtMs }: Account) {
  return {
    username: user,
    realm,
    addressesOfRecord: addressesOfRecord.map(octetsToUnicode),
    changedAt: new Date(changedAtMs).toISOString(),
  };
}
