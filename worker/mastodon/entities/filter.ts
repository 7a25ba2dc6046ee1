/** Filters as Mastodon's `Filter` (version 2), as the `V1::Filter` that each keyword is to older apps, and what became of a post. */
import type { Filter, FilteredPost, FilterKeyword, FilterMatch } from "../../model/filter.ts";
import { timestamp } from "../answers.ts";

const head = ({ id, title, contexts, action, expiresAt }: Filter) => ({
  id: String(id),
  title,
  context: contexts,
  expires_at: expiresAt === null ? null : timestamp(expiresAt),
  filter_action: action,
});

export function toFilter(filter: Filter) {
  return {
    ...head(filter),
    keywords: filter.keywords.map(toKeyword),
    statuses: filter.posts.map(toFilterStatus),
  };
}

export const toKeyword = ({ id, keyword, wholeWord }: FilterKeyword) => ({
  id: String(id),
  keyword,
  whole_word: wholeWord,
});

export const toFilterStatus = ({ id, post }: FilteredPost) => ({ id: String(id), status_id: String(post) });

/** Of version 1 a filter is one keyword. `irreversible` is what is hidden. */
export function toFilterV1(
  { contexts, action, expiresAt }: Filter,
  { id, keyword, wholeWord }: FilterKeyword,
) {
  return {
    id: String(id),
    phrase: keyword,
    context: contexts,
    whole_word: wholeWord,
    expires_at: expiresAt === null ? null : timestamp(expiresAt),
    irreversible: action === "hide",
  };
}

/** As Mastodon, without what else the filter looks for. */
export function toFilterResult({ filter, keywords, byPost }: FilterMatch, post: number) {
  return {
    filter: head(filter),
    keyword_matches: keywords.length > 0 ? keywords : null,
    status_matches: byPost ? [String(post)] : null,
  };
}
