/**
 * Which parameters of a device lie under a path, without reading values. Used on both threads.
 * Layer: stores (sqlite).
 */
import type { Queries } from "../../../common/sqlite/queries.js";
import { codePath, joinPath } from "../../devices/parameter-path.js";

export interface ParameterKey {
  readonly template: number;
  readonly instances: string;
  readonly name: string;
}

interface KeyRow {
  readonly template: number;
  readonly instances: string;
  readonly path: string;
}

export type KeysUnder = (device: { readonly number: number; readonly parameters: number }, path: string) => readonly ParameterKey[];

/** The key order of the table, not path order. `path`: "" for all, a partial path ending in ".", or one full name. */
export function subtree(queries: Queries): KeysUnder {
  const all = queries.prepare<KeyRow>(
    "SELECT template, instances, path FROM parameters JOIN templates ON templates.id = parameters.template WHERE device = ?",
  );
  const one = queries.prepare<KeyRow>(
    `SELECT template, instances, path FROM templates JOIN parameters ON parameters.device = ? AND parameters.template = templates.id
     AND parameters.instances = ? WHERE path = ?`,
  );
  const countUnder = queries.prepare<{ count: number }>(
    "SELECT count(*) AS count FROM (SELECT 1 FROM templates WHERE path >= ? AND path < ? LIMIT ?)",
  );
  // CROSS JOIN keeps the order of the tables: a seek for each template under the path.
  const under = queries.prepare<KeyRow>(
    `SELECT template, instances, path FROM templates CROSS JOIN parameters ON parameters.device = @device AND parameters.template = templates.id
     WHERE path >= @from AND path < @to
     AND (@instances = '' OR instances = @instances OR (instances >= @instances || '.' AND instances < @instances || '/'))`,
  );
  return (device, path) => {
    const { template, instances } = codePath(path);
    if (path === "") return all.all(device.number).map(keyOf);
    if (!path.endsWith(".")) return one.all(device.number, instances, template).map(keyOf);
    const to = `${template.slice(0, -1)}/`; // "/" is the character after "."
    // Other devices may have brought more templates under this path than this one has parameters: then its own are looked through.
    const templates = countUnder.get(template, to, device.parameters)?.count ?? 0;
    if (templates < device.parameters) return under.all({ device: device.number, from: template, to, instances }).map(keyOf);
    return all
      .all(device.number)
      .map(keyOf)
      .filter(({ name }) => name.startsWith(path));
  };
}

const keyOf = ({ template, instances, path }: KeyRow): ParameterKey => ({
  template,
  instances,
  name: joinPath({ template: path, instances }),
});
