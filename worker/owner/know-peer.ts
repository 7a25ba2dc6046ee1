import type { Ctx } from "../kernel/ctx.ts";
import type { Peer } from "../model/peer.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { lookUp } from "../peers/webfinger.ts";
import { findPeer, savePeer } from "../store/peers.ts";

export type Known = { kind: "known"; peer: Peer } | { kind: "unknown"; problem: string };

/** The peer behind a handle or URL, stored when it is new. At most 4 fetches and 1 signature; 1 row. */
export async function knowPeer(ctx: Ctx, typed: string): Promise<Known> {
  const found = await lookUp(ctx, typed);
  if (found.kind === "not-found") return { kind: "unknown", problem: found.detail };
  if (found.actor === ctx.stead.actor) return { kind: "unknown", problem: "That is you." };
  const stored = await findPeer(ctx.db, found.actor);
  if (stored) return { kind: "known", peer: stored };
  const fetched = await fetchActor(ctx, found.actor);
  switch (fetched.kind) {
    case "actor":
      await savePeer(ctx.db, fetched.peer);
      return { kind: "known", peer: fetched.peer };
    case "gone":
      return { kind: "unknown", problem: "This account is gone." };
    case "unreachable":
    case "refused":
      return { kind: "unknown", problem: `The account could not be fetched: ${fetched.detail}.` };
  }
}
