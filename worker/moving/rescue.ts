/**
 * Rescue Accepts. Whose Follow never reached us, or whose Accept never reached their server, has a request for us pending there for ever;
 * Mastodon, GoToSocial and Misskey match an Accept by the pair of follower and followed, so one that answers no Follow we know of ends the
 * wait. Where nothing is pending it changes nothing. Nobody is a follower here for that alone: see `agreements.ts`.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { hostOf } from "../kernel/iri.ts";
import { lastArrival, nextOf, rescueTimes, RESCUES_APART, roundDue } from "../model/repair.ts";
import { runBatch } from "../store/batch.ts";
import { expectedById } from "../store/expected.ts";
import { followerLogQuery } from "../store/followers.ts";
import { notePeople, type PersonFound } from "../store/greetings.ts";
import { hostBlocks } from "../store/notices.ts";
import { peersByIri } from "../store/peers.ts";
import { noteRepairs, repairsQuery, type Repairs } from "../store/repairs.ts";
import { missingAfter, noteRescued, type Missing, type Round } from "../store/rescue-rounds.ts";
import { owe, type Rescue } from "../store/rescues.ts";
import { latestWindow, type ArrivalWindow } from "../store/windows.ts";
import { ownerQuery } from "../store/stead.ts";
import { findPerson, type FoundPerson } from "./find-inbox.ts";
import type { Stepped } from "./step.ts";

/** People looked at in one step, at most. */
const PAGE = 50;
/** Of whom so many are looked for: one costs up to 7 fetches where servers send us round, and an alarm's other steps have asked the database. */
const LOOKS = { free: 3, paid: 20 };
/** Of one server, side by side. */
const PER_HOST = 2;
/** A server that does not answer is left alone for, ms. */
const REST = HOUR;
/** Passes over the list in one round: after the first, for those whose server did not answer. */
const PASSES = 4;
/** Servers that are remembered as resting. */
const RESTING_MAX = 500;

/**
 * Step: begins a round when one is due, and goes on with it: owes Accepts to who is missing and has a known inbox, and looks for some of the
 * others. At most 25 fetches on Free, 5 D1 calls; 1 D1 call when nothing is due.
 */
export async function rescue(ctx: Ctx): Promise<Stepped> {
  const now = ctx.clock();
  const [[repairs], [window], [log], [owner]] = await ctx.db.batch([
    repairsQuery(ctx.db),
    latestWindow(ctx.db),
    followerLogQuery(ctx.db),
    ownerQuery(ctx.db),
  ]);
  if (!repairs || owner?.movedTo !== null || !ctx.stead.dataKey) return { idle: true, next: null };
  const arrival = lastArrival(window, log);
  const times = rescueTimes(arrival, { auto: repairs.rescueAuto, askedAt: repairs.rescueAskedAt });
  const round = roundDue(times, repairs.rescueRound, now);
  if (round !== null) {
    const begun = { rescueRound: round, rescueCursor: 0, rescuePasses: 0, rescueMissed: 0, rescued: 0 };
    await noteRepairs(ctx.db, { ...begun, rescueNextAt: now });
    return { idle: false, next: null };
  }
  const due = repairs.rescueNextAt !== null && repairs.rescueNextAt <= now;
  if (!due) return { idle: true, next: nextOf([...times, repairs.rescueNextAt], now) };
  await goOn(ctx, repairs, roundOf(repairs.rescueRound, window, now));
  return { idle: false, next: null };
}

/** Whom a round that was due then is for. */
export function roundOf(due: UnixMs, window: ArrivalWindow | undefined, now: UnixMs): Round {
  return {
    before: Math.min(due, now - RESCUES_APART) as UnixMs,
    opened: (window?.openedAt ?? 1) as UnixMs,
  };
}

