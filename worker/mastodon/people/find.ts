/** Accounts by their numbers, by their handle, and by what somebody began to type. */
import { handleOf, type Peer } from "../../model/peer.ts";
import { lookUp } from "../../peers/webfinger.ts";
import { findPeer, peersById } from "../../store/peers.ts";
import { json, refused } from "../answers.ts";
import { loadOwnAccount, ownAccountId, toOwnAccount } from "../entities/account.ts";
import { toAccount } from "../entities/person.ts";
import { idIn } from "../pages.ts";
import type { Call, GrantedCall, OpenCall } from "../router.ts";
import { isOwnHandle, isWhole, searchPeople } from "../search/people.ts";
import { readQuery } from "../search/query.ts";

const MANY_MAX = 40;

/** Those of the ids that are known, in their order; at most 40. Strangers find the owner alone. At most 2 D1 calls. */
export async function showAccounts({ ctx, params, byOwner }: OpenCall): Promise<Response> {
  const ids = [...new Set(params.texts("id").flatMap((id) => idIn(id) ?? []))].slice(0, MANY_MAX);
  const me = Number(ownAccountId(ctx));
  const own = ids.includes(me) ? toOwnAccount(ctx, await loadOwnAccount(ctx)) : null;
  const known = byOwner ? await peersById(ctx.db, ids) : new Map<number, Peer>();
  return json(
    ids.flatMap((id) => {
      if (id === me) return own ?? [];
      const peer = known.get(id);
      return peer ? toAccount(ctx, peer) : [];
    }),
  );
}

/** The owner, by each of their handles; for the owner anybody who is known here. Who is not is 404: `search` goes and asks. */
export async function lookup({ ctx, params, byOwner }: OpenCall): Promise<Response> {
  const typed = params
    .raw("acct")
    .trim()
    .replace(/^(acct:)?@?/i, "");
  const [user = "", host = ""] = typed.split("@");
  const mine =
    host === "" ? user.toLowerCase() === ctx.stead.handle.toLowerCase() : await isOwnHandle(ctx, user, host);
  if (mine) return showMe({ ctx });
  const peer = byOwner && user !== "" && host !== "" ? await knownAs(ctx, user, host) : null;
  return peer ? json(toAccount(ctx, peer)) : refused({ kind: "not-found" });
}

const showMe = async ({ ctx }: Pick<Call, "ctx">) => json(toOwnAccount(ctx, await loadOwnAccount(ctx)));

/** Where the handle says no more than its server knows, its server is asked which account it means: 1 to 3 fetches, unsigned. */
async function knownAs(ctx: Call["ctx"], user: string, host: string): Promise<Peer | null> {
  const query = readQuery(`${user}@${host}`);
  if (query.kind !== "handle" || !isWhole(ctx, host)) return null;
  const asked = { byOwner: true, resolve: false, followedOnly: false, limit: 40, offset: 0 };
  const { peers } = await searchPeople(ctx, query, asked);
  const wanted = `${user}@${host}`.toLowerCase();
  const found = peers.find((peer) => handleOf(peer).toLowerCase() === wanted);
  if (found) return found;
  const named = await lookUp(ctx, `${user}@${host}`);
  return named.kind === "found" ? findPeer(ctx.db, named.actor) : null;
}

/** As Mastodon: 40 people unless told, 80 at most. */
const LIMIT = { min: 1, max: 80, otherwise: 40 };
const OFFSET = { min: 0, max: 10_000, otherwise: 0 };

/** GET /api/v1/accounts/search. A whole handle that is not known is asked for on its server when `resolve` says so. */
export async function searchAccounts({ ctx, params }: GrantedCall): Promise<Response> {
  const { me, peers } = await searchPeople(ctx, readQuery(params.raw("q")), {
    byOwner: true,
    resolve: params.flag("resolve") ?? false,
    followedOnly: params.flag("following") ?? false,
    limit: params.number("limit", LIMIT),
    offset: params.number("offset", OFFSET),
  });
  const own = me ? [toOwnAccount(ctx, await loadOwnAccount(ctx))] : [];
  return json([...own, ...peers.map((peer) => toAccount(ctx, peer))]);
}

/** GET /api/v1/directory: everybody who lives here. */
export async function directory({ ctx, params }: Call): Promise<Response> {
  return params.number("offset", OFFSET) > 0
    ? json([])
    : json([toOwnAccount(ctx, await loadOwnAccount(ctx))]);
}
