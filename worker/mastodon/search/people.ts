/** Finding people: the owner, those the owner knows, and by a whole handle anybody. */
import type { Ctx } from "../../kernel/ctx.ts";
import { checkUrl } from "../../kernel/safe-fetch.ts";
import { places } from "../../model/places.ts";
import { handleOf, type Peer } from "../../model/peer.ts";
import { ownDomains } from "../../owner/domains.ts";
import { knowPeer } from "../../owner/know-peer.ts";
import { findPeer } from "../../store/peers.ts";
import { findPeople, guessPeer, type PeopleQuery } from "../../store/search.ts";
import { loadOwner } from "../../store/stead.ts";
import type { Query } from "./query.ts";

export interface Asked {
  /** Strangers find the owner alone. */
  readonly byOwner: boolean;
  /** Whoever is not known may be asked for on their server. */
  readonly resolve: boolean;
  readonly followedOnly: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface People {
  /** The owner is one of them. */
  readonly me: boolean;
  readonly peers: readonly Peer[];
}

const NOBODY: People = { me: false, peers: [] };

/** Addresses are looked for here only: who is behind one elsewhere is `resolveUrl`'s to say. */
export async function searchPeople(ctx: Ctx, query: Query, asked: Asked): Promise<People> {
  switch (query.kind) {
    case "nothing":
    case "hashtag":
      return NOBODY;
    case "address":
      return atAddress(ctx, query, asked);
    case "handle":
      return ofHandle(ctx, query, asked);
    case "words": {
      const { words } = query;
      const own = `${ctx.stead.handle} ${(await loadOwner(ctx)).name}`.toLowerCase();
      const me = words.every((word) => own.includes(word.toLowerCase()));
      return { me: firstPage(asked, me), peers: await known(ctx, { kind: "words", words }, asked) };
    }
  }
}

/** The owner is found on the first page, and not among those they follow. */
const firstPage = ({ followedOnly, offset }: Asked, me: boolean) => me && !followedOnly && offset === 0;

async function known(ctx: Ctx, query: PeopleQuery, asked: Asked): Promise<Peer[]> {
  if (!asked.byOwner) return [];
  return (await findPeople(ctx.db, query, asked)).map(({ peers }) => peers);
}

async function atAddress(
  ctx: Ctx,
  { iri }: Extract<Query, { kind: "address" }>,
  asked: Asked,
): Promise<People> {
  const { origin, actor, handle } = ctx.stead;
  const mine: readonly string[] = [actor, places.profile(origin, handle), `${origin}/`, origin];
  if (mine.includes(iri)) return { me: firstPage(asked, true), peers: [] };
  if (!asked.byOwner || asked.offset > 0) return NOBODY;
  const peer = asked.followedOnly ? null : await findPeer(ctx.db, iri);
  return { me: false, peers: peer ? [peer] : await known(ctx, { kind: "page", url: iri }, asked) };
}

async function ofHandle(
  ctx: Ctx,
  { user, host }: Extract<Query, { kind: "handle" }>,
  asked: Asked,
): Promise<People> {
  if (host === "") {
    const me = ctx.stead.handle.toLowerCase().startsWith(user.toLowerCase());
    return { me: firstPage(asked, me), peers: await known(ctx, { kind: "handle", user, host }, asked) };
  }
  if (await isOwnHandle(ctx, user, host)) return { me: firstPage(asked, true), peers: [] };
  const alone = asked.byOwner && !asked.followedOnly && asked.offset === 0 && isWhole(ctx, host);
  const guessed = alone ? await guessPeer(ctx.db, user, host) : null;
  if (guessed) return { me: false, peers: [guessed] };
  const near = await known(ctx, { kind: "handle", user, host }, asked);
  if (!alone || !asked.resolve || near.some(exactly(user, host))) return { me: false, peers: near };
  const found = await resolved(ctx, user, host);
  const others = near.filter(({ id }) => id !== found?.id);
  return { me: false, peers: found ? [found, ...others].slice(0, asked.limit) : near };
}

/** The whole name of a server that may be asked, and not the beginning of one. */
export const isWhole = (ctx: Ctx, host: string): boolean => checkUrl(ctx.door, `https://${host}/`).ok;

const exactly = (user: string, host: string) => (peer: Peer) =>
  handleOf(peer).toLowerCase() === `${user}@${host}`.toLowerCase();

/** At most 4 fetches and 1 signature. */
async function resolved(ctx: Ctx, user: string, host: string): Promise<Peer | null> {
  const found = await knowPeer(ctx, `${user}@${host}`);
  return found.kind === "known" ? found.peer : null;
}

/** Also under the names and domains the owner had before. 1 D1 read. */
export async function isOwnHandle(ctx: Ctx, user: string, host: string): Promise<boolean> {
  const owner = await loadOwner(ctx);
  const asked = `${user}@${host}`.toLowerCase();
  const now = ownDomains(owner).map((domain) => `${owner.handle}@${domain}`.toLowerCase());
  return now.includes(asked) || owner.handles.includes(asked);
}
