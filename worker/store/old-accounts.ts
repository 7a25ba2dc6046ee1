/** The accounts the owner comes from, as they were when last looked at. That they are aliases stands in the owner's row. */
import { asc, eq, sql } from "drizzle-orm";

import type { Iri } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { expected, expectedHosts, oldAccounts } from "./schema.ts";

export type OldAccount = typeof oldAccounts.$inferSelect;

/** In the order they were added; to be batched. */
export function everyOldAccount(db: Db) {
  return db.select().from(oldAccounts).orderBy(asc(oldAccounts.addedAt));
}

/** A second time, what was seen is new and when it was added stays. 1 row. */
export function saveOldAccount(db: Db, row: OldAccount) {
  const { iri: _, addedAt: _a, ...seen } = row;
  return db.insert(oldAccounts).values(row).onConflictDoUpdate({ target: oldAccounts.iri, set: seen });
}

/** Nothing where it is no longer one. At most 1 row. */
export function noteOldAccount(db: Db, iri: Iri, seen: Partial<OldAccount>) {
  return db.update(oldAccounts).set(seen).where(eq(oldAccounts.iri, iri));
}

export function dropOldAccount(db: Db, iri: Iri) {
  return db.delete(oldAccounts).where(eq(oldAccounts.iri, iri));
}

/** How many people the lists hold: a row a server is read. To be batched. */
export function countExpected(db: Db) {
  return db.select({ people: sql<number>`coalesce(sum(${expectedHosts.people}), 0)` }).from(expectedHosts);
}

/** Whether anybody is expected at all. Reads 1 row. To be batched. */
export function anyExpected(db: Db) {
  return db.select({ id: expected.id }).from(expected).limit(1);
}
