/** What the link of a post leads to, asked for behind what the owner waits for, and once for all posts that hold it. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { DAY, SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import type { Card } from "../model/card.ts";
import { firstLink } from "../model/first-link.ts";
import { decodePage, isHtml, mayBeNamedAt, readPage, withOembed, type Page } from "../model/opengraph.ts";
import type { Post } from "../model/post.ts";
import { changes, runBatch } from "../store/batch.ts";
import { askForCard, pointAtCard, saveCard } from "../store/cards.ts";
import { postByIri, postQuery } from "../store/posts.ts";
import { probe, freeId, peerFrom, pick, savePeer } from "../store/peers.ts";
import { list } from "../vocab/read.ts";
import { readActor } from "../vocab/read-actor.ts";
import { fetchOpenDocument } from "./fetch-document.ts";
import { lookUp } from "./webfinger.ts";

/** A page's head is at its beginning, but for those who put their scripts first. */
const PAGE_MAX = 524_288;
const OEMBED_MAX = 65_536;
const DEADLINE = 8 * SECOND;
/** What it may take in all, with redirects. Where less is left, it is not begun: opening the post begins it again. */
const REQUESTS = 12;
const AGAIN = 1 * DAY;

/**
 * Looks for the post's link, and says in its row which card is its own. The page is fetched when nobody has before: at most 12 requests, no
 * signature but for who is asked whether they wrote it, 4 D1 calls, 4 rows.
 */
export async function wantCard(
  ctx: Ctx,
  post: Pick<Post, "id" | "html" | "mentions"> & { readonly card?: number | null },
): Promise<void> {
  const { db, door, meter } = ctx;
  const url = firstLink(post);
  if (url === null) {
    if (post.card != null) await runBatch(db, [pointAtCard(db, post.id, null)]);
    return;
  }
  if (meter.fetches + REQUESTS > (door.maxFetches ?? Number.POSITIVE_INFINITY)) return;
  const now = ctx.clock();
  const [, asked] = await runBatch(db, [
    pointAtCard(db, post.id, url),
    askForCard(db, url, now, (now - AGAIN) as UnixMs),
  ]);
  if (changes(asked) === 0) return;
  const page = await fetchPage(ctx, url);
  if (!page) return;
  const { card, creator } = page;
  const author = creator === null ? null : await authorOf(ctx, creator, new URL(page.url).host);
  await runBatch(db, [...(author?.statements ?? []), saveCard(db, url, card, author?.id ?? null)]);
}

/** The same for a post by its number or IRI; one that is gone has none. 1 D1 call more. */
export async function wantCardOf(ctx: Ctx, of: number | Iri): Promise<void> {
  const [post] = await (typeof of === "number" ? postQuery(ctx.db, of) : postByIri(ctx.db, of));
  if (post && post.deletedAt === null) await wantCard(ctx, post);
}

/** `url`: where the page was in the end. */
async function fetchPage(
  ctx: Ctx,
  url: string,
): Promise<(Pick<Page, "card" | "creator"> & { url: string }) | null> {
  const answer = await safeFetch(ctx.door, {
    method: "GET",
    url,
    headers: { accept: "text/html, application/xhtml+xml" },
    maxBytes: PAGE_MAX,
    cut: true,
    deadlineMs: DEADLINE,
  });
  if (!answer.ok || answer.status !== 200) return null;
  const type = answer.headers.get("content-type");
  if (!isHtml(type)) return null;
  const page = readPage(decodePage(answer.body, type ?? ""), answer.url);
  if (!page) return null;
  const { oembed, creator } = page;
  const card = oembed === null ? page.card : withOembed(page.card, await fetchOembed(ctx, oembed));
  return { card: named(card, answer.url), creator, url: answer.url };
}

/** Who does not say what their site is called is called by its host. */
function named(card: Card, url: string): Card {
  return card.providerName === "" ? { ...card, providerName: new URL(url).host } : card;
}

async function fetchOembed(ctx: Ctx, url: string): Promise<unknown> {
  const headers = { accept: "application/json" };
  const answer = await safeFetch(ctx.door, { method: "GET", url, headers, maxBytes: OEMBED_MAX });
  if (!answer.ok || answer.status !== 200) return null;
  try {
    return JSON.parse(new TextDecoder().decode(answer.body));
  } catch {
    return null;
  }
}

/** Who wrote the page, when their own account says that they write there: else anybody could be named. */
async function authorOf(ctx: Ctx, handle: string, host: string) {
  const found = await lookUp(ctx, handle);
  if (found.kind !== "found" || found.actor === ctx.stead.actor) return null;
  const fetched = await fetchOpenDocument(ctx, found.actor);
  const document = fetched.kind === "document" ? readActor(fetched.json) : null;
  if (fetched.kind !== "document" || document?.iri !== found.actor) return null;
  if (!mayBeNamedAt(host, list(fetched.json["attributionDomains"]))) return null;
  const near = await probe(ctx.db, document.iri);
  const known = pick(near, document.iri);
  if (known) return { id: known.id, statements: [] };
  if (freeId(document.iri, near) === null) return null;
  const peer = peerFrom(document, near, ctx.clock());
  return { id: peer.id, statements: [savePeer(ctx.db, peer)] };
}
