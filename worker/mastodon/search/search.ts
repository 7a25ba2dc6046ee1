/** GET /api/v2/search and /api/v1/search: people, posts and hashtags by what somebody typed. */
import type { Iri } from "../../kernel/brand.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { plainText } from "../../kernel/sanitise.ts";
import type { Peer } from "../../model/peer.ts";
import { postIdIn } from "../../model/places.ts";
import { OWNER } from "../../model/post.ts";
import { tagKey } from "../../model/tag.ts";
import { resolveUrl } from "../../owner/resolve.ts";
import { featuredTagsQuery } from "../../store/featured-tags.ts";
import { followedAmong } from "../../store/followed-tags.ts";
import { findTags, postAt, postsWithWords } from "../../store/search.ts";
import { entriesById } from "../../store/timelines.ts";
import { json, refused } from "../answers.ts";
import { ownAccountId, toOwnAccount } from "../entities/account.ts";
import { toAccount } from "../entities/person.ts";
import { toStatus } from "../entities/status.ts";
import { toTag } from "../entities/tag.ts";
import { idIn, loadStatuses } from "../pages.ts";
import type { Params } from "../params.ts";
import type { OpenCall } from "../router.ts";
import { searchPeople, type Asked } from "./people.ts";
import { readQuery, type Query } from "./query.ts";

/** As Mastodon: 20 of each unless told, 40 at most. */
const LIMIT = { min: 1, max: 40, otherwise: 20 };
const OFFSET = { min: 0, max: 10_000, otherwise: 0 };

const KINDS = ["accounts", "statuses", "hashtags"] as const;
type Kind = (typeof KINDS)[number];

interface AskedAll extends Asked {
  readonly kinds: readonly Kind[];
  /** Whose posts; undefined: an account that is none. */
  readonly author: number | null | undefined;
}

interface Found {
  readonly me: boolean;
  readonly peers: readonly Peer[];
  /** Their numbers, in order. */
  readonly posts: readonly number[];
  readonly tags: readonly string[];
}

const NOTHING: Found = { me: false, peers: [], posts: [], tags: [] };

export const search = (call: OpenCall) => answer(call, (tags) => tags);

/** The same, but hashtags are their names alone. */
export const searchV1 = (call: OpenCall) => answer(call, (tags) => tags.map(({ name }) => name));

type Tag = ReturnType<typeof toTag>;

/** At most 1 D1 call. */
async function tagsOf(ctx: Ctx, names: readonly string[]): Promise<Tag[]> {
  if (names.length === 0) return [];
  const [followed, featured] = await ctx.db.batch([followedAmong(ctx.db, names), featuredTagsQuery(ctx.db)]);
  const among = (tags: readonly { name: string }[], name: string) =>
    tags.some((tag) => tag.name === tagKey(name));
  return names.map((name) =>
    toTag(ctx, name, { following: among(followed, name), featuring: among(featured, name) }),
  );
}

/** At most 7 D1 calls and, where something is to be fetched, 4 signatures. Others than the owner have nothing fetched and no second page. */
async function answer(call: OpenCall, shown: (tags: Tag[]) => unknown): Promise<Response> {
  const { ctx, params, byOwner } = call;
  const asked = askedIn(ctx, params, byOwner);
  if (!byOwner && (asked.resolve || asked.offset > 0)) return refused({ kind: "unauthorized" });
  const found = await find(ctx, readQuery(params.raw("q")), asked);
  const entries = entriesById(found.posts, byOwner ? "owner" : "anybody");
  const { view, lists } = await loadStatuses(ctx, [{ entries }], byOwner);
  const byId = new Map(lists[0]!.map((row) => [row.id, row]));
  return json({
    accounts: [
      ...(found.me ? [toOwnAccount(ctx, view.own)] : []),
      ...found.peers.map((peer) => toAccount(ctx, peer)),
    ],
    statuses: found.posts.flatMap((id) => {
      const row = byId.get(id);
      return row ? toStatus(ctx, view, row) : [];
    }),
    hashtags: shown(await tagsOf(ctx, found.tags)),
  });
}

