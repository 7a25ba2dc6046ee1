import type { BatchItem } from "drizzle-orm/batch";

import type { Db } from "../kernel/ctx.ts";

export type Statement = BatchItem<"sqlite">;

/** Runs statements as one transaction: all of them or none. No statements: no call. Returns D1's results in order. */
export async function runBatch(db: Db, statements: readonly Statement[]): Promise<unknown[]> {
  const [first, ...rest] = statements;
  if (!first) return [];
  return db.batch([first, ...rest]);
}

/** Rows changed, as D1 tells for a statement that was run in a batch. */
export function changes(result: unknown): number {
  return (result as D1Result | undefined)?.meta.changes ?? 0;
}
