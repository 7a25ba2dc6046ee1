/**
 * Comparing follower lists with other servers (FEP-8fcf, outgoing). One signed request a server carries a digest of our followers there; a
 * server that counts otherwise fetches the list, accepts what it had pending, and ends follows that are not on it. So this never runs while
 * a flood may still be on its way, and the list that is served (`store/follower-lists.ts`) is exact at any moment.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR, SECOND } from "../kernel/clock.ts";
import type { Ctx, ReportedOutcome } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { within } from "../kernel/safe-fetch.ts";
import { followersDigest, SYNC_HEADER, writeSyncHeader } from "../model/follower-digest.ts";
import { places } from "../model/places.ts";
import { lastArrival, nextOf, roundDue, syncTimes } from "../model/repair.ts";
import { send } from "../outbox/send.ts";
import { sha256 } from "../signatures/digest.ts";
import { runBatch } from "../store/batch.ts";
import {
  dueLists,
  nextList,
  noteList,
  readList,
  writeLists,
  type FollowerList,
} from "../store/follower-lists.ts";
import { followerLogQuery } from "../store/followers.ts";
import { noteRepairs, repairsQuery } from "../store/repairs.ts";
import { ownerQuery } from "../store/stead.ts";
import { latestWindow } from "../store/windows.ts";
import { greeting } from "../vocab/greeting.ts";
import type { Stepped } from "./step.ts";

/** Until a server that failed is tried again, ms. It is no loss when it stays away: nobody's follow hangs on this. */
const WAITS = [1 * HOUR, 6 * HOUR, DAY, 2 * DAY];
/** Characters of a list. Mastodon reads 1 MiB of an answer, and a list that is cut off ends follows. */
const LIST_MAX = 1_000_000;
/** All requests of a step together. */
const DEADLINE = 8 * SECOND;

/** Step: writes the lists when a comparison is due, then sends the header to a few servers at a time. 1 D1 call when nothing is due. */
export async function followerSync(ctx: Ctx): Promise<Stepped> {
  const now = ctx.clock();
  const [[repairs], [window], [log], [owner], due, [next]] = await ctx.db.batch([
    repairsQuery(ctx.db),
    latestWindow(ctx.db),
    followerLogQuery(ctx.db),
    ownerQuery(ctx.db),
    dueLists(ctx.db, now, ctx.settings.signatures),
    nextList(ctx.db),
  ]);
  // Followers of one who has moved out leave, and are not to be called back.
  if (!repairs || owner?.movedTo !== null || !ctx.stead.dataKey) return { idle: true, next: null };
  const arrival = lastArrival(window, log);
  const wishes = { auto: repairs.syncAuto, askedAt: repairs.syncAskedAt };
  const times = syncTimes(arrival, wishes, repairs.rescueAuto);
  const round = roundDue(times, repairs.syncRound, now);
  if (round !== null) {
    await runBatch(ctx.db, [...writeLists(ctx.db, now), noteRepairs(ctx.db, { syncRound: round })]);
    return { idle: false, next: null };
  }
  if (due.length === 0) return { idle: true, next: nextOf([...times, next?.nextAt ?? null], now) };
  const down = new Set((await ctx.ports.redelivery.failing()).map(({ host }) => host));
  const changes = await within(DEADLINE, (deadline) =>
    Promise.all(due.map((list) => compare(ctx, list, down, deadline))),
  );
  await runBatch(
    ctx.db,
    changes.map((change, n) => noteList(ctx.db, due[n]!.host, change)),
  );
  return { idle: false, next: null };
}

/** 1 D1 call, 1 signature and 1 fetch; 4 µs of CPU for each follower there. What is to be noted of it. */
async function compare(
  ctx: Ctx,
  list: FollowerList,
  down: ReadonlySet<string>,
  deadline: AbortSignal,
): Promise<Partial<FollowerList>> {
  const { host, inbox } = list;
  const giveUp = (problem: string) => ({ nextAt: null, problem });
  // FEP-8fcf asks for one authority for all ids and inboxes of a server: else a digest would speak of other people than the inbox's.
  if (hostOf(inbox) !== host) return giveUp("its inboxes are on another host");
  const read = await readList(ctx.db, host);
  if (read.kind !== "list") return giveUp("too much has changed since the lists were made");
  if (read.iris.length === 0) return { nextAt: null };
  if (JSON.stringify(read.iris).length > LIST_MAX) return giveUp("too many people for one answer");
  const { origin, actor } = ctx.stead;
  // A server that counts as the digest does asks for nothing, so nobody would hear that it agrees to whom a rescue reached, or they would wait
  // on there. While it is not certain of everybody, the digest is nobody's: every server asks, and none ends a follow.
  const unsure = read.helped.length > 0 ? [places.followers(origin)] : [];
  const digest = await followersDigest([...read.iris, ...unsure]);
  const header = writeSyncHeader({
    collection: places.followers(origin),
    url: places.followersSync(origin),
    digest,
  });
  const body = JSON.stringify(greeting(actor, ctx.clock()));
  const target = {
    stream: "",
    position: 0,
    inbox,
    rfc9421: false,
    body,
    digest: await sha256(body),
    extra: { [SYNC_HEADER]: header },
  };
  const { outcome } = await send(ctx, target, down, deadline);
  return { digest, ...settled(ctx, list, outcome) };
}

function settled(ctx: Ctx, list: FollowerList, outcome: ReportedOutcome): Partial<FollowerList> {
  const now = ctx.clock();
  const tries = list.tries + 1;
  switch (outcome.kind) {
    case "delivered":
      return { tries, nextAt: null, sentAt: now, problem: null };
    case "waiting":
    case "host-failed": {
      const wait = WAITS[list.tries];
      const problem = outcome.kind === "waiting" ? "does not answer" : outcome.detail;
      return { tries, nextAt: wait === undefined ? null : ((now + wait) as UnixMs), problem };
    }
    case "refused":
    case "gone":
      return { tries, nextAt: null, problem: outcome.detail };
    case "dropped":
      return { tries, nextAt: null };
  }
}
