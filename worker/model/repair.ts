/** When the rounds of repair after a move are due. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR } from "../kernel/clock.ts";

/** After the last arrival, ms: Mastodon tries a Follow for 50 to 75 hours, so who is missing after 75 h has no Follow on its way. */
const RESCUE_WAITS = [24 * HOUR, 75 * HOUR] as const;
/** A person's two rescue Accepts lie at least this far apart, ms. */
export const RESCUES_APART = DAY;
/** Of a person, ever. */
export const RESCUES_MAX = 2;

/** After the last arrival, ms: no Follow of the flood is on its way any more. */
const SYNC_WAIT = 72 * HOUR;
/** Where rescue Accepts go out by themselves, lists are compared after them: the comparison tells which of them were of use. */
const SYNC_WAIT_RESCUED = RESCUE_WAITS[1] + DAY;
/** Earlier than this after the last arrival the owner is warned. */
export const SYNC_EARLY = 24 * HOUR;

interface Flood {
  readonly openedAt: UnixMs;
  /** follower_log.last_id when the window was opened, and when it was closed. */
  readonly logBefore: number;
  readonly logAfter: number | null;
  /** follower_log.arrived then: a probe takes a number of the log, and is nobody who arrived. */
  readonly arrivedBefore: number;
  readonly arrivedAfter: number | null;
}

interface Log {
  readonly lastId: number;
  readonly arrived: number;
}

/** When the last follower of the window came: ids of followers are unix ms * 1000 + n. When it was opened, if nobody came; null: no window. */
export function lastArrival(flood: Flood | undefined, log: Log | undefined): UnixMs | null {
  if (!flood) return null;
  const last = flood.logAfter ?? log?.lastId ?? 0;
  const came = (flood.arrivedAfter ?? log?.arrived ?? 0) > flood.arrivedBefore;
  return (came && last > flood.logBefore ? Math.floor(last / 1_000) : flood.openedAt) as UnixMs;
}

interface Wishes {
  readonly auto: boolean;
  readonly askedAt: UnixMs | null;
}

/** When rounds of rescue are due; unsorted. */
export function rescueTimes(arrival: UnixMs | null, { auto, askedAt }: Wishes): UnixMs[] {
  const own = auto && arrival !== null ? RESCUE_WAITS.map((wait) => (arrival + wait) as UnixMs) : [];
  return askedAt === null ? own : [...own, askedAt];
}

/** When lists are to be compared; unsorted. `rescues`: rescue Accepts go out by themselves. */
export function syncTimes(arrival: UnixMs | null, { auto, askedAt }: Wishes, rescues: boolean): UnixMs[] {
  const own =
    auto && arrival !== null ? [(arrival + (rescues ? SYNC_WAIT_RESCUED : SYNC_WAIT)) as UnixMs] : [];
  return askedAt === null ? own : [...own, askedAt];
}

/** The newest of the times that have come, if it is newer than the round that was made last; else null. */
export function roundDue(times: readonly UnixMs[], made: UnixMs, now: UnixMs): UnixMs | null {
  const come = times.filter((time) => time <= now && time > made);
  return come.length === 0 ? null : (Math.max(...come) as UnixMs);
}

/** The earliest time that is still to come; null: none. */
export function nextOf(times: readonly (UnixMs | null)[], now: UnixMs): UnixMs | null {
  const ahead = times.filter((time) => time !== null && time > now) as UnixMs[];
  return ahead.length === 0 ? null : (Math.min(...ahead) as UnixMs);
}