function askedIn(ctx: Ctx, params: Params, byOwner: boolean): AskedAll {
  const type = KINDS.find((kind) => kind === params.raw("type"));
  const account = params.raw("account_id");
  return {
    byOwner,
    kinds: type ? [type] : KINDS,
    resolve: params.flag("resolve") ?? false,
    followedOnly: params.flag("following") ?? false,
    limit: params.number("limit", LIMIT),
    // Of which list, when there are three?
    offset: type ? params.number("offset", OFFSET) : 0,
    author: account === "" ? null : account === ownAccountId(ctx) ? OWNER : (idIn(account) ?? undefined),
  };
}

async function find(ctx: Ctx, query: Query, asked: AskedAll): Promise<Found> {
  if (query.kind === "address") return atAddress(ctx, query.iri, asked);
  const { kinds } = asked;
  const [people, posts, tags] = await Promise.all([
    kinds.includes("accounts") ? searchPeople(ctx, query, asked) : NOTHING,
    kinds.includes("statuses") ? searchPosts(ctx, query, asked) : [],
    kinds.includes("hashtags") ? searchTags(ctx, query, asked) : [],
  ]);
  return { me: people.me, peers: people.peers, posts, tags };
}

/** One address is one thing. It is asked for elsewhere only when it is not known here. */
async function atAddress(ctx: Ctx, iri: Iri, asked: AskedAll): Promise<Found> {
  const { kinds, byOwner, resolve } = asked;
  if (asked.offset > 0) return NOTHING;
  const own = postIdIn(ctx.stead.origin, iri);
  if (own !== null) return { ...NOTHING, posts: kinds.includes("statuses") ? [own] : [] };
  const people = kinds.includes("accounts")
    ? await searchPeople(ctx, { kind: "address", iri }, asked)
    : NOTHING;
  if (people.me || people.peers.length > 0) return { ...NOTHING, ...people };
  if (!byOwner) return NOTHING;
  const held = kinds.includes("statuses") ? await postAt(ctx.db, iri) : null;
  if (held !== null) return { ...NOTHING, posts: [held] };
  if (!resolve || iri.startsWith(`${ctx.stead.origin}/`)) return NOTHING;
  const resolved = await resolveUrl(ctx, iri);
  switch (resolved.kind) {
    case "post":
      return { ...NOTHING, posts: kinds.includes("statuses") ? [resolved.id] : [] };
    case "peer":
      return { ...NOTHING, peers: kinds.includes("accounts") ? [resolved.peer] : [] };
    case "nothing":
      return NOTHING;
  }
}

/** The owner alone reads in what others say. */
async function searchPosts(ctx: Ctx, query: Query, asked: AskedAll): Promise<number[]> {
  const { byOwner, author, limit, offset } = asked;
  if (query.kind !== "words" || !byOwner || author === undefined) return [];
  const { words } = query;
  const rows = await postsWithWords(ctx.db, { words, author });
  const wanted = words.map((word) => word.toLowerCase());
  return rows
    .filter(({ html, title, summary }) => {
      const said = `${plainText(html, html.length)} ${title ?? ""} ${summary}`.toLowerCase();
      return wanted.every((word) => said.includes(word));
    })
    .slice(offset, offset + limit)
    .map(({ id }) => id);
}

async function searchTags(ctx: Ctx, query: Query, { byOwner, limit, offset }: AskedAll): Promise<string[]> {
  const prefix =
    query.kind === "hashtag"
      ? query.name
      : query.kind === "words" && query.words.length === 1
        ? query.words[0]
        : undefined;
  if (prefix === undefined || !byOwner) return [];
  return findTags(ctx.db, { prefix, limit, offset });
}
