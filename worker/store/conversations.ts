/** Direct posts that answer each other, at rest: a row a conversation, and its number in each of its posts. */
import { and, desc, asc, eq, gt, lt, sql, type SQL } from "drizzle-orm";

import type { Iri } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { Statement } from "./batch.ts";
import { conversations } from "./schema/conversations.ts";
import type { Entries } from "./statuses.ts";
import type { Span } from "./timelines.ts";

export type Conversation = typeof conversations.$inferSelect;

/** The owner says something in it, new or not; they have read what was said before. 1 row and its index entry. */
export function continueConversation(db: Db, id: number, last: number) {
  return db
    .insert(conversations)
    .values({ id, last, unread: false, hidden: false })
    .onConflictDoUpdate({
      target: conversations.id,
      set: { last: sql`max(last, excluded.last)`, unread: false, hidden: false },
    });
}

/**
 * After a direct post to the owner was saved: it joins the conversation of what it answers, or begins one. Once: a newer version of it changes
 * nothing. 2 rows and their index entries.
 */
export function joinConversation(db: Db, iri: Iri) {
  const joins = sql`p.iri = ${iri} AND p.conversation IS NULL AND p.visibility = 'direct' AND p.mentions_owner = 1`;
  const own = sql`coalesce((SELECT q.conversation FROM posts q WHERE q.id = p.reply_to), p.id)`;
  return [
    db.run(sql`INSERT INTO conversations (id, last, unread, hidden) SELECT ${own}, p.id, 1, 0 FROM posts p WHERE ${joins}
      ON CONFLICT (id) DO UPDATE SET last = max(last, excluded.last), unread = 1, hidden = 0`),
    db.run(sql`UPDATE posts AS p SET conversation = ${own} WHERE ${joins}`),
  ] as const;
}

/** Before posts are deleted, `leaving` in the words of `posts p`: what is then the last one, and none where nothing is left. */
export function leaveConversations(db: Db, leaving: SQL) {
  return [
    db.run(sql`UPDATE conversations SET last = coalesce((SELECT max(p.id) FROM posts p
        WHERE p.conversation = conversations.id AND p.deleted_at IS NULL AND NOT (${leaving})), 0)
      WHERE last IN (SELECT p.id FROM posts p WHERE ${leaving} AND p.conversation IS NOT NULL)`),
    db.run(sql`DELETE FROM conversations WHERE last = 0`),
  ] as const satisfies Statement[];
}

/** A page by the number of their last post, but for those in which somebody blocked spoke last. Reads 3 rows each. */
export function conversationsIn(
  db: Db,
  { before, after, oldestFirst, limit }: Span,
): Promise<Conversation[]> {
  const { last, hidden } = conversations;
  const open = sql`NOT EXISTS (SELECT 1 FROM posts p CROSS JOIN peers x ON x.id = p.author
    WHERE p.id = ${last} AND x.blocked_at IS NOT NULL)`;
  return db
    .select()
    .from(conversations)
    .where(and(lt(last, before), gt(last, after), eq(hidden, false), open))
    .orderBy(oldestFirst ? asc(last) : desc(last))
    .limit(limit);
}

export async function conversationById(db: Db, id: number): Promise<Conversation | null> {
  const [row] = await db
    .select()
    .from(conversations)
    .where(and(eq(conversations.id, id), eq(conversations.hidden, false)));
  return row ?? null;
}

export function setUnread(db: Db, id: number, unread: boolean) {
  return db.update(conversations).set({ unread }).where(eq(conversations.id, id));
}

/** Until somebody says something more in it. The posts stay. */
export function hideConversation(db: Db, id: number) {
  return db.update(conversations).set({ hidden: true, unread: false }).where(eq(conversations.id, id));
}

/** Direct posts from and to the owner, newest first. */
export function directEntries({ before, after, oldestFirst, limit }: Span): Entries {
  return sql`SELECT p.id AS place, p.id AS id, p.id AS post, NULL AS peer FROM posts p INDEXED BY posts_direct
    WHERE p.conversation IS NOT NULL AND p.id < ${before} AND p.id > ${after} AND p.deleted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM peers x WHERE x.id = p.author AND x.blocked_at IS NOT NULL)
    ORDER BY p.id ${sql.raw(oldestFirst ? "ASC" : "DESC")} LIMIT ${limit}`;
}
