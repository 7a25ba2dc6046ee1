import type { Query, SQLWrapper } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";

/** What Drizzle needs of a database; see `apart`. */
type Client = Pick<D1Database, "prepare" | "batch">;

/**
 * The database for Drizzle. D1 answers a batch with objects, and two joined tables that both have an `id` would share one field, so that
 * Drizzle 0.45 reads the wrong columns. SQLite names the columns of a subquery apart by itself ("id", "id:1") and keeps their order
 * and that of the rows.
 */
export function apart(client: D1Database): D1Database {
  const named: Client = {
    prepare: (query) => client.prepare(/^select .* join /s.test(query) ? `select * from (${query})` : query),
    batch: (statements) => client.batch(statements),
  };
  return named as D1Database;
}

/** The database beneath Drizzle, for what is asked so often that a query builder would cost more CPU than the work. */
export function clientOf(db: Db): D1Database {
  return (db as Db & { $client: D1Database }).$client;
}

/** A statement that is not run yet: one of Drizzle's builders, or `db.run(sql...)`. */
export type Statement = SQLWrapper & ({ toSQL(): Query } | { getQuery(): Query });

/**
 * Runs statements as one transaction: all of them or none. No statements: no call. D1's results in order. (Drizzle's own batch
 * can not bind the parameters of `db.run`.)
 */
export async function runBatch(db: Db, statements: readonly Statement[]): Promise<D1Result[]> {
  if (statements.length === 0) return [];
  const client = clientOf(db);
  const prepared = statements.map((statement) => {
    const { sql, params } = "getQuery" in statement ? statement.getQuery() : statement.toSQL();
    return client.prepare(sql).bind(...params);
  });
  return client.batch(prepared);
}

/** Numbers of posts and boosts that the statements of a batch deleted: those that return them as `gone`. */
export function goneIn(results: readonly D1Result[]): number[] {
  const rows = results.flatMap((result) => result.results as { gone?: unknown }[]);
  return rows.flatMap(({ gone }) => (typeof gone === "number" ? [gone] : []));
}

/** Rows that a statement of a batch changed. */
export function changes(result: D1Result | undefined): number {
  return result?.meta.changes ?? 0;
}
