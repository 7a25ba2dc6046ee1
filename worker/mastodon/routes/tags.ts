/** Hashtags. */
import {
  accountFeaturedTags,
  addFeaturedTag,
  dropFeaturedTag,
  featuredTags,
  suggestedTags,
} from "../tags/featured.ts";
import { feature, follow, followedTags, showTag, unfeature, unfollow } from "../tags/tags.ts";
import type { Route } from "../router.ts";

/** Named as Mastodon names it: the hashtag itself. */
const TAG = "/api/v1/tags/:id{[^/]+}";

export const tagsRoutes: readonly Route[] = [
  { method: "GET", path: TAG, scope: { anybody: ["read:follows", "read:statuses"] }, handle: showTag },
  { method: "POST", path: `${TAG}/follow`, scope: ["write:follows"], handle: follow },
  { method: "POST", path: `${TAG}/unfollow`, scope: ["write:follows"], handle: unfollow },
  { method: "POST", path: `${TAG}/feature`, scope: ["write:accounts"], handle: feature },
  { method: "POST", path: `${TAG}/unfeature`, scope: ["write:accounts"], handle: unfeature },
  { method: "GET", path: "/api/v1/followed_tags", scope: ["read:follows"], handle: followedTags },
  { method: "GET", path: "/api/v1/featured_tags", scope: ["read:accounts"], handle: featuredTags },
  { method: "POST", path: "/api/v1/featured_tags", scope: ["write:accounts"], handle: addFeaturedTag },
  {
    method: "GET",
    path: "/api/v1/featured_tags/suggestions",
    scope: ["read:accounts"],
    handle: suggestedTags,
  },
  {
    method: "DELETE",
    path: "/api/v1/featured_tags/:id{[0-9]+}",
    scope: ["write:accounts"],
    handle: dropFeaturedTag,
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}/featured_tags",
    scope: { anybody: ["read:accounts"] },
    handle: accountFeaturedTags,
  },
];
