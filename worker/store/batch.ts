import type { Query, SQLWrapper } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";

/** A statement that is not run yet: one of Drizzle's builders, or `db.run(sql...)`. */
export type Statement = SQLWrapper & ({ toSQL(): Query } | { getQuery(): Query });

/**
 * Runs statements as one transaction: all of them or none. No statements: no call. D1's results in order. (Drizzle's own batch
 * can not bind the parameters of `db.run`.)
 */
export async function runBatch(db: Db, statements: readonly Statement[]): Promise<D1Result[]> {
  if (statements.length === 0) return [];
  const client = (db as Db & { $client: D1Database }).$client;
  const prepared = statements.map((statement) => {
    const { sql, params } = "getQuery" in statement ? statement.getQuery() : statement.toSQL();
    return client.prepare(sql).bind(...params);
  });
  return client.batch(prepared);
}

/** Rows that a statement of a batch changed. */
export function changes(result: D1Result | undefined): number {
  return result?.meta.changes ?? 0;
}
