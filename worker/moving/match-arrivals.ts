/**
 * Step: recognises in newcomers the people that a list names by address or by page. Walks the followers' log once; those who wait for
 * approval have none, and are walked now and then.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { handleOf } from "../model/peer.ts";
import { runBatch } from "../store/batch.ts";
import {
  anyExpectedHost,
  askersAfter,
  namesAfter,
  readMark,
  recognise,
  writeMark,
} from "../store/expected.ts";
import { followerLogQuery } from "../store/followers.ts";
import type { Stepped } from "./step.ts";

/** Newcomers in one round. */
const ROUND = 500;
/** While people are arriving: the page that shows them comes again every 15 seconds. */
const SOON = 10 * SECOND;
const LATER = 1 * MINUTE;
/** Between two walks through those who ask. */
const TURN = 10 * MINUTE;

interface Matched {
  /** followers.id up to which newcomers have been looked at. */
  readonly through: number;
  /** follow_requests.peer looked at last; 0: no walk is under way. */
  readonly asker: number;
  /** unix ms: the end of the last walk. */
  readonly walkedAt: number;
}

/** 3 D1 calls. Reads 7 rows a newcomer, writes those it finds and 1. With nothing to do it reads 3 rows. */
export async function matchArrivals(ctx: Ctx): Promise<Stepped> {
  const { db } = ctx;
  const now = ctx.clock();
  const [hosts, [mark], [log]] = await db.batch([
    anyExpectedHost(db),
    readMark(db, "expected/matched"),
    followerLogQuery(db),
  ]);
  if (hosts.length === 0 || !log) return { idle: true, next: null };
  const before: Matched = mark ? (JSON.parse(mark.body) as Matched) : { through: 0, asker: 0, walkedAt: 0 };
  const walks = before.asker > 0 || now - before.walkedAt >= TURN;
  const [came, asking] = await db.batch([
    namesAfter(db, before.through, ROUND),
    askersAfter(db, before.asker, walks ? ROUND : 0),
  ]);
  if (came.length + asking.length + before.asker === 0) {
    const quiet = now - log.lastId / 1_000;
    const wait = quiet < MINUTE ? SOON : quiet < HOUR ? LATER : null;
    return { idle: true, next: wait === null ? null : ((now + wait) as UnixMs) };
  }
  const goesOn = asking.length === ROUND;
  const after: Matched = {
    through: came.at(-1)?.id ?? before.through,
    asker: goesOn ? asking.at(-1)!.id : 0,
    walkedAt: walks && !goesOn ? now : before.walkedAt,
  };
  const people = [...came, ...asking].map(({ iri, username, url }) => {
    return { iri, address: handleOf({ iri, username }).toLowerCase(), url };
  });
  await runBatch(db, [...recognise(db, people), writeMark(db, "expected/matched", after, now)]);
  return { idle: false, next: null };
}
