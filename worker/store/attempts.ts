/** Counts of what strangers may try, by the hour: from one address, and from everywhere. */
import { and, eq, sql } from "drizzle-orm";

import { HOUR } from "../kernel/clock.ts";
import type { Base } from "../kernel/ctx.ts";
import { runBatch } from "./batch.ts";
import { attempts } from "./schema.ts";

/** In an hour. */
export interface TryLimits {
  readonly fromOne: number;
  readonly everywhere: number;
}

/** Whether as many were counted in this hour as there may be. `purpose` has no colon. 1 D1 read. */
export async function tooMany(
  base: Base,
  purpose: string,
  from: string,
  limits: TryLimits,
): Promise<boolean> {
  const everywhere = `${purpose}:*`;
  const rows = await base.db
    .select()
    .from(attempts)
    .where(and(sql`name IN (${`${purpose}:${from}`}, ${everywhere})`, eq(attempts.hour, hourOf(base))));
  return rows.some((row) => row.count >= (row.name === everywhere ? limits.everywhere : limits.fromOne));
}

/** 2 rows. Whoever asks `tooMany` first counts nothing past the limits, so trying can not eat the day's rows. */
export async function noteTry(base: Base, purpose: string, from: string): Promise<void> {
  const hour = hourOf(base);
  const note = (name: string) =>
    base.db
      .insert(attempts)
      .values({ name, hour, count: 1 })
      .onConflictDoUpdate({
        target: attempts.name,
        set: { hour, count: sql`CASE WHEN hour = ${hour} THEN count + 1 ELSE 1 END` },
      });
  await runBatch(base.db, [note(`${purpose}:${from}`), note(`${purpose}:*`)]);
}

const hourOf = (base: Base): number => Math.floor(base.clock() / HOUR);
