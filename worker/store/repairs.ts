/** How far the rounds of repair are, and what the owner asked for: one row. */
import { eq } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { repairs } from "./schema.ts";

export type Repairs = typeof repairs.$inferSelect;

/** To be batched. */
export function repairsQuery(db: Db) {
  return db.select().from(repairs);
}

/** 1 row. */
export function noteRepairs(db: Db, change: Partial<Omit<Repairs, "id">>) {
  return db.update(repairs).set(change).where(eq(repairs.id, 1));
}
