/** Lists of people at rest. Whom the owner follows no more is out of them by itself: see the migration. */
import { and, asc, desc, eq, gt, inArray, lt, sql, type SQL } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import type { Statement } from "./batch.ts";
import { peers } from "./schema.ts";
import { listMembers, lists } from "./schema/lists.ts";

export type List = typeof lists.$inferSelect;

/** In the order they were made. */
export async function allLists(db: Db): Promise<List[]> {
  return db.select().from(lists).orderBy(asc(lists.id));
}

export async function findList(db: Db, id: number): Promise<List | null> {
  const [row] = await db.select().from(lists).where(eq(lists.id, id));
  return row ?? null;
}

/** A list and how many stand in it. Reads its members by their index. */
export async function listWithSize(db: Db, id: number): Promise<(List & { size: number }) | null> {
  const [row] = await db
    .select({
      id: lists.id,
      title: lists.title,
      replies: lists.replies,
      exclusive: lists.exclusive,
      size: sql<number>`(SELECT count(*) FROM list_members m WHERE m.list = ${id})`.as("size"),
    })
    .from(lists)
    .where(eq(lists.id, id));
  return row ?? null;
}

/** The lists that somebody stands in. */
export async function listsOf(db: Db, peer: number): Promise<List[]> {
  const ids = db.select({ list: listMembers.list }).from(listMembers).where(eq(listMembers.peer, peer));
  return db.select().from(lists).where(inArray(lists.id, ids)).orderBy(asc(lists.id));
}

export const insertList = (db: Db, list: List) => db.insert(lists).values(list);

export const updateList = (db: Db, { id, ...list }: List) =>
  db.update(lists).set(list).where(eq(lists.id, id));

/** With its members. */
export const dropList = (db: Db, id: number) => db.delete(lists).where(eq(lists.id, id));

/** Members by their numbers, highest first. 2 rows a member. */
export function membersOf(db: Db, list: number, range: { before: number; after: number }, limit: number) {
  return db
    .select({ peer: peers })
    .from(listMembers)
    .innerJoin(peers, eq(peers.id, listMembers.peer))
    .where(
      and(eq(listMembers.list, list), lt(listMembers.peer, range.before), gt(listMembers.peer, range.after)),
    )
    .orderBy(desc(listMembers.peer))
    .limit(limit);
}

const among = (ids: readonly number[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/** Which of these numbers are anybody's, and whom of them the owner follows or has asked to. To be batched. */
export function candidatesQuery(db: Db, ids: readonly number[]) {
  return db
    .select({
      id: peers.id,
      followed: sql<number>`EXISTS (SELECT 1 FROM following f WHERE f.peer = peers.id)`.as("followed"),
    })
    .from(peers)
    .where(sql`${peers.id} IN ${among(ids)}`);
}

/** Whom of them the owner follows or has asked to, once each. 2 rows for each who is new. */
export const insertMembers = (db: Db, list: number, ids: readonly number[]) =>
  db.run(sql`INSERT OR IGNORE INTO list_members (list, peer)
    SELECT ${list}, f.peer FROM following f WHERE f.peer IN ${among(ids)}`);

export const dropMembers = (db: Db, list: number, ids: readonly number[]) =>
  db.run(sql`DELETE FROM list_members WHERE list = ${list} AND peer IN ${among(ids)}`);

/**
 * Whether these people, or all of a list, are shown at home, after what changed and before a list goes (`without`). 1 row for each of whom it
 * changes.
 */
export function settleHome(
  db: Db,
  whom: readonly number[] | { list: number },
  without: number | null = null,
): Statement {
  const people =
    "list" in whom ? sql`(SELECT peer FROM list_members WHERE list = ${whom.list})` : among(whom);
  const shown = sql`NOT EXISTS (SELECT 1 FROM list_members m CROSS JOIN lists l ON l.id = m.list
    WHERE m.peer = following.peer AND l.exclusive = 1 AND l.id IS NOT ${without})`;
  return db.run(sql`UPDATE following SET home = ${shown} WHERE peer IN ${people} AND home <> ${shown}`);
}

/** One account became another: the new one stands where the old one stood. Before the old one is followed no more. */
export const inheritLists = (db: Db, from: number, to: number): Statement[] => [
  db.run(sql`INSERT OR IGNORE INTO list_members (list, peer)
    SELECT m.list, f.peer FROM list_members m CROSS JOIN following f WHERE m.peer = ${from} AND f.peer = ${to}`),
  settleHome(db, [to]),
];
