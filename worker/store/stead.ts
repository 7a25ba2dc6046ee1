/**
 * The stead itself: what was pinned at the claim, and the owner's row.
 */
import { eq } from "drizzle-orm";

import type { Ctx, Db, Stead } from "../kernel/ctx.ts";
import { openDataKey } from "../kernel/vault.ts";
import { keys, owner } from "./schema.ts";
import type { KeyRow } from "./keys.ts";

export type Owner = typeof owner.$inferSelect;

/**
 * What the isolate remembers, for each binding of the database: the Worker and each object have their own. The pinned facts never
 * change, and neither does the secret while an isolate lives, so they are read once. An unclaimed stead is not remembered.
 */
let remembered = new WeakMap<D1Database, { secret: string | null; stead: Stead }>();

/** The stead, or null before the claim. One D1 read in the life of an isolate. */
export async function loadStead(db: Db, client: D1Database, secret: string | null): Promise<Stead | null> {
  const known = remembered.get(client);
  if (known && known.secret === secret) return known.stead;
  const [row] = await ownerQuery(db);
  if (!row) return null;
  const dataKey = secret === null ? null : await openDataKey(secret, row.dataKey, row.actorIri);
  const stead: Stead = {
    origin: row.origin,
    actor: row.actorIri,
    handle: row.handle,
    handleDomain: row.handleDomain,
    dataKey,
  };
  remembered.set(client, { secret, stead });
  return stead;
}

/** For tests, and after the database was replaced. */
export function forgetStead(): void {
  remembered = new WeakMap();
}

/** To be batched. */
export function ownerQuery(db: Db) {
  return db.select().from(owner).where(eq(owner.id, 1));
}

/** The owner's row. Throws before the claim: a `Ctx` exists only after it. */
export async function loadOwner(ctx: Ctx): Promise<Owner> {
  const [row] = await ownerQuery(ctx.db);
  if (!row) throw new Error("the stead has a claim in memory and none in the database");
  return row;
}

export function insertOwner(db: Db, row: Owner) {
  return db.insert(owner).values(row);
}

export function insertKeys(db: Db, rows: readonly KeyRow[]) {
  return db.insert(keys).values([...rows]);
}

/** Changes the owner's row. 1 row. */
export function updateOwner(db: Db, change: Partial<Owner>) {
  return db.update(owner).set(change).where(eq(owner.id, 1));
}
