/**
 * The ledger of a move. What changes with each arrival comes from counters, at every look; what has to be counted row by row is a snapshot,
 * made again no sooner than it may cost: 100 rows read a second at most, whoever looks and however long, and on the Free plan a fifth of that
 * once a fifth of the day's rows is read.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../kernel/clock.ts";
import type { Ctx, LogState, WaitingHost } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import { readMark, writeMark } from "../store/expected.ts";
import { followerLogQuery } from "../store/followers.ts";
import {
  acceptsGivenUp,
  arrivalsByHost,
  countRequests,
  followsUnverified,
  lastArrival,
  listByHost,
  type HostRow,
} from "../store/ledger.ts";
import { latestWindow, wasOpen, type ArrivalWindow } from "../store/windows.ts";
import { snapshotOf, type Snapshot } from "./ledger-snapshot.ts";

export interface Ledger {
  readonly now: UnixMs;
  /** The newest window; null: none was ever opened. */
  readonly window: ArrivalWindow | null;
  readonly windowIsOpen: boolean;
  /** Follow now, whoever they are. */
  readonly followers: number;
  /** Came since the window was opened, and until it was closed; without a window: ever. */
  readonly arrived: number;
  readonly lastArrivalAt: UnixMs | null;
  /** Received, and their sender not verified yet, most first. */
  readonly waiting: readonly WaitingHost[];
  readonly accepts: LogState;
  readonly snapshot: Snapshot;
}

/** A snapshot lives at least so long, and 10 ms for each row that it read. */
const SNAPSHOT_MIN = 5 * SECOND;
const MS_A_ROW = 10;
/** On the Free plan, where 5 million rows may be read in a day, once as many as these are: a page may stand open for all of it. */
const MANY_ROWS = 1_000_000;
const MS_A_ROW_THEN = 50;
/** Even when nothing that is counted has changed. */
const SNAPSHOT_MAX = 10 * MINUTE;
/** After the last arrival. */
const LIVELY = 1 * HOUR;
const GIVEN_UP = 500;

/** 1 D1 call and 5 calls to objects; with a new snapshot 3 D1 calls, 1 row written. */
export async function readLedger(ctx: Ctx): Promise<Ledger> {
  const { db } = ctx;
  const [[[log], [window], [mark], [matched], [last]], waiting, accepts] = await Promise.all([
    db.batch([
      followerLogQuery(db),
      latestWindow(db),
      readMark(db, "expected/ledger"),
      readMark(db, "expected/matched"),
      lastArrival(db),
    ]),
    ctx.ports.mailroom.waiting(),
    ctx.ports.redelivery.state("accepts"),
  ]);
  const now = ctx.clock();
  const { count = 0, arrived = 0 } = log ?? {};
  const counted = JSON.stringify([
    log,
    window?.openedAt,
    matched?.body,
    accepts?.delivered,
    accepts?.due.length,
  ]);
  const held = mark ? (JSON.parse(mark.body) as Snapshot) : null;
  const snapshot =
    held && isFresh(ctx, held, counted)
      ? held
      : await takeSnapshot(ctx, window ?? null, accepts, counted, rowsToday(held, now));
  return {
    now,
    window: window ?? null,
    windowIsOpen: wasOpen(window, now),
    followers: count,
    arrived: (window?.arrivedAfter ?? arrived) - (window?.arrivedBefore ?? 0),
    lastArrivalAt: last?.since ?? null,
    waiting,
    accepts,
    snapshot,
  };
}

export function isLively({ now, windowIsOpen, lastArrivalAt, waiting }: Ledger): boolean {
  return windowIsOpen || waiting.length > 0 || (lastArrivalAt !== null && now - lastArrivalAt < LIVELY);
}

function isFresh({ settings, clock }: Ctx, held: Snapshot, counter: string): boolean {
  const { at, counted, rowsRead } = held;
  const now = clock();
  const age = now - at;
  if (age < 0) return false;
  const dear = settings.plan === "free" && rowsToday(held, now) >= MANY_ROWS;
  if (age < Math.max(SNAPSHOT_MIN, (dear ? MS_A_ROW_THEN : MS_A_ROW) * rowsRead)) return true;
  return counted === counter && age < SNAPSHOT_MAX;
}

const dayOf = (at: UnixMs) => Math.floor(at / DAY);

function rowsToday(held: Snapshot | null, now: UnixMs): number {
  return held && dayOf(held.at) === dayOf(now) ? held.rowsToday : 0;
}

async function takeSnapshot(
  ctx: Ctx,
  window: ArrivalWindow | null,
  { done, due }: LogState,
  counted: string,
  before: number,
): Promise<Snapshot> {
  const { db } = ctx;
  const first = await runBatch(db, [
    listByHost(
      db,
      done,
      due.map(({ position }) => position),
    ),
    acceptsGivenUp(db, GIVEN_UP),
    followsUnverified(db, GIVEN_UP),
    countRequests(db),
  ]);
  const listed = first[0]!.results.length > 0;
  const more = listed ? [] : await runBatch(db, [arrivalsByHost(db, window?.logBefore ?? 0)]);
  const at = ctx.clock();
  const rowsRead = [...first, ...more].reduce((sum, { meta }) => sum + (meta.rows_read ?? 0), 0);
  const snapshot = snapshotOf({
    at,
    counted,
    listed,
    hosts: first[0]!.results as unknown as HostRow[],
    arrivals: (more[0]?.results ?? []) as { host: string; here: number }[],
    givenUp: first[1]!.results as { inbox: string; reason: string; detail: string }[],
    unverified: first[2]!.results as { actor: string; detail: string }[],
    asking: (first[3]!.results[0] as { asking: number }).asking,
    due,
    rowsRead,
    rowsToday: before + rowsRead,
  });
  await runBatch(db, [writeMark(db, "expected/ledger", snapshot, at)]);
  return snapshot;
}
