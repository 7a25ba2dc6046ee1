/** Somebody on another server, as Mastodon's `Account`. What their server did not tell us is nought, none or no. */
import { DAY } from "../../kernel/clock.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { parseIri } from "../../kernel/iri.ts";
import { places } from "../../model/places.ts";
import { handleOf, type Peer } from "../../model/peer.ts";
import { timestamp } from "../answers.ts";

/** What is shown of them. */
export type ShownPerson = Pick<
  Peer,
  "id" | "iri" | "username" | "name" | "summary" | "url" | "icon" | "fetchedAt" | "about" | "counts"
>;

export function toAccount(ctx: Ctx, person: ShownPerson) {
  const { origin } = ctx.stead;
  const { about, counts } = person;
  const handle = handleOf(person);
  const avatar = parseIri(person.icon) ?? places.defaultImage(origin, "avatar");
  const header = parseIri(about?.header) ?? places.defaultImage(origin, "header");
  // Without one, the day we last looked. Nobody has been there for longer than until now.
  const since = Math.min(about?.published ?? person.fetchedAt, person.fetchedAt);
  return {
    id: String(person.id),
    username: person.username || handle,
    acct: handle,
    display_name: person.name,
    note: person.summary,
    url: parseIri(person.url) ?? person.iri,
    uri: person.iri,
    avatar,
    avatar_static: avatar,
    header,
    header_static: header,
    locked: about?.locked ?? false,
    bot: about?.kind === "bot",
    group: about?.kind === "group",
    discoverable: about?.discoverable ?? null,
    created_at: timestamp(Math.floor(since / DAY) * DAY),
    last_status_at: null,
    statuses_count: counts?.posts ?? 0,
    followers_count: counts?.followers ?? 0,
    following_count: counts?.following ?? 0,
    fields: (about?.fields ?? []).map(({ name, value }) => ({ name, value, verified_at: null })),
    emojis: [],
    roles: [],
  };
}
