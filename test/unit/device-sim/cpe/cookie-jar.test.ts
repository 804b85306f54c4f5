/**
 * Cookies of one session.
 * Spec: RFC 6265 5.1.4, 5.2-5.4.
 */
import { expect } from "chai";
import { COOKIE_LIMITS, cookieHeader, storeCookies } from "../../../../device-sim/cpe/cookie-jar.js";

const NOW_MS = Date.UTC(2026, 0, 1);
const AT = new URL("http://acs.example/cwmp/in");
const sent = (setCookies: readonly string[], to = AT) => cookieHeader(storeCookies([], setCookies, AT, NOW_MS), to);

describe("RFC 6265: a device's cookies", () => {
  it("several cookies go back in one header", () => {
    expect(sent(["a=1", "b=2; Path=/; HttpOnly; SameSite=Lax"])).to.equal("a=1; b=2");
  });
  it("a cookie of the same name, host and path replaces the older one", () => {
    expect(sent(["a=1; Path=/", "a=2; Path=/"])).to.equal("a=2");
    expect(sent(["a=1; Path=/", "a=2; Path=/cwmp"])).to.equal("a=1; a=2");
  });
  it("without a path it is for the folder of the request", () => {
    expect(sent(["a=1"], new URL("http://acs.example/cwmp/other"))).to.equal("a=1");
    expect(sent(["a=1"], new URL("http://acs.example/"))).to.equal(undefined);
    expect(sent(["a=1; Path=/cw"], new URL("http://acs.example/cwmp")), "/cw does not cover /cwmp").to.equal(undefined);
  });
  it("goes to its own host only, a secure one over https only", () => {
    expect(sent(["a=1; Path=/"], new URL("http://other.example/"))).to.equal(undefined);
    expect(sent(["a=1; Path=/; Secure"])).to.equal(undefined);
    expect(sent(["a=1; Path=/; Secure"], new URL("https://acs.example/"))).to.equal("a=1");
  });
  it("Max-Age 0 and an Expires in the past delete it; Max-Age wins", () => {
    expect(sent(["a=1", "a=; Max-Age=0"])).to.equal(undefined);
    expect(sent(["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])).to.equal(undefined);
    expect(sent(["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"])).to.equal("a=1");
  });
  it("an empty value is a value, a line without a name is nothing", () => {
    expect(sent(["a=", "=1", "nonsense", ""])).to.equal("a=");
  });
  it("holds a limited number; the oldest give way, and a huge one is not taken", () => {
    const many = Array.from({ length: COOKIE_LIMITS.cookiesMax + 1 }, (_, at) => `c${at}=x`);
    expect(sent(many)?.split("; ")).to.have.length(COOKIE_LIMITS.cookiesMax).and.to.not.include("c0=x");
    expect(sent([`a=${"x".repeat(COOKIE_LIMITS.cookieCharactersMax)}`])).to.equal(undefined);
  });
});
