/**
 * The part of @xmpp/client 0.14.0 that is used here: the package comes without types.
 * Layer: wake (types).
 */
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";

  export interface XmlElement {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string | undefined>>;
    readonly children: readonly (XmlElement | string)[];
    getChild(name: string, xmlns?: string): XmlElement | undefined;
  }

  export function xml(name: string, attrs?: Readonly<Record<string, string>>, ...children: readonly (XmlElement | string)[]): XmlElement;

  export interface Credentials {
    readonly username: string;
    readonly password: string;
  }

  /** What the entity says of itself while it authenticates. */
  export interface Entity {
    isSecure(): boolean;
  }

  export interface ClientOptions {
    /** "xmpp://host:port" (STARTTLS) or "xmpps://host:port" (TLS from the first byte). */
    readonly service: string;
    readonly domain: string;
    readonly resource?: string;
    /** Milliseconds of one step of opening and closing. */
    readonly timeout?: number;
    /** Called to authenticate; a rejection refuses it. */
    readonly credentials: (
      authenticate: (credentials: Credentials, mechanism: string) => Promise<void>,
      mechanisms: readonly string[],
      fast: unknown,
      entity: Entity,
    ) => Promise<void>;
  }

  /** A way to the server: a class whose prototype says which services it serves, and how. */
  export interface Transport {
    readonly prototype: { socketParameters(service: string): object | undefined };
  }

  export interface XmppClient extends EventEmitter, Entity {
    readonly status: string;
    readonly socket: { destroy?(): void; readonly socket?: { destroy(): void } | null } | null;
    readonly transports: Transport[];
    readonly reconnect: { stop(): void };
    /** Resolves when the octets are handed over. */
    send(element: XmlElement): Promise<void>;
    on(event: "stanza", listener: (stanza: XmlElement) => void): this;
    on(event: string, listener: (...args: unknown[]) => void): this;
    /** Resolves when the session is bound. */
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
  }

  export function client(options: ClientOptions): XmppClient;
}
