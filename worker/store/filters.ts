/**
 * Filters at rest. Whoever reads them reads the document `filters`, 1 row however many there are; every change writes it anew, in the same
 * transaction.
 */
import { eq, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { Filter } from "../model/filter.ts";
import { runBatch, type Statement } from "./batch.ts";
import { documentQuery, type StoredDocument } from "./documents.ts";
import { filterKeywords, filterPosts, filters } from "./schema/filters.ts";

export type FilterRow = typeof filters.$inferSelect;
export type KeywordRow = typeof filterKeywords.$inferSelect;
export type FilteredPostRow = typeof filterPosts.$inferSelect;

/** All of them, oldest first. 1 row read. */
export async function allFilters(db: Db): Promise<Filter[]> {
  const [row] = await documentQuery(db, "filters");
  return filtersIn(row);
}

/** From the row of the document; none before the first was made. */
export const filtersIn = (row: StoredDocument | undefined): Filter[] =>
  row ? (JSON.parse(row.body) as Filter[]) : [];

/** Writes what a change needs and the document that comes of it, as one transaction. Reads all filters. */
export async function changeFilters(db: Db, statements: readonly Statement[], at: UnixMs): Promise<void> {
  await runBatch(db, [...statements, renderFilters(db, at)]);
}

/** By the database, so that two changes at once can not write what only one of them knows. */
function renderFilters(db: Db, at: UnixMs) {
  const keywords = sql`(SELECT json_group_array(json_object('id', k.id, 'keyword', k.keyword,
      'wholeWord', json(iif(k.whole_word, 'true', 'false'))))
    FROM (SELECT * FROM filter_keywords WHERE filter = f.id ORDER BY id) k)`;
  const filtered = sql`(SELECT json_group_array(json_object('id', s.id, 'post', s.post))
    FROM (SELECT * FROM filter_posts WHERE filter = f.id ORDER BY id) s)`;
  const body = sql`(SELECT json_group_array(json_object('id', f.id, 'title', f.title, 'contexts', json(f.contexts),
      'action', f.action, 'expiresAt', f.expires_at, 'keywords', json(${keywords}), 'posts', json(${filtered})))
    FROM (SELECT * FROM filters ORDER BY id) f)`;
  return db.run(sql`INSERT INTO documents (name, body, etag, updated_at) VALUES ('filters', ${body}, '', ${at})
    ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at`);
}

export const insertFilter = (db: Db, row: FilterRow) => db.insert(filters).values(row);

export const updateFilter = (db: Db, id: number, change: Partial<Omit<FilterRow, "id">>) =>
  db.update(filters).set(change).where(eq(filters.id, id));

/** With its keywords and posts. */
export const dropFilter = (db: Db, id: number) => db.delete(filters).where(eq(filters.id, id));

/** When nothing is left in it that could meet a post. */
export const dropEmptyFilter = (db: Db, id: number) =>
  db.run(sql`DELETE FROM filters WHERE id = ${id}
    AND NOT EXISTS (SELECT 1 FROM filter_keywords WHERE filter = ${id})
    AND NOT EXISTS (SELECT 1 FROM filter_posts WHERE filter = ${id})`);

export const insertKeyword = (db: Db, row: KeywordRow) => db.insert(filterKeywords).values(row);

export const updateKeyword = (
  db: Db,
  id: number,
  change: Partial<Pick<KeywordRow, "keyword" | "wholeWord">>,
) => db.update(filterKeywords).set(change).where(eq(filterKeywords.id, id));

export const dropKeyword = (db: Db, id: number) => db.delete(filterKeywords).where(eq(filterKeywords.id, id));

/** Nothing when the post is in the filter already. */
export const insertFilteredPost = (db: Db, row: FilteredPostRow) =>
  db.insert(filterPosts).values(row).onConflictDoNothing();

export const dropFilteredPost = (db: Db, id: number) => db.delete(filterPosts).where(eq(filterPosts.id, id));
