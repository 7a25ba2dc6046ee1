/**
 * What an app may do, in the words of Mastodon's API (docs.joinmastodon.org/api/oauth-scopes). What is not named here does not exist: an app
 * that asks for it gets the rest.
 */
const READ = [
  "accounts",
  "blocks",
  "bookmarks",
  "favourites",
  "filters",
  "follows",
  "lists",
  "mutes",
] as const;
const READ_ALSO = ["notifications", "search", "statuses"] as const;
const BOTH = [...READ, "notifications", "statuses"] as const;
const WRITE_ALSO = ["conversations", "media", "reports"] as const;

/** Who the owner is in the fediverse: aliases and moves. Never part of another scope: whoever has it can take the followers along. */
export const IDENTITY = "fedistead:identity";

export type Scope =
  | "read"
  | "write"
  | "follow"
  | "push"
  | "profile"
  | typeof IDENTITY
  | `read:${(typeof READ)[number] | (typeof READ_ALSO)[number]}`
  | `write:${(typeof BOTH)[number] | (typeof WRITE_ALSO)[number]}`;

/** Every scope there is. */
export const SCOPES: readonly Scope[] = [
  "read",
  ...READ.map((what) => `read:${what}` as const),
  ...READ_ALSO.map((what) => `read:${what}` as const),
  "write",
  ...BOTH.map((what) => `write:${what}` as const),
  ...WRITE_ALSO.map((what) => `write:${what}` as const),
  "follow",
  "push",
  "profile",
  IDENTITY,
];

/** Mastodon's oldest scope stands for these three, reading and writing. */
const FOLLOW: readonly string[] = ["follows", "blocks", "mutes"];

/** The scopes in a text with spaces between, each once; what is none is left out. */
export function readScopes(text: string): Scope[] {
  const asked = new Set(text.split(/\s+/));
  return SCOPES.filter((scope) => asked.has(scope));
}

/** Whether who was granted these may do what needs that one. */
export function covers(granted: readonly Scope[], needed: Scope): boolean {
  if (granted.includes(needed)) return true;
  const [parent, what = ""] = needed.split(":");
  if (parent !== "read" && parent !== "write") return false;
  return granted.includes(parent) || (granted.includes("follow") && FOLLOW.includes(what));
}

/** Whether nothing is asked for that lies beyond `most`. */
export function within(most: readonly Scope[], asked: readonly Scope[]): boolean {
  return asked.every((scope) => covers(most, scope));
}
