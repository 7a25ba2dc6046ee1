/** How far the owner has read, as their apps tell each other. */
import { inArray, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { markers } from "./schema/apps.ts";

export type Marker = typeof markers.$inferSelect;

/** To be batched. */
export function markersQuery(db: Db, timelines: readonly Marker["timeline"][]) {
  return db
    .select()
    .from(markers)
    .where(inArray(markers.timeline, [...timelines]));
}

/** Sets a marker, wherever it stood. 1 row. */
export function saveMarker(db: Db, timeline: Marker["timeline"], lastReadId: string, at: UnixMs) {
  return db
    .insert(markers)
    .values({ timeline, lastReadId, version: 1, updatedAt: at })
    .onConflictDoUpdate({
      target: markers.timeline,
      set: { lastReadId, version: sql`version + 1`, updatedAt: at },
    });
}
