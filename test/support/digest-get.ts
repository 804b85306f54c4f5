/**
 * The connection request of an ACS: GET, and again with digest when it is challenged, on one connection.
 * Layer: test support.
 */
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { answerDigest, type DigestHash, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";

export interface DigestGetOptions {
  readonly username: string;
  readonly password: string;
  /** What it speaks. Default: MD5. */
  readonly algorithm?: DigestHash;
  readonly method?: string;
  /** Sent in place of the answer to the first challenge. */
  readonly authorization?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What was sent to be let in; "" when nobody asked. */
  readonly authorization: string;
}

export async function digestGet(url: string, options: DigestGetOptions): Promise<HttpAnswer> {
  const { method = "GET", username, password, algorithm = "MD5" } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const first = await ask(agent, url, method);
    const challenge = parseChallenges(String(first.headers["www-authenticate"] ?? "")).find((one) => one.algorithm.hash === algorithm);
    if (first.status !== 401 || challenge === undefined) return first;
    const { pathname, search } = new URL(url);
    const ha1 = digestHa1(algorithm, username, challenge.realm, password);
    const answer = answerDigest({ challenge, username, ha1, method, uri: pathname + search, cnonce: "c0ffee", nc: 1 });
    return await ask(agent, url, method, options.authorization ?? writeCredentials(answer));
  } finally {
    agent.destroy();
  }
}

function ask(agent: Agent, url: string, method: string, authorization = ""): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: authorization === "" ? {} : { Authorization: authorization } }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, authorization }));
    });
    sent.on("error", reject).end();
  });
}
