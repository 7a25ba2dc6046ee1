/** Lists of people, newest first. Pages go by the Link header alone: they are not in the order of the accounts' numbers. */
import type { Ctx } from "../../kernel/ctx.ts";
import type { Peer } from "../../model/peer.ts";
import { peerById } from "../../store/peers.ts";
import { mutesWithin, type Range } from "../../store/mutes.ts";
import {
  blocksWithin,
  followersWithin,
  followingWithin,
  requestsWithin,
  standingsOf,
  type Standing,
} from "../../store/relationships.ts";
import { json, refused, timestamp } from "../answers.ts";
import { loadOwnAccount, ownAccountId, toOwnAccount } from "../entities/account.ts";
import { toAccount } from "../entities/person.ts";
import { linkHeader } from "../links.ts";
import { idIn, spanIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";

/** As Mastodon: 40 people unless told, 80 at most. */
const LIMIT = { min: 1, max: 80, otherwise: 40 };

interface Listed {
  /** In the list, by which it is paged. */
  readonly place: number;
  readonly peer: Peer;
}

type Lister<T extends Listed> = (ctx: Ctx, range: Range, limit: number) => PromiseLike<T[]>;

/** One page. 1 D1 call. */
async function page<T extends Listed>(
  { ctx, params, url }: GrantedCall,
  list: Lister<T>,
  shown: (row: T) => unknown = ({ peer }) => toAccount(ctx, peer),
): Promise<Response> {
  const limit = params.number("limit", LIMIT);
  const rows = await list(ctx, spanIn(params), limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const places =
    first && last
      ? { first: String(first.place), last: String(last.place), more: rows.length === limit }
      : null;
  return json(rows.map(shown), 200, linkHeader(ctx, url, places));
}

export const blocks = (call: GrantedCall) =>
  page(call, ({ db }, range, limit) => blocksWithin(db, range, limit));

/** With when each ends, null for those that do not. */
export const mutes = (call: GrantedCall) =>
  page(
    call,
    ({ db, clock }, range, limit) => mutesWithin(db, range, limit, clock()),
    ({ peer, expiresAt }) => ({
      ...toAccount(call.ctx, peer),
      mute_expires_at: expiresAt === null ? null : timestamp(expiresAt),
    }),
  );

export const requests = (call: GrantedCall) =>
  page(call, ({ db }, range, limit) => requestsWithin(db, range, limit));

/**
 * Of the owner all. Of others it is known only whether the owner is among them: their own servers know the rest, and asking them for whole lists
 * is more than looking at a profile is worth. At most 3 D1 calls.
 */
const people =
  (own: Lister<Listed>, holdsOwner: (standing: Standing) => boolean) =>
  async (call: GrantedCall): Promise<Response> => {
    const { ctx, path } = call;
    if (path("id") === ownAccountId(ctx)) return page(call, own);
    const peer = await peerById(ctx.db, idIn(path("id")));
    if (!peer) return refused({ kind: "not-found" });
    const [standing] = await standingsOf(ctx.db, [peer.id], ctx.clock());
    const inIt = standing !== undefined && holdsOwner(standing) && !call.params.has("max_id");
    return json(inIt ? [toOwnAccount(ctx, await loadOwnAccount(ctx))] : []);
  };

export const followers = people(
  ({ db }, range, limit) => followersWithin(db, range, limit),
  ({ following }) => following?.state === "accepted",
);

export const following = people(
  ({ db }, range, limit) => followingWithin(db, range, limit),
  ({ follower }) => follower !== null,
);

/** GET /api/v1/accounts/:id/endorsements. Nobody is recommended: the owner can not, and of others it is not told to us. */
export async function endorsements({ ctx, path }: GrantedCall): Promise<Response> {
  const known = path("id") === ownAccountId(ctx) || (await peerById(ctx.db, idIn(path("id")))) !== null;
  return known ? json([]) : refused({ kind: "not-found" });
}

/** Whom the owner follows that follow each of these: whom others follow is not known here. */
export function familiarFollowers({ params }: GrantedCall): Response {
  const ids = params.texts("id").filter((id) => idIn(id) !== null);
  return json([...new Set(ids)].map((id) => ({ id, accounts: [] })));
}
