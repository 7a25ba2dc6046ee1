/** Hashtags: what is one, and which spellings are the same one. */

/** UTF-16 units; Mastodon takes no longer ones into its own posts. */
const NAME_MAX = 100;

/** Letters, marks, digits and what joins words, and not digits alone; as Mastodon finds them in a text. */
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}·]*[\p{L}\p{M}_·][\p{L}\p{M}\p{N}\p{Pc}·]*$/u;

/** A hashtag as typed, without its #; null when it is none. */
export function readTag(typed: string): string | null {
  const name = typed
    .trim()
    .replace(/^[#＃]/u, "")
    .normalize("NFKC");
  return name.length <= NAME_MAX && NAME.test(name) ? name : null;
}

/** What all spellings of a hashtag have in common. */
export const tagKey = (name: string): string => name.normalize("NFKC").toLowerCase();

export interface TagUse {
  /** As in the newest post that has it. */
  readonly shown: string;
  posts: number;
  /** Number of the newest post that has it. */
  readonly newest: number;
}

/** How often each hashtag was used, by its key. Posts newest first; each counts once for a hashtag. */
export function countTags(posts: readonly { id: number; tags: readonly string[] }[]): Map<string, TagUse> {
  const uses = new Map<string, TagUse>();
  for (const { id, tags } of posts) {
    for (const [key, shown] of new Map(tags.map((tag) => [tagKey(tag), tag]))) {
      const use = uses.get(key) ?? { shown, posts: 0, newest: id };
      use.posts += 1;
      uses.set(key, use);
    }
  }
  return uses;
}
