/**
 * The devices that a group is asked for, a page at a time: however many there are, others get their turn in between.
 * Layer: groups (shell).
 */
import type { TagStore } from "../stores/tag-store.js";

export type AskedDevices = { readonly ids: readonly string[] } | { readonly tag: string };

/** A page takes the writer some milliseconds. */
const PAGE = 1_000;

export async function* devicePages(asked: AskedDevices, tags: TagStore): AsyncGenerator<readonly string[]> {
  if ("ids" in asked) {
    for (let from = 0; from < asked.ids.length; from += PAGE) yield asked.ids.slice(from, from + PAGE);
    return;
  }
  let page = await tags.devices(asked.tag, { limit: PAGE });
  for (; page.length > 0; page = await tags.devices(asked.tag, { afterId: page.at(-1) ?? "", limit: PAGE })) yield page;
}
