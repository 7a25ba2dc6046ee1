/** Whether the pages that the owner's profile links to link back: what does is shown as theirs. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { decodePage, isHtml } from "../model/opengraph.ts";
import { places } from "../model/places.ts";
import { linkInField, linksBack } from "../model/rel-me.ts";
import { runBatch } from "../store/batch.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";
import { currentProfile, renderProfile } from "./render.ts";

/** Of a page; a link back stands at its beginning or in its body. */
const PAGE_MAX = 1_048_576;

type Seen = "links-back" | "does-not" | "not-seen";

/**
 * Looks at each of them, and keeps when it was first seen to link back. One that does not any more, or is gone, loses that; one that can not be
 * reached keeps what it had. No Update is sent: other servers look for themselves. A fetch a link, at most 8 and their redirects; 4 rows when
 * something has changed.
 */
export async function verifyFields(ctx: Ctx): Promise<void> {
  const { fields, verified } = await loadOwner(ctx);
  const links = [...new Set(fields.flatMap(([, value]) => linkInField(value) ?? []))];
  const seen = await Promise.all(links.map(async (link) => [link, await look(ctx, link)] as const));
  const now = ctx.clock();
  const next = Object.fromEntries(
    seen.flatMap(([link, one]): [string, UnixMs][] => {
      const since = verified[link];
      if (one === "links-back") return [[link, since ?? now]];
      return one === "not-seen" && since !== undefined ? [[link, since]] : [];
    }),
  );
  if (same(verified, next)) return;
  const change = { verified: next };
  const { statements } = await renderProfile(ctx.db, await currentProfile(ctx, change), now);
  await runBatch(ctx.db, [updateOwner(ctx.db, change), ...statements]);
}

async function look(ctx: Ctx, url: string): Promise<Seen> {
  const headers = { accept: "text/html, application/xhtml+xml" };
  const answer = await safeFetch(ctx.door, { method: "GET", url, headers, maxBytes: PAGE_MAX, cut: true });
  if (!answer.ok) return answer.reason === "not-allowed" ? "does-not" : "not-seen";
  const { status, body } = answer;
  if (status === 404 || status === 410) return "does-not";
  if (status !== 200) return "not-seen";
  const type = answer.headers.get("content-type");
  if (!isHtml(type)) return "does-not";
  const { origin, actor, handle } = ctx.stead;
  const profiles = [places.profile(origin, handle), actor, `${origin}/`];
  return linksBack(decodePage(body, type ?? ""), answer.url, profiles) ? "links-back" : "does-not";
}

function same(a: Owner["verified"], b: Owner["verified"]): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
