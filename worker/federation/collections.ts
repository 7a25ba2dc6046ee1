/** The owner's collections, a page at a time. Each costs one D1 call. */
import { Hono } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { places } from "../model/places.ts";
import { featuredTagsQuery } from "../store/featured-tags.ts";
import { followerLogQuery, newestFollowers } from "../store/followers.ts";
import { countFollowingQuery, followingBefore } from "../store/following.ts";
import {
  countPublicPosts,
  pinnedPosts,
  postQuery,
  publicPostsBefore,
  publicRepliesTo,
} from "../store/posts.ts";
import { countReactions } from "../store/reactions.ts";
import type { Post } from "../model/post.ts";
import { create } from "../vocab/activities.ts";
import { hashtag, WITH_HASHTAGS } from "../vocab/reactions.ts";
import type { JsonObject } from "../vocab/read.ts";
import type { SteadEnv } from "./stead-env.ts";
import { activity } from "./respond.ts";
import { ifVisible, postIdOf } from "./visible.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const PAGE = 20;
const PEOPLE_PAGE = 100;
const REPLIES_MAX = 100;
/** A cursor above every id. */
const NEWEST = Number.MAX_SAFE_INTEGER;

export const collections = new Hono<SteadEnv>();

collections.get("/actor/outbox", async (c) => {
  const { ctx } = c.var;
  const before = cursor(c.req.query("before"));
  const id = places.outbox(ctx.stead.origin);
  if (c.req.query("page") === undefined && c.req.query("before") === undefined) {
    return activity(summary(id, await countPublicPosts(ctx.db)));
  }
  const posts = await publicPostsBefore(ctx.db, before, PAGE);
  const items = posts.map((post) => createOf(ctx, post));
  return activity(page(id, before, items, posts.length === PAGE ? posts.at(-1)!.id : null));
});

collections.get("/actor/followers", async (c) => {
  const { ctx } = c.var;
  const before = cursor(c.req.query("before"));
  const [[log], rows] = await ctx.db.batch([
    followerLogQuery(ctx.db),
    newestFollowers(ctx.db, before, PEOPLE_PAGE),
  ]);
  const items = rows.map(({ peer }) => peer.iri);
  const next = rows.length === PEOPLE_PAGE ? rows.at(-1)!.follower.id : null;
  return activity(
    people(places.followers(ctx.stead.origin), c.req.query(), log?.count ?? 0, before, items, next),
  );
});

collections.get("/actor/following", async (c) => {
  const { ctx } = c.var;
  const before = cursor(c.req.query("before"));
  const [[total], rows] = await ctx.db.batch([
    countFollowingQuery(ctx.db),
    followingBefore(ctx.db, before, PEOPLE_PAGE),
  ]);
  const items = rows.map(({ peer }) => peer.iri);
  const next = rows.length === PEOPLE_PAGE ? rows.at(-1)!.following.id : null;
  return activity(
    people(places.following(ctx.stead.origin), c.req.query(), total?.count ?? 0, before, items, next),
  );
});

/** What the owner has pinned, by reference, as Mastodon reads it. */
collections.get("/actor/featured", async (c) => {
  const { ctx } = c.var;
  const items = (await pinnedPosts(ctx.db)).map(({ iri }) => iri);
  const collection = summaryless(places.featured(ctx.stead.origin));
  return activity({ ...collection, totalItems: items.length, orderedItems: items });
});

/** The hashtags on the owner's profile, as Mastodon reads them. */
collections.get("/actor/tags", async (c) => {
  const { db, stead } = c.var.ctx;
  const tags = await featuredTagsQuery(db);
  const items = tags.map(({ name, shown }) => hashtag(shown, places.tag(stead.origin, name)));
  return activity({
    "@context": WITH_HASHTAGS,
    id: places.featuredTags(stead.origin),
    type: "Collection",
    totalItems: items.length,
    items,
  });
});

/** What the owner likes is theirs to know. */
collections.get("/actor/liked", (c) =>
  activity({ ...summaryless(places.liked(c.var.ctx.stead.origin)), orderedItems: [] }),
);

collections.get("/posts/:id/replies", async (c) => {
  const { db } = c.var.ctx;
  const id = postIdOf(c) ?? 0;
  const [[found], replies] = await db.batch([postQuery(db, id), publicRepliesTo(db, id, REPLIES_MAX)]);
  const post = await ifVisible(c, found ?? null);
  if (!post) return c.notFound();
  const items = replies.map(({ iri }) => iri);
  return activity(
    { "@context": AS, id: `${post.iri}/replies`, type: "Collection", totalItems: items.length, items },
    open(post),
  );
});

/** Who liked and who boosted is not told, only how many. */
collections.get("/posts/:id/:kind{likes|shares}", async (c) => {
  const { db } = c.var.ctx;
  const id = postIdOf(c) ?? 0;
  const [[found], counted] = await db.batch([postQuery(db, id), countReactions(db, id)]);
  const post = await ifVisible(c, found ?? null);
  if (!post) return c.notFound();
  const kind = c.req.param("kind");
  const reaction = kind === "likes" ? "like" : "boost";
  const totalItems = counted.find((row) => row.kind === reaction)?.count ?? 0;
  return activity({ "@context": AS, id: `${post.iri}/${kind}`, type: "Collection", totalItems }, open(post));
});

const open = (post: Post) => post.visibility === "public" || post.visibility === "quiet";

function createOf(ctx: Ctx, post: Post): JsonObject {
  const { "@context": _, ...activity } = create(
    ctx.stead.actor,
    JSON.parse(post.document ?? "{}") as JsonObject,
  );
  return activity;
}

function cursor(value: string | undefined): number {
  return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : NEWEST;
}

const summaryless = (id: string) => ({ "@context": AS, id, type: "OrderedCollection", totalItems: 0 });

function summary(id: string, totalItems: number): JsonObject {
  return { "@context": AS, id, type: "OrderedCollection", totalItems, first: `${id}?page=1` };
}

function page(id: string, before: number, items: JsonObject[string][], next: number | null): JsonObject {
  const query = before === NEWEST ? "page=1" : `before=${before}`;
  return {
    "@context": AS,
    id: `${id}?${query}`,
    type: "OrderedCollectionPage",
    partOf: id,
    orderedItems: items as JsonObject[],
    ...(next === null ? {} : { next: `${id}?before=${next}` }),
  };
}

/** The collection, or the page that is asked for. */
function people(
  id: string,
  query: Record<string, string>,
  total: number,
  before: number,
  items: string[],
  next: number | null,
) {
  const isPage = query["page"] !== undefined || query["before"] !== undefined;
  return isPage ? page(id, before, items, next) : summary(id, total);
}
