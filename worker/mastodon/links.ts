/** Pages of a list, as the Link header tells them (RFC 8288). */
import type { Ctx } from "../kernel/ctx.ts";

/** The first and the last on this page, by the ids that `min_id` and `max_id` take. */
export interface Shown {
  readonly first: string;
  readonly last: string;
  /** Whether there may be more after the last. */
  readonly more: boolean;
}

/**
 * The Link header of a page; none for an empty one, whose reader would ask for the next for ever (masto.js) or fall over it (Mastodon.py).
 * Absolute and under the stead's own name, with what else was in the query.
 */
export function linkHeader(ctx: Ctx, asked: URL, shown: Shown | null): Record<string, string> {
  if (shown === null) return {};
  const to = (cursor: Record<string, string>): string => {
    const query = new URLSearchParams(asked.search);
    for (const name of ["max_id", "min_id", "since_id"]) query.delete(name);
    for (const [name, value] of Object.entries(cursor)) query.set(name, value);
    return `${ctx.stead.origin}${asked.pathname}?${query.toString()}`;
  };
  const next = shown.more ? [`<${to({ max_id: shown.last })}>; rel="next"`] : [];
  return { link: [...next, `<${to({ min_id: shown.first })}>; rel="prev"`].join(", ") };
}
