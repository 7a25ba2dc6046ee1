/** Hashtags, and those the owner follows (docs.joinmastodon.org/methods/tags). */
import type { Ctx } from "../../kernel/ctx.ts";
import { readTag, tagKey } from "../../model/tag.ts";
import { featureTag, followTagNamed, unfeatureTag, unfollowTagNamed } from "../../owner/tags.ts";
import { featuredTagsQuery } from "../../store/featured-tags.ts";
import { followedTagQuery, followedTagsWithin } from "../../store/followed-tags.ts";
import { json, refused } from "../answers.ts";
import { toTag } from "../entities/tag.ts";
import { linkHeader } from "../links.ts";
import { spanIn } from "../pages.ts";
import type { GrantedCall, OpenCall } from "../router.ts";

/** As Mastodon: 100 unless told, 200 at most. */
const TAGS = { min: 1, max: 200, otherwise: 100 };

const notFound = (): Response => refused({ kind: "not-found" });

/** The hashtag as the owner wrote it when they followed or featured it, else as it was asked for. 1 D1 call. */
async function shownTag(ctx: Ctx, asked: string) {
  const name = tagKey(asked);
  const [[followed], featured] = await ctx.db.batch([
    followedTagQuery(ctx.db, name),
    featuredTagsQuery(ctx.db),
  ]);
  const shown = featured.find((tag) => tag.name === name);
  const own = { following: followed !== undefined, featuring: shown !== undefined };
  return toTag(ctx, followed?.shown ?? shown?.shown ?? asked, own);
}

/** What the owner thinks of it is theirs to know. 1 D1 call for the owner, and none for others. */
export async function showTag({ ctx, path, byOwner }: OpenCall): Promise<Response> {
  const name = readTag(path("id"));
  if (name === null) return notFound();
  return json(byOwner ? await shownTag(ctx, name) : toTag(ctx, name, null));
}

/** The hashtag as it is afterwards. */
const act =
  (verb: (ctx: Ctx, name: string) => Promise<unknown>) =>
  async ({ ctx, path }: GrantedCall): Promise<Response> => {
    const name = readTag(path("id"));
    if (name === null) return notFound();
    const done = await verb(ctx, name);
    return isInvalid(done) ? refused(done) : json(await shownTag(ctx, name));
  };

const isInvalid = (done: unknown): done is { kind: "invalid"; problem: string } =>
  typeof done === "object" && done !== null && "kind" in done && done.kind === "invalid";

export const follow = act(followTagNamed);
export const unfollow = act(unfollowTagNamed);
export const feature = act(featureTag);
export const unfeature = act((ctx, name) => unfeatureTag(ctx, { name }));

/** The last followed first. Pages go by the Link header. 1 D1 call. */
export async function followedTags({ ctx, params, url }: GrantedCall): Promise<Response> {
  const limit = params.number("limit", TAGS);
  const [tags, featured] = await ctx.db.batch([
    followedTagsWithin(ctx.db, spanIn(params), limit),
    featuredTagsQuery(ctx.db),
  ]);
  const names = new Set(featured.map(({ name }) => name));
  const [first, last] = [tags[0], tags.at(-1)];
  const shown =
    first && last ? { first: String(first.id), last: String(last.id), more: tags.length === limit } : null;
  return json(
    tags.map((tag) => toTag(ctx, tag.shown, { following: true, featuring: names.has(tag.name) })),
    200,
    linkHeader(ctx, url, shown),
  );
}
