/** What apps call a group of notifications. To them the key is opaque, but that `ungrouped-` stands before the number of one that is alone. */
import type { GroupKind, NoticeGroup } from "../../model/notification.ts";
import { idIn } from "../pages.ts";

const WORD = { like: "favourite", boost: "reblog", follow: "follow", arrivals: "arrivals" } as const;

export const keyOf = (group: NoticeGroup | null, id: number): string => {
  if (group === null) return `ungrouped-${id}`;
  const { kind, post, part } = group;
  return kind === "like" || kind === "boost" ? `${WORD[kind]}-${post}-${part}` : `${WORD[kind]}-${part}`;
};

export type Keyed = { kind: "one"; id: number } | { kind: "group"; group: NoticeGroup };

/** Null: no key of ours. */
export function readKey(key: string): Keyed | null {
  const [word = "", ...rest] = key.split("-");
  const numbers = rest.flatMap((text) => idIn(text) ?? []);
  const [first, second] = numbers;
  if (first === undefined || numbers.length < rest.length) return null;
  if (word === "ungrouped") return rest.length === 1 ? { kind: "one", id: first } : null;
  const [kind] = Object.entries(WORD).find(([, theirs]) => theirs === word) ?? [];
  if (kind === "like" || kind === "boost")
    return second !== undefined && rest.length === 2 ? inGroup(kind, first, second) : null;
  if (kind === "follow" || kind === "arrivals") return rest.length === 1 ? inGroup(kind, 0, first) : null;
  return null;
}

/** A part of a day that a notification may fall into, and a time that one may have: numbers above are nobody's. */
const PART_MAX = 2 ** 43;

function inGroup(kind: GroupKind, post: number, part: number): Keyed | null {
  return part < PART_MAX ? { kind: "group", group: { kind, post, part } } : null;
}
