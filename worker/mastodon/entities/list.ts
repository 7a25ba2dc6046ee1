/** A list, as Mastodon's `List`. */
import type { List } from "../../store/lists.ts";

export const toList = ({ id, title, replies, exclusive }: List) => ({
  id: String(id),
  title,
  replies_policy: replies,
  exclusive,
});
