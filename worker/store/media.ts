/** What the owner attaches to posts, at rest. A row with an end is gone when that has come: `media.expires_at`. */
import { and, eq, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { media } from "./schema/media.ts";

export type Media = typeof media.$inferSelect;

export function insertMedia(db: Db, row: typeof media.$inferInsert) {
  return db.insert(media).values(row);
}

export function updateMedia(db: Db, id: number, change: Partial<Omit<Media, "id" | "name">>) {
  return db.update(media).set(change).where(eq(media.id, id));
}

/** Those of the ids that are there, whole and not at their end, in no order. 1 D1 read. */
export function mediaById(db: Db, ids: readonly number[], now: UnixMs): Promise<Media[]> {
  const lives = sql`(${media.expiresAt} IS NULL OR ${media.expiresAt} > ${now})`;
  return db
    .select()
    .from(media)
    .where(and(inArray(media.id, [...ids]), sql`${media.type} <> ''`, lives));
}

const among = (ids: readonly number[]) => sql`id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/**
 * They belong to the post. Fails, and the batch with it, when one of them was attached elsewhere or removed in the meantime: a size can not be
 * null.
 */
export function attachMedia(db: Db, ids: readonly number[], post: number, now: UnixMs) {
  const size = sql`(SELECT m.size FROM media m WHERE m.id = j.value)`;
  return db.run(sql`INSERT INTO media (id, name, type, size)
    SELECT j.value, '', '', ${size} FROM json_each(${JSON.stringify(ids)}) j WHERE true
    ON CONFLICT (id) DO UPDATE SET post = ${post}, expires_at = NULL,
      size = CASE WHEN post IS ${post} OR (post IS NULL AND expires_at > ${now}) THEN size END`);
}

export const TAKEN = /NOT NULL constraint failed: media\.size/;

/** They belong to no post any more, and go at that time. */
export function releaseMedia(db: Db, ids: readonly number[], expiresAt: UnixMs) {
  return db.run(sql`UPDATE media SET post = NULL, expires_at = ${expiresAt} WHERE ${among(ids)}`);
}

/** What no post shows is given up: not there any more, and removed by the next sweep. */
export function giveUpMedia(db: Db, id: number) {
  return db
    .update(media)
    .set({ expiresAt: 0 as UnixMs })
    .where(and(eq(media.id, id), isNull(media.post)));
}

/** What has had its time, to be removed. Reads the table: it is small, and an index would cost a row a picture. */
export function expiredMedia(db: Db, before: UnixMs, limit: number) {
  return db
    .select({ id: media.id, name: media.name, preview: media.preview })
    .from(media)
    .where(and(isNotNull(media.expiresAt), lt(media.expiresAt, before)))
    .limit(limit);
}

/** A still picture that has a row of its own until a file's row names it. */
export interface Still {
  readonly id: number;
  readonly name: string;
}

/**
 * A file's row names the still picture from now on, between `before` and `after`; the row that the picture had knows of the one it replaces, to
 * be swept, or goes. Two at once: each replaces the other's or the first. A file that is gone: the picture's own row stays, and is swept.
 */
export function nameStill(db: Db, file: number, { id, name }: Still) {
  const old = sql`(SELECT f.preview FROM media f WHERE f.id = ${file} AND f.preview IS NOT NULL)`;
  return {
    before: db.run(
      sql`UPDATE media SET name = ${old}, expires_at = 0 WHERE id = ${id} AND ${old} IS NOT NULL`,
    ),
    after: db.run(sql`DELETE FROM media WHERE id = ${id} AND name = ${name}
      AND EXISTS (SELECT 1 FROM media f WHERE f.id = ${file} AND f.preview = ${name})`),
  };
}

/** After their bytes are gone. */
export function dropMedia(db: Db, ids: readonly number[]) {
  return db.run(sql`DELETE FROM media WHERE ${among(ids)}`);
}
