/** What the owner may ask for when a move left something undone, and how far it is. Each wish is a round that the mover makes at its own pace. */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { lastArrival, nextOf, rescueTimes, roundDue, SYNC_EARLY, syncTimes } from "../model/repair.ts";
import { newestSweeps, saveSweep } from "../store/accept-sweeps.ts";
import { newestChecks } from "../store/follow-checks.ts";
import { countLists, failedLists } from "../store/follower-lists.ts";
import { followerLogQuery } from "../store/followers.ts";
import { noteRepairs, repairsQuery, type Repairs } from "../store/repairs.ts";
import { countMissing, countRescued } from "../store/rescue-rounds.ts";
import { latestWindow } from "../store/windows.ts";
import { roundOf } from "./rescue.ts";

/** `early`: people may still be on their way, and the owner is to say that they know. */
type Wish = "asked" | "early";

/** Rescue Accepts to everybody who is missing, now. */
export function askRescue(ctx: Ctx, sure = true): Promise<Wish> {
  return ask(ctx, { rescueAskedAt: ctx.clock() }, sure);
}

/** Compares the lists now. */
export function askSync(ctx: Ctx, sure: boolean): Promise<Wish> {
  return ask(ctx, { syncAskedAt: ctx.clock() }, sure);
}

/** What is to happen by itself. */
export async function choose(
  ctx: Ctx,
  choice: Partial<Pick<Repairs, "rescueAuto" | "syncAuto">>,
): Promise<void> {
  await ask(ctx, choice, true);
}

async function ask(ctx: Ctx, change: Partial<Repairs>, sure: boolean): Promise<Wish> {
  const [[window], [log]] = await ctx.db.batch([latestWindow(ctx.db), followerLogQuery(ctx.db)]);
  if (!sure && isEarly(lastArrival(window, log), ctx.clock())) return "early";
  await noteRepairs(ctx.db, change);
  ctx.ports.background(ctx.ports.mover.wake());
  return "asked";
}

/** Whether somebody of the window came so lately that others may be on their way. */
function isEarly(arrival: UnixMs | null, now: UnixMs): boolean {
  return arrival !== null && now - arrival < SYNC_EARLY;
}

/** Between two buttons for all Accepts. */
const ACCEPTS_APART = HOUR;

/** Every Accept once more, under the id it had. "lately": that was asked for within the hour. 1 row, and a POST a follower. */
export async function askAccepts(ctx: Ctx): Promise<"asked" | "lately"> {
  const now = ctx.clock();
  const [sweeps, [log]] = await ctx.db.batch([newestSweeps(ctx.db, SHOWN), followerLogQuery(ctx.db)]);
  const last = sweeps.find(({ reason }) => reason === "owner");
  if (last && now - last.id < ACCEPTS_APART) return "lately";
  const through = log?.lastId ?? 0;
  await ctx.ports.redelivery.acceptsAgain(0, through);
  await saveSweep(ctx.db, { id: now, reason: "owner", after: 0, through });
  return "asked";
}

const SHOWN = 50;

export type RepairState = Awaited<ReturnType<typeof repairState>>;

/** All of it, for the owner's page: 2 D1 calls, one of which reads the list of who is expected, 3 rows a person, and the lists, a row a server. */
export async function repairState(ctx: Ctx) {
  const { db } = ctx;
  const now = ctx.clock();
  const [[repairs], [window], [log]] = await db.batch([
    repairsQuery(db),
    latestWindow(db),
    followerLogQuery(db),
  ]);
  if (!repairs) throw new Error("the row of repairs is gone");
  const [[missing], [rescued], [lists], failed, checks, sweeps] = await db.batch([
    countMissing(db, roundOf(now, window, now)),
    countRescued(db),
    countLists(db),
    failedLists(db, SHOWN),
    newestChecks(db, SHOWN),
    newestSweeps(db, SHOWN),
  ]);
  const arrival = lastArrival(window, log);
  const rescueWishes = { auto: repairs.rescueAuto, askedAt: repairs.rescueAskedAt };
  const syncWishes = { auto: repairs.syncAuto, askedAt: repairs.syncAskedAt };
  const rescues = rescueTimes(arrival, rescueWishes);
  const syncs = syncTimes(arrival, syncWishes, repairs.rescueAuto);
  const begins = (times: readonly UnixMs[], made: UnixMs) => roundDue(times, made, now) ?? nextOf(times, now);
  return {
    early: isEarly(arrival, now),
    lastArrivalAt: arrival,
    accepts: { followers: log?.count ?? 0, sweeps },
    rescue: {
      auto: repairs.rescueAuto,
      missing: missing?.missing ?? 0,
      again: missing?.again ?? 0,
      nextAt: begins(rescues, repairs.rescueRound),
      round:
        repairs.rescueRound === 0
          ? null
          : {
              dueAt: repairs.rescueRound,
              over: repairs.rescueNextAt === null,
              owed: repairs.rescued,
              unreachable: repairs.rescueMissed,
              goesOnAt: repairs.rescueNextAt,
            },
      ...(rescued ?? { people: 0, accepts: 0, declined: 0, came: 0 }),
    },
    sync: {
      auto: repairs.syncAuto,
      nextAt: begins(syncs, repairs.syncRound),
      madeAt: repairs.syncRound === 0 ? null : repairs.syncRound,
      ...(lists ?? { servers: 0, people: 0, helped: 0, waiting: 0, sent: 0, asked: 0, failed: 0 }),
      problems: failed.map(({ host, problem, nextAt }) => ({ host, problem, nextAt })),
    },
    follows: checks.map(({ check, peer }) => ({
      iri: peer.iri,
      name: peer.name,
      username: peer.username,
      outcome: check.outcome ?? "",
      at: check.checkedAt ?? check.notedAt,
    })),
  };
}