async function goOn(ctx: Ctx, repairs: Repairs, round: Round): Promise<void> {
  const { db } = ctx;
  const now = ctx.clock();
  const missing = await missingAfter(db, round, repairs.rescueCursor, repairs.rescueRound, PAGE);
  if (missing.length === 0) {
    await noteRepairs(db, endOfPass(repairs, now));
    return;
  }
  const resting = stillResting(repairs.resting, now);
  const { passed, asked } = share(ctx, missing, resting);
  const found = await Promise.all(asked.map(async (one) => ({ one, found: await findPerson(ctx, one) })));
  const known = passed.flatMap((one) => rescueOf(one) ?? []);
  const { rescues, people } = await settle(ctx, round, found);
  const last = repairs.rescuePasses >= PASSES - 1;
  const down = found.filter((one) => one.found.kind === "down");
  for (const { one } of down) resting[one.host] = (now + REST) as UnixMs;
  const skipped = passed.filter((one) => one.inbox === null && !asked.includes(one)).length;
  const owed = [...known, ...rescues];
  // Whose server is down counts as not looked for, until the last pass.
  const noted = people.filter(({ id }) => last || !down.some(({ one }) => one.id === id));
  await runBatch(db, [
    ...notePeople(db, noted, now),
    ...owe(db, owed, now),
    noteRescued(db, owed, now),
    noteRepairs(db, {
      rescueCursor: passed.at(-1)!.id,
      rescueMissed: repairs.rescueMissed + down.length + skipped,
      resting: Object.fromEntries(Object.entries(resting).slice(-RESTING_MAX)),
      rescued: repairs.rescued + owed.length,
    }),
  ]);
  if (owed.length > 0) ctx.ports.background(ctx.ports.redelivery.wake());
}

/** Another pass in an hour for those whose server did not answer, or the end of the round. */
function endOfPass(repairs: Repairs, now: UnixMs): Partial<Repairs> {
  const passes = repairs.rescuePasses + 1;
  const again = repairs.rescueMissed > 0 && passes < PASSES;
  return {
    rescuePasses: passes,
    rescueCursor: 0,
    rescueMissed: again ? 0 : repairs.rescueMissed,
    rescueNextAt: again ? ((now + REST) as UnixMs) : null,
  };
}

function stillResting(resting: Repairs["resting"], now: UnixMs): Record<string, UnixMs> {
  return Object.fromEntries(Object.entries(resting).filter(([, until]) => until > now));
}

/** The first of them that one step has room for, and whom of those to look for. */
function share(ctx: Ctx, missing: readonly Missing[], resting: Readonly<Record<string, UnixMs>>) {
  const asked: Missing[] = [];
  const perHost = new Map<string, number>();
  const passed: Missing[] = [];
  for (const one of missing) {
    if (one.inbox === null && resting[one.host] === undefined) {
      const count = perHost.get(one.host) ?? 0;
      if (asked.length >= LOOKS[ctx.settings.plan] || count >= PER_HOST) break;
      perHost.set(one.host, count + 1);
      asked.push(one);
    }
    passed.push(one);
  }
  return { passed, asked };
}

type Owed = Omit<Rescue, "id" | "at">;

function rescueOf({ id, iri, inbox, rfc9421 }: Missing): Owed | null {
  return iri === null || inbox === null ? null : { expected: id, iri, inbox, rfc9421: rfc9421 ?? false };
}

/** What is to be noted of those who were looked for, and who of them is owed an Accept. 2 D1 calls, when some were found. */
async function settle(
  ctx: Ctx,
  round: Round,
  looked: readonly { one: Missing; found: FoundPerson }[],
): Promise<{ rescues: Owed[]; people: PersonFound[] }> {
  const there = looked.flatMap(({ one, found }) =>
    found.kind === "found" ? [{ one, actor: found.actor }] : [],
  );
  const iris = there.map(({ actor }) => actor.iri);
  const [peers, [taken, blocks]] =
    there.length === 0
      ? [new Map<never, never>(), [[], []]]
      : await Promise.all([
          peersByIri(ctx.db, iris),
          ctx.db.batch([expectedById(ctx.db, iris.map(hash52)), hostBlocks(ctx.db, iris.map(hostOf))]),
        ]);
  const blocked = new Set(blocks.map(({ host }) => host));
  const rescues: Owed[] = [];
  const people: PersonFound[] = [];
  for (const { one, found } of looked) {
    if (found.kind !== "found") {
      people.push({ id: one.id, to: one.id, iri: one.iri, inbox: null, problem: found.problem });
      continue;
    }
    const { iri, inbox } = found.actor;
    const to = hash52(iri);
    people.push({ id: one.id, to, iri, inbox, problem: null });
    // Known by another name until now: they may be here, or on the list twice.
    const peer = peers.get(iri);
    const twice =
      (to !== one.id && taken.some((row) => row.id === to)) || rescues.some((owed) => owed.expected === to);
    const gone = peer && (peer.follower !== null || peer.blockedAt !== null || peer.blocksUsAt !== null);
    // The list may name a server by another name than their ids have.
    if (blocked.has(hostOf(iri))) continue;
    if (twice || gone || (peer && peer.followEventAt >= round.opened)) continue;
    rescues.push({ expected: to, iri, inbox, rfc9421: peer?.rfc9421 ?? false });
  }
  return { rescues, people };
}
