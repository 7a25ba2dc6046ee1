/** The owner as an app sees them: Mastodon's `Account`, and `CredentialAccount` for themselves. */
import type { Ctx } from "../../kernel/ctx.ts";
import { hash52 } from "../../kernel/hash52.ts";
import { places } from "../../model/places.ts";
import { timeFromId } from "../../model/post.ts";
import { renderedProfile } from "../../owner/render.ts";
import { documentQuery } from "../../store/documents.ts";
import { countRequestsQuery, NO_NUMBERS, ownNumbersQuery, type OwnNumbers } from "../../store/numbers.ts";
import { ownerQuery, type Owner } from "../../store/stead.ts";
import type { Profile } from "../../vocab/actor.ts";
import { timestamp } from "../answers.ts";

/** The owner's id among accounts: made like a peer's, from the actor's id, so that it never changes and no peer has it. */
export const ownAccountId = (ctx: Ctx): string => String(hash52(ctx.stead.actor));

/** Always a real picture: Toot! and Feditext fail on an account without. */
export function pictureUrl(profile: Profile, kind: "avatar" | "header"): string {
  return profile[kind]?.url ?? places.defaultImage(profile.origin, kind);
}

/** The owner as everybody may see them. */
export interface ShownOwner {
  readonly profile: Profile;
  readonly numbers: OwnNumbers;
}

export interface OwnAccount extends ShownOwner {
  readonly owner: Owner;
  readonly requests: number;
}

/** 1 D1 call. */
export async function loadOwnAccount(ctx: Ctx): Promise<OwnAccount> {
  const { db } = ctx;
  const [[document], [owner], [numbers], [requests]] = await db.batch([
    documentQuery(db, "profile"),
    ownerQuery(db),
    ownNumbersQuery(db),
    countRequestsQuery(db),
  ]);
  if (!owner) throw new Error("the stead has a claim in memory and none in the database");
  return {
    profile: renderedProfile(document),
    owner,
    numbers: numbers ?? NO_NUMBERS,
    requests: requests?.count ?? 0,
  };
}

/** Of a profile that was rendered before anything was verified it is missing. */
const whenOf = (at: number | null | undefined): string | null => (at == null ? null : timestamp(at));

/** As anybody may see it. */
export function toOwnAccount(ctx: Ctx, { profile, numbers }: ShownOwner) {
  const avatar = pictureUrl(profile, "avatar");
  const header = pictureUrl(profile, "header");
  return {
    id: ownAccountId(ctx),
    username: profile.handle,
    acct: profile.handle,
    display_name: profile.name,
    note: profile.bio,
    url: places.profile(profile.origin, profile.handle),
    uri: profile.actor,
    avatar,
    avatar_static: avatar,
    header,
    header_static: header,
    locked: profile.locked,
    bot: false,
    group: false,
    discoverable: true,
    noindex: false,
    created_at: timestamp(profile.claimedAt),
    last_status_at: numbers.newest === null ? null : timestamp(timeFromId(numbers.newest)).slice(0, 10),
    statuses_count: numbers.posts,
    followers_count: numbers.followers,
    following_count: numbers.following,
    fields: profile.fields.map(({ name, value, verifiedAt }) => ({
      name,
      value,
      verified_at: whenOf(verifiedAt),
    })),
    emojis: [],
    roles: [],
  };
}

/** As the owner edits it: text as typed, and what they set rather than what holds while a move is on. */
export function toCredentialAccount(ctx: Ctx, own: OwnAccount) {
  const { owner } = own;
  return {
    ...toOwnAccount(ctx, own),
    locked: owner.locked,
    source: {
      privacy: "public",
      sensitive: false,
      language: null,
      note: owner.bio,
      fields: owner.fields.map(([name, value]) => ({
        name,
        value,
        verified_at: whenOf(owner.verified[value.trim()]),
      })),
      follow_requests_count: own.requests,
      discoverable: true,
      indexable: true,
      hide_collections: false,
    },
    /** No rights over anybody else, because nobody else is here. */
    role: { id: "-99", name: "", color: "", permissions: "0", highlighted: false },
  };
}
