/**
 * The device's side of TR-069 Annex K: logs in at an XMPP server and answers connection requests by IQ. Its stream is written by hand,
 * independently of the library that the ACS uses.
 * Layer: test support.
 */
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

export interface XmppDeviceOptions {
  readonly port: number;
  readonly domain: string;
  readonly ca: string;
  readonly username: string;
  readonly password: string;
  /** The answer to a connection request's stanza: the octets inside <iq type="…">, and its type. undefined: silence. */
  readonly answer: (request: string) => { readonly type: "result" | "error"; readonly content: string } | undefined;
}

export interface XmppDevice {
  readonly jabberId: string;
  /** Connection requests as they came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

const RESOURCE = "cpe";

/** Resolves when it is bound and available. */
export async function openXmppDevice(options: XmppDeviceOptions): Promise<XmppDevice> {
  const { domain, username, password } = options;
  const requests: string[] = [];
  const socket = await tlsTo({ port: options.port, host: "127.0.0.1", servername: domain, ca: options.ca });
  let text = "";
  let onText = (): void => undefined;
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onText();
  });
  const open = `<stream:stream to="${domain}" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" version="1.0">`;
  /** Says something, and takes all that comes up to what fits. */
  const say = (what: string, awaited: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = awaited.exec(text);
        if (found === null) return;
        text = text.slice(found.index + found[0].length);
        onText = () => undefined;
        resolve(found[0]);
      };
      socket.once("close", () => reject(new Error(`the XMPP server ended the stream: ${text}`)));
      onText = look;
      socket.write(what);
    });
  await say(open, /<\/stream:features>/);
  const proof = Buffer.from(`\0${username}\0${password}`).toString("base64");
  await say(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${proof}</auth>`, /<success[^>]*>/);
  await say(open, /<\/stream:features>/);
  const bind = `<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${RESOURCE}</resource></bind></iq>`;
  await say(bind, /<\/iq>/);

  onText = () => {
    for (let end = text.indexOf("</iq>"); end >= 0; end = text.indexOf("</iq>")) {
      const stanza = text.slice(0, end + "</iq>".length);
      text = text.slice(stanza.length);
      if (!stanza.includes("connectionRequest")) continue;
      requests.push(stanza);
      const [id, from] = ["id", "from"].map((name) => new RegExp(`<iq[^>]*\\s${name}=['"]([^'"]*)['"]`).exec(stanza)?.[1] ?? "");
      const said = options.answer(stanza);
      if (said !== undefined) socket.write(`<iq type="${said.type}" id="${id}" to="${from}">${said.content}</iq>`);
    }
  };
  onText();
  return {
    jabberId: `${username}@${domain}/${RESOURCE}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.end("</stream:stream>");
      }),
  };
}

function tlsTo(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket));
    socket.once("error", reject);
  });
}
