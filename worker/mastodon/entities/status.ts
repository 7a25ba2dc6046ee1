/** A post as Mastodon's `Status`, and a boost as one around it. */
import type { Ctx } from "../../kernel/ctx.ts";
import { hash52 } from "../../kernel/hash52.ts";
import { parseIri } from "../../kernel/iri.ts";
import { escapeHtml } from "../../kernel/html-text.ts";
import type { Visibility } from "../../model/audience.ts";
import { filtersMet } from "../../model/filter.ts";
import { places } from "../../model/places.ts";
import { OWNER, timeFromId, type Mention } from "../../model/post.ts";
import type { EarlierVersion } from "../../store/earlier-versions.ts";
import type { Person, StatusRow } from "../../store/statuses.ts";
import { timestamp } from "../answers.ts";
import { ownAccountId, toOwnAccount, type ShownOwner } from "./account.ts";
import { toAttachments } from "./attachment.ts";
import type { View } from "./view.ts";
import { toFilterResult } from "./filter.ts";
import { toCard } from "./card.ts";
import { toAccount } from "./person.ts";
import { toPoll } from "./poll.ts";

/** Mastodon's words for an audience. */
const VISIBILITY = { public: "public", quiet: "unlisted", followers: "private", direct: "direct" } as const;

export const visibilityWord = (visibility: Visibility) => VISIBILITY[visibility];

/** The audience behind Mastodon's word; null when it is none. */
export function visibilityNamed(word: string): Visibility | null {
  const [found] = Object.entries(VISIBILITY).find(([, theirs]) => theirs === word) ?? [];
  return (found as Visibility | undefined) ?? null;
}

export type Status = ReturnType<typeof toStatus>;

export function toStatus(ctx: Ctx, view: View, row: StatusRow) {
  const { own } = view;
  const post = toPost(ctx, view, row);
  const { by, id, booster, boostIri } = row;
  if (by === null) return { ...post, reblog: null };
  return {
    ...post,
    id: String(id),
    uri: boostIri ?? post.uri,
    created_at: timestamp(timeFromId(id)),
    edited_at: null,
    account: accountOf(ctx, own, booster),
    application: null,
    in_reply_to_id: null,
    in_reply_to_account_id: null,
    pinned: false,
    reblog: { ...post, reblog: null },
  };
}

function toPost(ctx: Ctx, { own, byOwner, filters, now }: View, row: StatusRow) {
  const { post, author, parent } = row;
  const mine = post.author === OWNER;
  const edited = post.editedAt !== null && post.editedAt > timeFromId(post.id);
  return {
    id: String(post.id),
    uri: post.iri,
    url: parseIri(post.url) ?? post.iri,
    created_at: timestamp(timeFromId(post.id)),
    edited_at: edited && post.editedAt !== null ? timestamp(post.editedAt) : null,
    account: accountOf(ctx, own, author),
    content: contentOf(row),
    visibility: VISIBILITY[post.visibility],
    sensitive: post.sensitive,
    spoiler_text: post.summary,
    language: post.language,
    in_reply_to_id: parent ? String(parent.id) : null,
    in_reply_to_account_id: parent && (parent.author === OWNER ? ownAccountId(ctx) : String(parent.author)),
    media_attachments: toAttachments(ctx, { own, byOwner }, post.id, post.attachments),
    mentions: post.mentions.map((mention) => toMention(ctx, mention)),
    tags: post.tags.map((name) => ({ name, url: places.tag(ctx.stead.origin, name) })),
    emojis: [],
    card: toCard(ctx, row.card && { ...row.card, creator: row.creator }),
    poll: post.poll && toPoll(post, post.poll, ctx.clock(), byOwner),
    application: mine ? post.app : null,
    replies_count: row.answers,
    reblogs_count: row.boosts,
    favourites_count: row.likes,
    favourited: byOwner && row.liked === 1,
    reblogged: byOwner && row.boosted === 1,
    bookmarked: byOwner && row.bookmarked === 1,
    muted: byOwner && row.muted === 1,
    pinned: mine && post.pinnedAt !== null,
    filtered: filtersMet(filters, post, now).map((match) => toFilterResult(match, post.id)),
  };
}

const accountOf = (ctx: Ctx, own: ShownOwner, person: Person | null) =>
  person === null ? toOwnAccount(ctx, own) : toAccount(ctx, person);

/** Articles, pages and videos have a title, and often nothing else. */
function contentOf({ post }: StatusRow): string {
  if (!post.title) return post.html;
  const link = escapeHtml(parseIri(post.url) ?? post.iri);
  const title = `<p><a href="${link}" rel="nofollow noopener" target="_blank"><strong>${escapeHtml(post.title)}</strong></a></p>`;
  return title + post.html;
}

/** With the id that the account has, or would have were it known here. */
function toMention(ctx: Ctx, { iri, handle, url }: Mention) {
  const { actor, handle: me, origin } = ctx.stead;
  if (iri === actor)
    return { id: ownAccountId(ctx), username: me, acct: me, url: places.profile(origin, me) };
  const { host } = new URL(iri);
  const username = handle.split("@")[0] || host;
  return {
    id: String(hash52(iri)),
    username,
    acct: handle.includes("@") ? handle : `${username}@${host}`,
    url: parseIri(url) ?? iri,
  };
}

/** What the owner typed, to be edited. */
export function toSource(post: { id: number; source: string | null; summary: string }) {
  return { id: String(post.id), text: post.source ?? "", spoiler_text: post.summary };
}

/** One version of a post, as Mastodon's `StatusEdit`. Of its poll only what was asked. */
export function toEdit(ctx: Ctx, view: View, status: Status, version: Omit<EarlierVersion, "post">) {
  const { account, emojis } = status;
  const { at, html, summary, sensitive, attachments, poll } = version;
  return {
    content: html,
    spoiler_text: summary,
    sensitive,
    created_at: timestamp(at),
    account,
    media_attachments: toAttachments(ctx, view, Number(status.id), attachments),
    emojis,
    ...(poll === null ? {} : { poll: { options: poll.map((title) => ({ title })) } }),
  };
}
