/** The servers of the list that are to be greeted, and who is asked for the way to them. */
import { and, asc, gt, isNotNull, lte, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { Recipient } from "./schema.ts";
import { expectedHosts } from "./schema.ts";

/** Not greeted since `since`: 0, when once is enough. */
const due = (since: number) =>
  sql`(${expectedHosts.warmedAt} IS NULL OR ${expectedHosts.warmedAt} < ${since})`;

/** How many servers there are, greeted, not greeted since, and not found. Reads them all. To be batched. */
export function countHosts(db: Db, since: number) {
  return db
    .select({
      hosts: sql<number>`count(*)`,
      people: sql<number>`coalesce(sum(${expectedHosts.people}), 0)`,
      greeted: sql<number>`count(${expectedHosts.warmedAt})`,
      due: sql<number>`coalesce(sum(${due(since)}), 0)`,
      lost: sql<number>`count(${expectedHosts.problem})`,
    })
    .from(expectedHosts);
}

/** Servers after `after` that are due, by name. */
export function dueHostsAfter(db: Db, after: string, since: number, limit: number) {
  return db
    .select()
    .from(expectedHosts)
    .where(and(gt(expectedHosts.host, after), due(since)))
    .orderBy(asc(expectedHosts.host))
    .limit(limit);
}

/** Those of them up to `through` whose inbox is known. */
export function readyHostsAfter(db: Db, after: string, through: string, since: number, limit: number) {
  return db
    .select()
    .from(expectedHosts)
    .where(
      and(
        gt(expectedHosts.host, after),
        lte(expectedHosts.host, through),
        due(since),
        isNotNull(expectedHosts.inbox),
      ),
    )
    .orderBy(asc(expectedHosts.host))
    .limit(limit);
}

/** What was missing is looked for once more. */
export function forgetProblems(db: Db) {
  return db.run(sql`UPDATE expected_hosts SET problem = NULL WHERE problem IS NOT NULL`);
}

/** Some people of each server, by number: who is asked for its inbox. Reads the list. */
export async function someOfEachHost(db: Db, each: number): Promise<Record<string, number[]>> {
  const rows = await db.all<{ host: string; id: number }>(
    sql`SELECT host, id FROM (SELECT host, id, row_number() OVER (PARTITION BY host) AS n FROM expected) WHERE n <= ${each}`,
  );
  const people: Record<string, number[]> = {};
  for (const { host, id } of rows) (people[host] ??= []).push(id);
  return people;
}

/** What was found out about a server. */
export interface HostFound {
  readonly host: string;
  readonly inbox: string | null;
  readonly rfc9421: boolean;
  readonly problem: string | null;
}

/** 1 row each. */
export function noteHosts(db: Db, found: readonly HostFound[], at: UnixMs) {
  return db.run(sql`UPDATE expected_hosts SET inbox = coalesce(j.value ->> 'inbox', inbox), rfc9421 = j.value ->> 'rfc9421',
      problem = j.value ->> 'problem', looked_at = ${at}
    FROM json_each(${JSON.stringify(found)}) j WHERE expected_hosts.host = j.value ->> 'host'`);
}

/** What was found out about a person. `to`: the number of their actor id, where that is new. */
export interface PersonFound {
  readonly id: number;
  readonly to: number;
  readonly iri: string | null;
  readonly inbox: string | null;
  readonly problem: string | null;
}

/** 1 row each, 2 where the number changes. Whose number is taken is in the list twice, and stays as they are. */
export function notePeople(db: Db, found: readonly PersonFound[], at: UnixMs) {
  const rows = sql`json_each(${JSON.stringify(found)}) j WHERE e.id = j.value ->> 'id'`;
  return [
    db.run(sql`UPDATE expected AS e SET inbox = coalesce(j.value ->> 'inbox', e.inbox), problem = j.value ->> 'problem',
      looked_at = ${at} FROM ${rows}`),
    db.run(sql`UPDATE OR IGNORE expected AS e SET id = j.value ->> 'to', iri = j.value ->> 'iri'
      FROM ${rows} AND j.value ->> 'to' <> e.id`),
  ] as const;
}

/** 1 row each. */
export function markGreeted(db: Db, hosts: readonly string[], at: UnixMs) {
  return db.run(sql`UPDATE expected_hosts SET warmed_at = ${at}
    WHERE host IN (SELECT value FROM json_each(${JSON.stringify(hosts)}))`);
}

export function recipientOf({ inbox, rfc9421 }: typeof expectedHosts.$inferSelect): Recipient[] {
  return inbox === null ? [] : [{ inbox, rfc9421 }];
}
