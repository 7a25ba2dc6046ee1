/**
 * The header `Collection-Synchronization` (FEP-8fcf) of an activity whose sender is proven: it says which of our people the sender's server
 * counts as followers. Whether it counts rightly is noted here and looked into later, never before the answer.
 */
import type { Ctx, Mail } from "../kernel/ctx.ts";
import { hostOf, sameOrigin } from "../kernel/iri.ts";
import {
  EMPTY_DIGEST,
  followersDigest,
  readSyncHeader,
  SYNC_HEADER,
  type SyncHeader,
} from "../model/follower-digest.ts";
import { readSignature } from "../signatures/read.ts";
import { runBatch } from "../store/batch.ts";
import { noteCheck } from "../store/follow-checks.ts";
import { followingOf } from "../store/following.ts";
import type { Received } from "./received.ts";

/**
 * Goes on in the background, and nothing hangs on it: who counts otherwise says so again. Nothing for activities without the header; else
 * 1 D1 read for all, and at most 2 rows for each that counts otherwise.
 */
export function noteSync(ctx: Ctx, run: readonly Received[]): void {
  const claims = run.flatMap((received) => claimOf(received) ?? []);
  if (claims.length === 0) return;
  ctx.ports.background(note(ctx, claims).catch((cause) => ctx.log.error("sync header", cause)));
}

type Claim = SyncHeader & { readonly peer: number };

async function note(ctx: Ctx, claims: readonly Claim[]): Promise<void> {
  const [rows, ours] = await Promise.all([
    followingOf(
      ctx.db,
      claims.map(({ peer }) => peer),
    ),
    followersDigest([ctx.stead.actor]),
  ]);
  const follows = new Map(rows.map((row) => [row.peer, row.state]));
  // Of all that live here only the owner counts: a digest of others is of people we know nothing of.
  const otherwise = claims.filter(({ peer, digest }) => {
    const state = follows.get(peer);
    return state === undefined ? digest === ours : digest !== (state === "accepted" ? ours : EMPTY_DIGEST);
  });
  if (otherwise.length === 0) return;
  const now = ctx.clock();
  await runBatch(
    ctx.db,
    otherwise.map((claim) => noteCheck(ctx.db, claim, follows.has(claim.peer), now)),
  );
  await ctx.ports.mover.wake();
}

function claimOf({ mail, peer }: Received): Claim | null {
  const value = mail.headers[SYNC_HEADER];
  const header = value === undefined ? null : readSyncHeader(value);
  if (!header || !isSigned(mail)) return null;
  // "So that the instance cannot get tricked into requesting the followers list of a third-party individual" (FEP-8fcf).
  const own = sameOrigin(header.collection, peer.iri) && sameOrigin(header.url, peer.iri);
  return own && hostOf(header.url) === mail.host ? { peer: peer.id, ...header } : null;
}

/** Whether the signature covers the header: it has a line of its own in what was signed, under either scheme. */
function isSigned(mail: Mail): boolean {
  const read = readSignature(mail, mail.receivedAt);
  if (!read.ok) return false;
  const lines = new TextDecoder().decode(read.signature.signed).split("\n");
  return lines.some((line) => line.startsWith(`${SYNC_HEADER}: `) || line.startsWith(`"${SYNC_HEADER}": `));
}
