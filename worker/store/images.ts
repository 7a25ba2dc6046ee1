/** Avatar and header at rest. */
import { and, eq } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { images } from "./schema.ts";

export type Image = typeof images.$inferSelect;

export function imageVersions(db: Db) {
  return db.select({ kind: images.kind, type: images.type, version: images.version }).from(images);
}

export async function findImage(db: Db, kind: Image["kind"], version: string): Promise<Image | null> {
  const [row] = await db
    .select()
    .from(images)
    .where(and(eq(images.kind, kind), eq(images.version, version)));
  return row ?? null;
}

export function saveImage(db: Db, image: Image) {
  return db.insert(images).values(image).onConflictDoUpdate({ target: images.kind, set: image });
}

export function dropImage(db: Db, kind: Image["kind"]) {
  return db.delete(images).where(eq(images.kind, kind));
}
