/** What is being fetched, a few documents at a time: who is at it, and how far it is. */
import { and, asc, eq, inArray, isNull, lt, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { Plan } from "../model/backfill.ts";
import { OWNER, type Post } from "../model/post.ts";
import { backfills } from "./schema/backfill.ts";
import { posts } from "./schema/posts.ts";

export type Backfill = typeof backfills.$inferSelect;

export const threadId = (post: number): string => `thread-${post}`;
export const latestId = (peer: number): string => `latest-${peer}`;

/** To be batched. */
export function backfillQuery(db: Db, id: string) {
  return db.select().from(backfills).where(eq(backfills.id, id));
}

/** Begins; nothing when it was begun later than `before`, or is not over. 1 row. */
export function beginBackfill(db: Db, id: string, plan: Plan, now: UnixMs, before: UnixMs) {
  const row = { id, plan, startedAt: now, steppedAt: 0 as UnixMs, found: 0, doneAt: null };
  return db
    .insert(backfills)
    .values(row)
    .onConflictDoUpdate({
      target: backfills.id,
      set: row,
      setWhere: sql`done_at IS NOT NULL AND backfills.started_at < ${before}`,
    });
}

/** Takes it, unless somebody else has it since `before`. Null: there is nothing to do. 1 row. */
export async function takeBackfill(
  db: Db,
  id: string,
  now: UnixMs,
  before: UnixMs,
): Promise<Backfill | null> {
  const [row] = await db
    .update(backfills)
    .set({ steppedAt: now })
    .where(and(eq(backfills.id, id), isNull(backfills.doneAt), lt(backfills.steppedAt, before)))
    .returning();
  return row ?? null;
}

/** How far it is. Free for the next. 1 row. */
export function noteBackfill(db: Db, id: string, change: Pick<Backfill, "plan" | "found" | "doneAt">) {
  return db
    .update(backfills)
    .set({ ...change, steppedAt: 0 as UnixMs })
    .where(eq(backfills.id, id));
}

/** The one that has waited longest. */
export async function waitingBackfill(db: Db, before: UnixMs): Promise<string | null> {
  const [row] = await db
    .select({ id: backfills.id })
    .from(backfills)
    .where(and(isNull(backfills.doneAt), lt(backfills.steppedAt, before), lt(backfills.startedAt, before)))
    .orderBy(asc(backfills.startedAt))
    .limit(1);
  return row?.id ?? null;
}

export function sweepBackfills(db: Db, before: UnixMs) {
  return db.delete(backfills).where(lt(backfills.startedAt, before));
}

/** Those that are held here already; in one statement, to be batched. */
export function heldOf(db: Db, iris: readonly Iri[]) {
  return db
    .select()
    .from(posts)
    .where(inArray(posts.iri, among(iris)));
}

const among = (iris: readonly Iri[]) => sql`(SELECT value FROM json_each(${JSON.stringify(iris)}))`;

/** Joins those posts to what they answer, where both are held. Reads 2 rows each. */
export function joinPosts(db: Db, iris: readonly Iri[]) {
  return db.run(sql`UPDATE posts SET reply_to = (SELECT p.id FROM posts p WHERE p.iri = posts.reply_to_iri)
    WHERE iri IN ${among(iris)} AND reply_to IS NULL AND reply_to_iri IS NOT NULL
      AND EXISTS (SELECT 1 FROM posts p WHERE p.iri = posts.reply_to_iri)`);
}

/** How far up a thread is followed. */
const STEPS_MAX = 40;
/** Answers by others whose answers are asked for when a post of the owner's is opened. */
const ANSWERS_MAX = 10;

export interface Opened {
  readonly post: Pick<Post, "id" | "iri" | "author" | "visibility">;
  /** What the topmost post that is held answers, and who that is by; null: nothing, or it is held. */
  readonly missing: Iri | null;
  readonly top: Iri;
  /** Posts of others that answer it. */
  readonly answers: Iri[];
}

/** The post behind the number of a post or of a boost, and what stands around it. 2 D1 calls. */
export async function threadAround(db: Db, id: number): Promise<Opened | null> {
  const [post] = await db
    .select({ id: posts.id, iri: posts.iri, author: posts.author, visibility: posts.visibility })
    .from(posts)
    .where(
      sql`${posts.id} IN (SELECT ${id} UNION SELECT r.post FROM reactions r WHERE r.kind = 'boost' AND r.id = ${id})
        AND ${posts.deletedAt} IS NULL`,
    );
  if (!post) return null;
  const chain = sql`WITH RECURSIVE up(id, n) AS (SELECT ${post.id}, 0
    UNION ALL SELECT q.id, up.n + 1 FROM up CROSS JOIN posts c ON c.id = up.id CROSS JOIN posts q ON q.iri = c.reply_to_iri
    WHERE up.n < ${STEPS_MAX}) SELECT up.id FROM up ORDER BY up.n DESC LIMIT 1`;
  const [tops, answers] = await db.batch([
    db
      .select({ iri: posts.iri, replyToIri: posts.replyToIri })
      .from(posts)
      .where(sql`${posts.id} = (${chain})`),
    db
      .select({ iri: posts.iri })
      .from(posts)
      .where(
        and(
          eq(posts.replyTo, post.id),
          sql`${posts.author} <> ${OWNER}`,
          inArray(posts.visibility, ["public", "quiet"]),
        ),
      )
      .orderBy(asc(posts.id))
      .limit(ANSWERS_MAX),
  ]);
  const [top] = tops;
  return {
    post,
    missing: top?.replyToIri ?? null,
    top: top?.iri ?? post.iri,
    answers: answers.map(({ iri }) => iri),
  };
}
