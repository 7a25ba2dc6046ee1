/** Hashtags on the owner's profile (docs.joinmastodon.org/methods/featured_tags). */
import type { Ctx } from "../../kernel/ctx.ts";
import { countTags, readTag } from "../../model/tag.ts";
import { featureTag, unfeatureTag } from "../../owner/tags.ts";
import { featuredTagsQuery, ownTagsQuery } from "../../store/featured-tags.ts";
import { followedAmong } from "../../store/followed-tags.ts";
import { peerById } from "../../store/peers.ts";
import { json, refused } from "../answers.ts";
import { ownAccountId } from "../entities/account.ts";
import { toFeaturedTag, toTag } from "../entities/tag.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall, OpenCall } from "../router.ts";

/** As Mastodon. */
const SUGGESTIONS_MAX = 10;

/** 1 D1 call; reads the owner's newest posts, as each of these. */
async function load({ db }: Ctx) {
  const [featured, posts] = await db.batch([featuredTagsQuery(db), ownTagsQuery(db)]);
  const uses = countTags(posts.map(({ id, tags }) => ({ id, tags: JSON.parse(tags) as string[] })));
  return { featured, uses };
}

/** The most used first, as Mastodon. */
async function shownTags(ctx: Ctx) {
  const { featured, uses } = await load(ctx);
  return featured
    .map((tag) => ({ tag, use: uses.get(tag.name) }))
    .toSorted((a, b) => (b.use?.posts ?? 0) - (a.use?.posts ?? 0))
    .map(({ tag, use }) => toFeaturedTag(ctx, tag, use));
}

export async function featuredTags({ ctx }: GrantedCall): Promise<Response> {
  return json(await shownTags(ctx));
}

/** What others show on their profiles is not told to us. */
export async function accountFeaturedTags({ ctx, path, byOwner }: OpenCall): Promise<Response> {
  if (path("id") === ownAccountId(ctx)) return json(await shownTags(ctx));
  const peer = byOwner ? await peerById(ctx.db, idIn(path("id"))) : null;
  return peer ? json([]) : refused({ kind: "not-found" });
}

/** Twice is once. */
export async function addFeaturedTag({ ctx, params }: GrantedCall): Promise<Response> {
  const name = readTag(params.text("name") ?? "");
  if (name === null) return refused({ kind: "invalid", problem: "Name is invalid" });
  const featured = await featureTag(ctx, name);
  if (featured.kind === "invalid") return refused(featured);
  const { uses } = await load(ctx);
  return json(toFeaturedTag(ctx, featured.tag, uses.get(featured.tag.name)));
}

export async function dropFeaturedTag({ ctx, path }: GrantedCall): Promise<Response> {
  const done = await unfeatureTag(ctx, { id: idIn(path("id")) ?? -1 });
  return done ? json({}) : refused({ kind: "not-found" });
}

/** What the owner used last and does not show yet. 2 D1 calls. */
export async function suggestedTags({ ctx }: GrantedCall): Promise<Response> {
  const { featured, uses } = await load(ctx);
  const names = new Set(featured.map(({ name }) => name));
  const suggested = [...uses].filter(([name]) => !names.has(name)).slice(0, SUGGESTIONS_MAX);
  const followed = await followedAmong(
    ctx.db,
    suggested.map(([name]) => name),
  );
  const isFollowed = new Set(followed.map(({ name }) => name));
  return json(
    suggested.map(([name, { shown }]) =>
      toTag(ctx, shown, { following: isFollowed.has(name), featuring: false }),
    ),
  );
}
