/**
 * Step: rescued people become followers here when their server agrees (FEP-8fcf). It fetched a list of ours that they stand on; whom it does
 * not count itself it takes back with an `Undo` of their Follow (Mastodon's SynchronizeFollowersService does so for each), which the inbox
 * notes. Who is not taken back within a day follows. This is the only proof besides a Follow of their own.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { deliveryInbox } from "../model/peer.ts";
import { nextOf } from "../model/repair.ts";
import { packed } from "../inbox/proof.ts";
import { fetchActor, type FetchedActor } from "../peers/fetch-actor.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { expectedById, type Expected } from "../store/expected.ts";
import { askedList, nextAsked, noteList, readList, type FollowerList } from "../store/follower-lists.ts";
import { arrive, inboxesNear, type Arrival } from "../store/followers.ts";
import { noteDeclined } from "../store/rescue-rounds.ts";
import type { Stepped } from "./step.ts";

/** After the list was fetched: Undos come within minutes, and wait for their senders' keys. */
const SILENCE = DAY;
/** A server that no longer answers is asked for its people this long. */
const PATIENCE = 7 * DAY;

/** At most 4 signatures and fetches on Free, 6 D1 calls, and 4 rows a follower; 1 D1 call when nothing is due. */
export async function agreements(ctx: Ctx): Promise<Stepped> {
  const now = ctx.clock();
  const [[due], [next]] = await ctx.db.batch([
    askedList(ctx.db, (now - SILENCE) as UnixMs),
    nextAsked(ctx.db),
  ]);
  const nextAt = next?.askedAt == null ? null : ((next.askedAt + SILENCE) as UnixMs);
  if (!due || !ctx.stead.dataKey) return { idle: true, next: nextOf([nextAt], now) };
  const read = await readList(ctx.db, due.host);
  const helped = read.kind === "list" ? read.helped.slice(0, ctx.settings.signatures - 1) : [];
  if (read.kind !== "list" || helped.length === 0) {
    await noteList(ctx.db, due.host, { agreedAt: now });
    return { idle: false, next: null };
  }
  await agree(ctx, read.list, await expectedById(ctx.db, helped));
  return { idle: false, next: null };
}

async function agree(ctx: Ctx, list: FollowerList, people: readonly Expected[]): Promise<void> {
  const now = ctx.clock();
  const fetched = await Promise.all(
    people.flatMap((row) => {
      const { iri } = row;
      return iri === null ? [] : [fetchActor(ctx, iri).then((actor) => ({ iri, row, actor }))];
    }),
  );
  const arrivals: Arrival[] = [];
  const statements: Statement[] = [];
  for (const { iri, row, actor } of fetched) {
    if (actor.kind === "actor") arrivals.push(await arrivalOf(list, row, actor, now));
    // Gone, or no account any more.
    else if (actor.kind !== "unreachable") statements.push(noteDeclined(ctx.db, iri, now));
  }
  if (arrivals.length > 0) {
    const near = await inboxesNear(
      ctx.db,
      arrivals.map(({ peer }) => deliveryInbox(peer)),
    );
    statements.push(...arrive(ctx.db, arrivals, near, now));
  }
  if (fetched.some(({ actor }) => actor.kind === "unreachable")) statements.push(later(ctx, list));
  await runBatch(ctx.db, statements);
  if (arrivals.length > 0) ctx.ports.background(ctx.ports.redelivery.wake());
}

/** Asked again in an hour, as if the list had been fetched that much later; after a week no more. */
function later(ctx: Ctx, list: FollowerList): Statement {
  const now = ctx.clock();
  if (now - (list.sentAt ?? list.askedAt ?? 0) > PATIENCE)
    return noteList(ctx.db, list.host, { agreedAt: now });
  return noteList(ctx.db, list.host, { askedAt: (now - SILENCE + HOUR) as UnixMs });
}

/** The proof says what was agreed in place of a Follow. */
async function arrivalOf(
  list: FollowerList,
  row: Expected,
  { peer }: Extract<FetchedActor, { kind: "actor" }>,
  now: UnixMs,
): Promise<Arrival> {
  const { host, digest, sentAt, askedAt } = list;
  const proof = await packed({ agreed: { host, digest, sentAt, askedAt, rescuedAt: row.rescuedAt } });
  return { peer, followIri: null, receivedAt: now, proof };
}
