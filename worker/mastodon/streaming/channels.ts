/** Streams that an app may listen to, by Mastodon's names, and which posts belong to each: those of the timeline of the same name. */
import type { Scope } from "../../model/scopes.ts";
import { covers } from "../../model/scopes.ts";

const PLAIN = [
  "user",
  "user:notification",
  "public",
  "public:local",
  "public:remote",
  "public:media",
  "public:local:media",
  "public:remote:media",
  "direct",
] as const;
const TAGGED = ["hashtag", "hashtag:local"] as const;

/** As it is named with each event: the second part is the hashtag, or the list's number. */
export type Channel =
  | readonly [(typeof PLAIN)[number]]
  | readonly [(typeof TAGGED)[number], string]
  | readonly ["list", string];

/** As an app names one, in the query or in a message. What is missing is "". */
export interface Asked {
  readonly stream: string;
  readonly tag: string;
  readonly list: string;
}

const TAG_MAX = 100;

/** Null for what is no stream. */
export function readChannel({ stream, tag, list }: Asked): Channel | null {
  const plain = PLAIN.find((name) => name === stream);
  if (plain) return [plain];
  const tagged = TAGGED.find((name) => name === stream);
  const word = tag.trim().replace(/^#/, "");
  if (tagged) return word === "" || word.length > TAG_MAX ? null : [tagged, word];
  return stream === "list" && /^\d{1,16}$/.test(list) ? ["list", list] : null;
}

/** What of it all a bearer may hear. */
export interface Hears {
  readonly statuses: boolean;
  readonly notifications: boolean;
}

export const hearsWith = (scopes: readonly Scope[]): Hears => ({
  statuses: covers(scopes, "read:statuses"),
  notifications: covers(scopes, "read:notifications"),
});

/** As Mastodon: notifications by themselves need their own scope, everything else that of posts. */
export const mayListen = (hears: Hears, [name]: Channel): boolean =>
  name === "user:notification" ? hears.notifications : hears.statuses;

export const sameChannel = (a: Channel, b: Channel): boolean => a[0] === b[0] && a[1] === b[1];
