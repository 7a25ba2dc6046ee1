/** Somebody on another server, as Mastodon's `Account`. What their server did not tell us is nought, none or no. */
import type { Ctx } from "../../kernel/ctx.ts";
import { DAY } from "../../kernel/clock.ts";
import { parseIri } from "../../kernel/iri.ts";
import { handleOf } from "../../model/peer.ts";
import { places } from "../../model/places.ts";
import type { Person } from "../../store/statuses.ts";
import { timestamp } from "../answers.ts";

export function toAccount(ctx: Ctx, person: Person) {
  const { origin } = ctx.stead;
  const handle = handleOf(person);
  const avatar = parseIri(person.icon) ?? places.defaultImage(origin, "avatar");
  const header = places.defaultImage(origin, "header");
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
    locked: false,
    bot: false,
    group: false,
    discoverable: null,
    /** The day we last looked: how long the account has been there is not told. */
    created_at: timestamp(Math.floor(person.fetchedAt / DAY) * DAY),
    last_status_at: null,
    statuses_count: 0,
    followers_count: 0,
    following_count: 0,
    fields: [],
    emojis: [],
    roles: [],
  };
}
