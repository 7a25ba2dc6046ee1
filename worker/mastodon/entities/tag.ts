/** Hashtags as Mastodon's `Tag` and `FeaturedTag`. How often everybody uses one is not counted here: its history is empty. */
import type { Ctx } from "../../kernel/ctx.ts";
import { hash52 } from "../../kernel/hash52.ts";
import { places } from "../../model/places.ts";
import { timeFromId } from "../../model/post.ts";
import { tagKey, type TagUse } from "../../model/tag.ts";
import type { FeaturedTag } from "../../store/featured-tags.ts";
import { timestamp } from "../answers.ts";

/** What the owner is told beside the hashtag itself; null for anybody else. */
export interface OwnTag {
  readonly following: boolean;
  readonly featuring: boolean;
}

export const toTag = (ctx: Ctx, shown: string, own: OwnTag | null) => ({
  id: String(hash52(tagKey(shown))),
  name: shown,
  url: places.tag(ctx.stead.origin, shown),
  history: [],
  ...own,
});

/** The number is a text, as Mastodon writes it. */
export const toFeaturedTag = (ctx: Ctx, { id, shown }: FeaturedTag, use: TagUse | undefined) => ({
  id: String(id),
  name: shown,
  url: places.tag(ctx.stead.origin, shown),
  statuses_count: String(use?.posts ?? 0),
  last_status_at: use ? timestamp(timeFromId(use.newest)).slice(0, 10) : null,
});
