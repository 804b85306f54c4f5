/**
 * Which open connection leads to a target already: one that we opened to it, or one that a proven peer lets us use.
 * Spec: RFC 3261 18 ("connections be kept open… and be reused"); RFC 5923 8.1 (the certificate must be the target's). Layer: net.
 */
import type { X509Certificate } from "node:crypto";
import { certifies } from "./certificate-identity.js";
import type { Connection } from "./connection.js";
import type { StreamTarget } from "./dial.js";
import { FlowFailed } from "./transport.js";

export interface Reuse {
  /** @param open Makes a new one; those who ask meanwhile wait for it. @throws What `open` throws. */
  find(target: StreamTarget, open: () => Promise<Connection>): Promise<Connection>;
  /** The peer says that requests to it may come this way. @param port Of its Via. */
  alias(connection: Connection, port: number, certificate: X509Certificate): void;
  /** It is closed. */
  forget(connection: Connection): void;
}

interface Alias {
  readonly connection: Connection;
  readonly certificate: X509Certificate;
}

export function createReuse(): Reuse {
  const opened = new Map<string, Connection | Promise<Connection>>();
  const aliases = new Map<string, Alias>();
  /** Where each connection is entered above. */
  const keys = new WeakMap<Connection, { target?: string; alias?: string }>();

  const noteKey = (connection: Connection, key: { target?: string; alias?: string }): void => {
    keys.set(connection, { ...keys.get(connection), ...key });
  };

  function aliasOf({ address, port, serverName = address }: StreamTarget): Connection | undefined {
    const alias = aliases.get(`${address} ${port}`);
    return alias !== undefined && certifies(alias.certificate, serverName) ? alias.connection : undefined;
  }

  return {
    async find(target, open) {
      const key = `${target.address} ${target.port} ${target.serverName ?? ""}`;
      const known = opened.get(key) ?? aliasOf(target);
      if (known !== undefined) return known;
      const opening = open();
      opened.set(key, opening);
      try {
        const connection = await opening;
        if (!connection.isOpen()) throw new FlowFailed("the peer closed the connection");
        opened.set(key, connection);
        noteKey(connection, { target: key });
        return connection;
      } catch (error) {
        opened.delete(key);
        throw error;
      }
    },

    alias(connection, port, certificate) {
      const key = `${connection.flow.remoteAddress} ${port}`;
      const before = keys.get(connection)?.alias;
      if (before !== undefined && before !== key) aliases.delete(before); // one each: a peer can't fill the map
      aliases.set(key, { connection, certificate });
      noteKey(connection, { alias: key });
    },

    forget(connection) {
      const { target, alias } = keys.get(connection) ?? {};
      if (target !== undefined && opened.get(target) === connection) opened.delete(target);
      if (alias !== undefined && aliases.get(alias)?.connection === connection) aliases.delete(alias);
    },
  };
}
