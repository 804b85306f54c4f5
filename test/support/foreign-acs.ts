/**
 * Somebody else's ACS, as small as one can be: CWMP with digest and cookies, written without our codecs, and connection requests over HTTP.
 * It knows nothing of SIP. It gives each device a login for connection requests, and reads what it was told to read.
 * Layer: test support.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { digestGet, type HttpAnswer } from "./digest-get.js";

export interface ForeignInform {
  readonly serialNumber: string;
  readonly events: readonly string[];
  /** ConnectionRequestURL as this ACS sees it. */
  readonly url: string;
}

export interface ForeignAcs {
  readonly port: number;
  readonly informs: readonly ForeignInform[];
  /** Values that devices answered, the last of each name. */
  readonly values: ReadonlyMap<string, string>;
  /** Resolves with the first Inform that fits, past or to come. */
  inform(fits: (inform: ForeignInform) => boolean): Promise<ForeignInform>;
  /** Resolves when the nth session has come to its end. */
  sessionEnded(nth: number): Promise<void>;
  /** What is asked in the next sessions. */
  read(...names: readonly string[]): void;
  /** GET on the URL that the device announced last, with the login that it was given. */
  connectionRequest(): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface ForeignAcsOptions {
  /** Of all devices. */
  readonly password: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** https with these. */
  readonly tls?: Pick<TlsServerOptions, "cert" | "key">;
}

const REALM = "Foreign ACS";
const ROOT = "InternetGatewayDevice.";
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

export async function openForeignAcs({
  password,
  login = { username: "foreign", password: "cr-s3cret" },
  tls,
}: ForeignAcsOptions): Promise<ForeignAcs> {
  const informs: ForeignInform[] = [];
  const values = new Map<string, string>();
  const sessions = new Map<string, string[]>();
  const reads: string[] = [];
  const waiting = new Set<() => void>();
  let ended = 0;
  let nonces = 0;
  const given = new Set<string>();

  function until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const again = (): void => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(again);
        resolve(found);
      };
      waiting.add(again);
      again();
    });
  }

  function answerTo(request: IncomingMessage, body: string, response: ServerResponse): void {
    if (!proves(request, password)) {
      const challenge = `Digest realm="${REALM}", nonce="n${++nonces}", qop="auth", opaque="o"`;
      response.writeHead(401, { "WWW-Authenticate": challenge, "Content-Length": "0" }).end();
      return;
    }
    const inform = readInform(body);
    if (inform !== undefined) {
      const session = `s${informs.push(inform)}`;
      sessions.set(session, ordersFor(inform));
      say(response, "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", /ID[^>]*>([^<]*)/.exec(body)?.[1], [
        `session=${session}; Path=/`,
        "lang=en",
      ]);
      return;
    }
    for (const [, name = "", value = ""] of body.matchAll(/<Name>([^<]*)<\/Name>\s*<Value[^>]*>([^<]*)<\/Value>/g)) values.set(name, value);
    goOn(/session=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "", response);
  }

  function goOn(session: string, response: ServerResponse): void {
    const order = sessions.get(session)?.shift();
    if (order !== undefined) {
      say(response, order, "foreign-1");
      return;
    }
    if (sessions.delete(session)) ended++;
    response.writeHead(204).end();
  }

  function ordersFor({ serialNumber }: ForeignInform): string[] {
    const isNew = !given.has(serialNumber);
    given.add(serialNumber);
    const { username, password: secret } = login;
    const parameters = [
      ["Username", username],
      ["Password", secret],
    ].map(
      ([name, value]) =>
        `<ParameterValueStruct><Name>${ROOT}ManagementServer.ConnectionRequest${name}</Name><Value xsi:type="xsd:string">${value}</Value></ParameterValueStruct>`,
    );
    const set = `<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[2]">${parameters.join("")}</ParameterList><ParameterKey/></cwmp:SetParameterValues>`;
    const names = reads.map((name) => `<string>${name}</string>`).join("");
    const get = `<cwmp:GetParameterValues><ParameterNames soap-enc:arrayType="xsd:string[${reads.length}]">${names}</ParameterNames></cwmp:GetParameterValues>`;
    return [...(isNew ? [set] : []), ...(reads.length > 0 ? [get] : [])];
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      answerTo(request, body, response);
      for (const look of [...waiting]) look();
    });
  };
  const options: ServerOptions = { keepAlive: true };
  const server = tls === undefined ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ...{ informs, values },
    inform: (fits) => until(() => informs.find(fits)),
    sessionEnded: (nth) => until(() => (ended >= nth ? nth : undefined)).then(() => undefined),
    read: (...names) => void reads.push(...names),
    connectionRequest: () => digestGet(informs.at(-1)?.url ?? "", login),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function proves({ headers, method, url }: IncomingMessage, password: string): boolean {
  const read = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)`).exec(headers.authorization ?? "")?.[1] ?? "";
  // The digest-uri must be what was asked for: what a relay must leave as it is.
  if (read("realm") !== REALM || read("uri") !== url) return false;
  const ha1 = md5(`${read("username")}:${REALM}:${password}`);
  return read("response") === md5(`${ha1}:${read("nonce")}:${read("nc")}:${read("cnonce")}:auth:${md5(`${method}:${url}`)}`);
}

function readInform(body: string): ForeignInform | undefined {
  if (!body.includes("Inform>")) return undefined;
  const url = /<Name>[^<]*\.ConnectionRequestURL<\/Name>\s*<Value[^>]*>([^<]*)</.exec(body)?.[1] ?? "";
  const events = [...body.matchAll(/<EventCode>([^<]*)</g)].map(([, code = ""]) => code);
  return { serialNumber: /<SerialNumber>([^<]*)</.exec(body)?.[1] ?? "", events, url };
}

function say(response: ServerResponse, body: string, id = "1", cookies: readonly string[] = []): void {
  const spaces =
    'xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" ' +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"';
  const header = `<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">${id}</cwmp:ID></soap-env:Header>`;
  response.writeHead(200, { "Content-Type": "text/xml; charset=utf-8", ...(cookies.length > 0 ? { "Set-Cookie": [...cookies] } : {}) });
  response.end(`<soap-env:Envelope ${spaces}>${header}<soap-env:Body>${body}</soap-env:Body></soap-env:Envelope>`);
}
