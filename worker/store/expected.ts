/** Who is expected: the people of the old account's follower list, and their servers. Nobody is a follower for that alone. */
import { and, asc, eq, gt, sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { addressId, expectedId, type Listed } from "../model/listed.ts";
import type { Statement } from "./batch.ts";
import { documents, expected, expectedHosts, followers, followRequests, peers } from "./schema.ts";

export type Expected = typeof expected.$inferSelect;

/** Characters of one parameter: D1 takes 2 MB, and a character has at most 3 bytes. */
const PARAMETER_MAX = 600_000;

/**
 * People are expected: 1 row each, in as few statements as parameters of 2 MB allow. Who is expected already changes nothing, but for an
 * address that was not known. Follow the last of a list with `settleExpected`. `job`: only while that one runs, because the owner may have
 * given it up meanwhile.
 */
export function expectPeople(db: Db, people: readonly Listed[], job: number | null = null): Statement[] {
  const wanted =
    job === null
      ? sql`true`
      : sql`EXISTS (SELECT 1 FROM list_jobs WHERE list_jobs.id = ${job} AND state = 'running')`;
  return inParameters(people.map((one) => [expectedId(one), one.iri, one.address, one.host])).map((rows) =>
    db.run(sql`INSERT INTO expected (id, iri, address, host)
      SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3 FROM json_each(${rows}) j WHERE ${wanted}
      ON CONFLICT (id) DO UPDATE SET address = excluded.address
        WHERE iri IS excluded.iri AND address IS NULL AND excluded.address IS NOT NULL`),
  );
}

/** JSON arrays of the rows, none too long for a parameter. */
function inParameters(rows: readonly unknown[]): string[] {
  const parameters: string[] = [];
  let part: string[] = [];
  let size = 0;
  for (const row of rows.map((one) => JSON.stringify(one))) {
    if (size + row.length > PARAMETER_MAX) {
      parameters.push(`[${part.join()}]`);
      part = [];
      size = 0;
    }
    part.push(row);
    size += row.length + 1;
  }
  if (part.length > 0) parameters.push(`[${part.join()}]`);
  return parameters;
}

/** What the steps of a move know of their own progress lies beside the served documents, one small row each. */
const MARKS = [
  "expected/matched",
  "expected/software",
  "expected/greetings",
  "expected/guides",
  "expected/ledger",
] as const;
export type Mark = (typeof MARKS)[number];

/**
 * A list has been read in: who is in it by address and by id is one person, each server is counted, and the steps that follow begin anew.
 * Reads the list three times; writes a row for each server whose number changed.
 */
export function settleExpected(db: Db): Statement[] {
  return [
    db.run(sql`DELETE FROM expected WHERE iri IS NULL
      AND address IN (SELECT address FROM expected WHERE iri IS NOT NULL AND address IS NOT NULL)`),
    db.run(sql`INSERT INTO expected_hosts (host, people) SELECT host, count(*) FROM expected WHERE true GROUP BY host
      ON CONFLICT (host) DO UPDATE SET people = excluded.people WHERE people <> excluded.people`),
    db.run(sql`DELETE FROM expected_hosts WHERE host NOT IN (SELECT host FROM expected)`),
    ...dropMarks(db, ["expected/matched", "expected/software", "expected/ledger"]),
  ];
}

/** Nobody is expected any more. As many rows as there are. */
export function forgetExpected(db: Db): Statement[] {
  return [
    db.run(sql`DELETE FROM expected WHERE rescued_at IS NULL OR declined_at IS NOT NULL
      OR EXISTS (SELECT 1 FROM peers p WHERE p.id = expected.id AND p.iri = expected.iri AND p.follower IS NOT NULL)`),
    db.delete(expectedHosts),
    ...dropMarks(db, MARKS),
  ];
}

export function readMark(db: Db, name: Mark) {
  return db
    .select({ body: documents.body, updatedAt: documents.updatedAt })
    .from(documents)
    .where(sql`${documents.name} = ${name}`);
}

/** 1 row. */
export function writeMark(db: Db, name: Mark, body: object, at: number): Statement {
  return db.run(sql`INSERT INTO documents (name, body, etag, updated_at) VALUES (${name}, ${JSON.stringify(body)}, '', ${at})
    ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at`);
}

export function dropMarks(db: Db, names: readonly Mark[]): Statement[] {
  return names.map((name) => db.delete(documents).where(sql`${documents.name} = ${name}`));
}

/** Any server of the list: 1 row when there is a list. */
export function anyExpectedHost(db: Db) {
  return db.select({ host: expectedHosts.host }).from(expectedHosts).limit(1);
}

/** Servers after `after` that have not been asked for their software, by name. */
export function hostsToAsk(db: Db, after: string, limit: number) {
  return db
    .select({ host: expectedHosts.host })
    .from(expectedHosts)
    .where(and(gt(expectedHosts.host, after), sql`${expectedHosts.software} IS NULL`))
    .orderBy(asc(expectedHosts.host))
    .limit(limit);
}

/** 1 row each. */
export function setSoftware(db: Db, found: readonly { host: string; software: string }[]): Statement {
  return db.run(sql`UPDATE expected_hosts SET software = j.value ->> 'software'
    FROM json_each(${JSON.stringify(found)}) j WHERE expected_hosts.host = j.value ->> 'host'`);
}

/** By number; one statement. */
export function expectedById(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(expected)
    .where(sql`${expected.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** A person whose actor id has become known. */
export interface Recognised {
  readonly iri: string;
  /** user@host, lower case. */
  readonly address: string;
  /** The page that a list may have named in place of the id. */
  readonly url: string | null;
}

/**
 * Rows that were known by an address or a page get the id, and with it the number that the peer has. 3 statements; reads 2 rows a person,
 * writes only where something is found.
 */
export function recognise(db: Db, found: readonly Recognised[]): Statement[] {
  const rows = JSON.stringify(
    found.flatMap(({ iri, address, url }) => {
      const to = expectedId({ iri: iri as Listed["iri"], address: null });
      const byAddress = { from: addressId(address), to, iri, address, url: null };
      if (url === null || url === iri) return [byAddress];
      return [
        byAddress,
        { from: expectedId({ iri: url as Listed["iri"], address: null }), to, iri, address, url },
      ];
    }),
  );
  const same = sql`e.id = j.value ->> 'from' AND CASE WHEN j.value ->> 'url' IS NULL
    THEN e.iri IS NULL AND e.address = j.value ->> 'address' ELSE e.iri = j.value ->> 'url' END`;
  return [
    // Who is in the list under their id already is not in it twice.
    db.run(sql`DELETE FROM expected WHERE id IN (SELECT e.id FROM json_each(${rows}) j JOIN expected e ON ${same}
      WHERE EXISTS (SELECT 1 FROM expected known WHERE known.id = j.value ->> 'to'))`),
    db.run(sql`UPDATE OR IGNORE expected AS e SET id = j.value ->> 'to', iri = j.value ->> 'iri',
      address = coalesce(e.address, j.value ->> 'address') FROM json_each(${rows}) j WHERE ${same}`),
  ];
}

const named = { iri: peers.iri, username: peers.username, url: peers.url };

/** Newcomers in the log above `after`, by what a list may call them. Reads 2 rows each. */
export function namesAfter(db: Db, after: number, limit: number) {
  return db
    .select({ id: followers.id, ...named })
    .from(followers)
    .innerJoin(peers, eq(peers.id, followers.peer))
    .where(gt(followers.id, after))
    .orderBy(asc(followers.id))
    .limit(limit);
}

/** The same of those who wait for approval, by their peers' numbers. */
export function askersAfter(db: Db, after: number, limit: number) {
  return db
    .select({ id: followRequests.peer, ...named })
    .from(followRequests)
    .innerJoin(peers, eq(peers.id, followRequests.peer))
    .where(gt(followRequests.peer, after))
    .orderBy(asc(followRequests.peer))
    .limit(limit);
}
