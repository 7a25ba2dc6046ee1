/** Hashtags: those the owner follows, which nobody is told, and those they show on their profile, of which followers are told as Mastodon does. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { addressing } from "../model/audience.ts";
import { places } from "../model/places.ts";
import { tagKey } from "../model/tag.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { runBatch } from "../store/batch.ts";
import {
  dropFeaturedTag,
  featuredTagsQuery,
  insertFeaturedTag,
  type FeaturedTag,
} from "../store/featured-tags.ts";
import { countFollowedTags, followTag, unfollowTag } from "../store/followed-tags.ts";
import { hashtag, pinning } from "../vocab/reactions.ts";

/** As Mastodon. */
export const FEATURED_TAGS_MAX = 10;
/** Each is compared with the hashtags of what comes in. */
const FOLLOWED_TAGS_MAX = 500;

export type Tagged = { kind: "done" } | { kind: "invalid"; problem: string };

/** Twice is once. The name is one that `readTag` gave. 2 D1 calls. */
export async function followTagNamed(ctx: Ctx, shown: string): Promise<Tagged> {
  const [row] = await countFollowedTags(ctx.db);
  if ((row?.count ?? 0) >= FOLLOWED_TAGS_MAX)
    return { kind: "invalid", problem: `At most ${FOLLOWED_TAGS_MAX} hashtags can be followed` };
  await runBatch(ctx.db, followTag(ctx.db, { name: tagKey(shown), id: fanoutId(ctx), shown }));
  return { kind: "done" };
}

/** Twice is once. */
export async function unfollowTagNamed(ctx: Ctx, name: string): Promise<void> {
  await runBatch(ctx.db, [unfollowTag(ctx.db, tagKey(name))]);
}

export type Featured = { kind: "done"; tag: FeaturedTag } | { kind: "invalid"; problem: string };

/** Twice is once. 2 D1 calls; 2 rows and an index entry. */
export async function featureTag(ctx: Ctx, shown: string): Promise<Featured> {
  const name = tagKey(shown);
  const featured = await featuredTagsQuery(ctx.db);
  const known = featured.find((tag) => tag.name === name);
  if (known) return { kind: "done", tag: known };
  if (featured.length >= FEATURED_TAGS_MAX)
    return { kind: "invalid", problem: `At most ${FEATURED_TAGS_MAX} hashtags can be featured` };
  const tag = { id: fanoutId(ctx), name, shown };
  await runBatch(ctx.db, [insertFeaturedTag(ctx.db, tag), ...(await told(ctx, "Add", tag))]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "done", tag };
}

/** By its number, or by its name. False: it was not featured. 2 D1 calls; 2 rows. */
export async function unfeatureTag(ctx: Ctx, which: { id: number } | { name: string }): Promise<boolean> {
  const found = (await featuredTagsQuery(ctx.db)).find((tag) =>
    "id" in which ? tag.id === which.id : tag.name === tagKey(which.name),
  );
  if (!found) return false;
  await runBatch(ctx.db, [dropFeaturedTag(ctx.db, found.id), ...(await told(ctx, "Remove", found))]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** Mastodon names the collection of pinned posts as the target of hashtags too: it tells them apart by what is added. */
function told(ctx: Ctx, type: "Add" | "Remove", { name, shown }: FeaturedTag) {
  const { actor, origin } = ctx.stead;
  const id = fanoutId(ctx);
  const to = addressing("public", places.followers(origin), []);
  const object = hashtag(shown, places.tag(origin, name));
  const activity = pinning(type, actor, `${actor}#pins/${id}` as Iri, object, places.featured(origin), to);
  return enqueue(ctx, id, activity, { toFollowers: true, recipients: [] });
}
