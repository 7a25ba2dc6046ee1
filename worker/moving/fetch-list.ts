/**
 * Step: fetches a page of a follower list, and goes on from there the next time. The people and the place to go on from are one
 * transaction, so being cut off anywhere loses nothing. One page a second: it is somebody else's server.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { parseIri, sameOrigin } from "../kernel/iri.ts";
import { safeFetch, type Outgoing } from "../kernel/safe-fetch.ts";
import { open } from "../kernel/vault.ts";
import type { Listed } from "../model/listed.ts";
import { hostWait, readRetryAfter } from "../model/retry.ts";
import { fetchDocument, type FetchedDocument } from "../peers/fetch-document.ts";
import { runBatch } from "../store/batch.ts";
import { expectPeople, settleExpected } from "../store/expected.ts";
import { nextListJob, noteListJob, type ListJob } from "../store/list-jobs.ts";
import { idOf, type Json } from "../vocab/read.ts";
import { isSomebodyElse, peopleMax, sealName } from "./expected.ts";
import { readCollection } from "./lists/collection.ts";
import { advanced, readCursor, type Cursor } from "./lists/cursor.ts";

import * as mastodon from "./lists/mastodon-api.ts";
import * as misskey from "./lists/misskey-api.ts";
import type { Stepped } from "./step.ts";

const PACE = 1 * SECOND;
/** Failures in a row: a day and a half in all. */
const TRIES_MAX = 7;
/** A page of 80 accounts with their profiles. */
const ANSWER_MAX = 4_194_304;

type Visited =
  /** `next`: where it goes on; null: nowhere. */
  | { kind: "page"; people: Listed[]; next: string | null }
  /** The account's number or its collection is known now. */
  | { kind: "known"; cursor: Partial<Cursor> }
  | { kind: "later"; problem: string; after: number | null }
  | { kind: "over"; problem: string };

/** 2 signatures and 3 subrequests beside redirects. */
export async function fetchLists(ctx: Ctx): Promise<Stepped> {
  const [job] = await nextListJob(ctx.db);
  if (!job) return { idle: true, next: null };
  if (job.nextAt > ctx.clock()) return { idle: true, next: job.nextAt };
  const cursor = readCursor(job.cursor);
  await note(ctx, job, cursor, await visit(ctx, job, cursor));
  return { idle: false, next: null };
}

async function note(ctx: Ctx, job: ListJob, cursor: Cursor, visited: Visited): Promise<void> {
  const { db } = ctx;
  const nextAt = (ctx.clock() + PACE) as UnixMs;
  switch (visited.kind) {
    case "known": {
      const text = JSON.stringify({ ...cursor, ...visited.cursor });
      await runBatch(db, [noteListJob(db, job.id, { cursor: text, nextAt, tries: 0, problem: null })]);
      return;
    }
    case "page": {
      const people = visited.people.filter(isSomebodyElse(ctx)).slice(0, peopleMax(ctx) - job.found);
      const found = job.found + people.length;
      const next =
        found >= peopleMax(ctx) ? null : advanced(cursor, { people: people.length, next: visited.next });
      const come = { cursor: JSON.stringify(next), found, nextAt, tries: 0, problem: null };
      await runBatch(db, [
        ...expectPeople(db, people, job.id),
        noteListJob(
          db,
          job.id,
          next === null ? { ...come, state: "done", problem: noteOf(found, peopleMax(ctx)) } : come,
        ),
        ...(next === null ? settleExpected(db) : []),
      ]);
      return;
    }
    case "later": {
      const tries = job.tries + 1;
      if (tries > TRIES_MAX) return end(ctx, job, `${visited.problem} It was asked ${tries} times.`);
      const wait = Math.max(visited.after ?? hostWait(tries, Math.random()), PACE);
      const again = { nextAt: (ctx.clock() + wait) as UnixMs, tries, problem: visited.problem };
      await runBatch(db, [noteListJob(db, job.id, again)]);
      return;
    }
    case "over":
      return end(ctx, job, visited.problem);
  }
}

/** Who was found stays in the list. */
async function end(ctx: Ctx, job: ListJob, problem: string): Promise<void> {
  const failed = noteListJob(ctx.db, job.id, { state: "failed", problem });
  await runBatch(ctx.db, [failed, ...settleExpected(ctx.db)]);
}

function noteOf(found: number, max: number): string | null {
  if (found === 0) return "Its server shows nobody: the list is hidden there, or empty.";
  return found >= max ? `More than ${max.toLocaleString("en")} people are not read on your plan.` : null;
}

async function visit(ctx: Ctx, job: ListJob, cursor: Cursor): Promise<Visited> {
  const account = parseIri(job.account);
  if (account === null) return { kind: "over", problem: "There is no account at this address." };
  if (job.source === "collection") return visitCollection(ctx, account, cursor);
  const token = await tokenOf(ctx, job);
  if (token === null)
    return { kind: "over", problem: "The access token can not be read any more. Begin again with it." };
  return job.source === "misskey"
    ? visitMisskey(ctx, account, token, cursor)
    : visitMastodon(ctx, account, token, cursor);
}

async function tokenOf(ctx: Ctx, { id, token }: ListJob): Promise<string | null> {
  const { dataKey } = ctx.stead;
  const bytes = token === null || dataKey === null ? null : await open(dataKey, token, sealName(id));
  return bytes && new TextDecoder().decode(bytes);
}

async function visitMastodon(ctx: Ctx, account: Iri, token: string, cursor: Cursor): Promise<Visited> {
  const { origin } = new URL(account);
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const get = (url: string) => ask(ctx, { method: "GET", url, headers });
  if (cursor.user === null) {
    const answer = await get(mastodon.whoAmI(origin));
    if (answer.kind !== "json") return answer;
    const me = mastodon.readMe(answer.json);
    if (me === null) return { kind: "over", problem: NO_ACCOUNT };
    if (me.iri !== null && me.iri !== account)
      return { kind: "over", problem: `This token belongs to another account there: ${me.acct || me.iri}.` };
    return { kind: "known", cursor: { user: me.user, next: mastodon.followersOf(origin, me.user) } };
  }
  const answer = await get(cursor.next ?? mastodon.followersOf(origin, cursor.user));
  if (answer.kind !== "json") return answer;
  const people = mastodon.readAccounts(answer.json, cursor.domain);
  if (people === null) return { kind: "over", problem: NO_LIST };
  return { kind: "page", people, next: mastodon.nextPage(answer.headers.get("link"), origin) };
}

async function visitMisskey(ctx: Ctx, account: Iri, token: string, cursor: Cursor): Promise<Visited> {
  const { origin } = new URL(account);
  const headers = { accept: "application/json", "content-type": "application/json" };
  const post = (url: string, body: object) =>
    ask(ctx, { method: "POST", url, headers, body: JSON.stringify(body) });
  if (cursor.user === null) {
    const answer = await post(misskey.whoAmI(origin), { i: token });
    if (answer.kind !== "json") return answer;
    const user = misskey.readMe(answer.json);
    if (user === null) return { kind: "over", problem: NO_ACCOUNT };
    if (account !== `${origin}/users/${user}`)
      return { kind: "over", problem: "This token belongs to another account there." };
    return { kind: "known", cursor: { user } };
  }
  const answer = await post(
    misskey.followersOf(origin),
    misskey.questionFor(token, cursor.user, cursor.next),
  );
  if (answer.kind !== "json") return answer;
  const page = misskey.readFollowers(answer.json, origin, cursor.domain);
  return page === null ? { kind: "over", problem: NO_LIST } : { kind: "page", ...page };
}

const NO_ACCOUNT = "Its server does not say whose token this is.";
const NO_LIST = "Its server answers with something that is no list of followers.";

type Answer = { kind: "json"; json: Json; headers: Headers } | Extract<Visited, { kind: "later" | "over" }>;

async function ask(ctx: Ctx, out: Outgoing): Promise<Answer> {
  const answer = await safeFetch(ctx.door, { ...out, maxBytes: ANSWER_MAX });
  if (!answer.ok) {
    const problem = `Its server could not be read (${answer.reason}).`;
    return answer.reason === "timeout" || answer.reason === "network"
      ? { kind: "later", problem, after: null }
      : { kind: "over", problem };
  }
  const { status, headers } = answer;
  if (status === 401 || status === 403)
    return {
      kind: "over",
      problem: `Its server refuses the token (${status}). It needs the right to read the account and its followers.`,
    };
  if (status === 429 || status === 408 || status >= 500) {
    const after = readRetryAfter(headers.get("retry-after") ?? headers.get("x-ratelimit-reset"), ctx.clock());
    return { kind: "later", problem: `Its server answered ${status}.`, after };
  }
  if (status !== 200) return { kind: "over", problem: `Its server answered ${status}.` };
  try {
    return { kind: "json", json: JSON.parse(new TextDecoder().decode(answer.body)) as Json, headers };
  } catch {
    return { kind: "over", problem: NO_LIST };
  }
}

async function visitCollection(ctx: Ctx, account: Iri, cursor: Cursor): Promise<Visited> {
  const at = parseIri(cursor.next);
  const fetched = await fetchDocument(ctx, at ?? account);
  if (fetched.kind !== "document") return missed(fetched);
  if (at === null) {
    const collection = idOf(fetched.json["followers"]);
    return collection && sameOrigin(collection, account)
      ? { kind: "known", cursor: { next: collection } }
      : { kind: "over", problem: "Its server does not name a list of its followers." };
  }
  const { people, next } = readCollection(fetched.json);
  return { kind: "page", people, next: next && sameOrigin(next, account) ? next : null };
}

function missed(fetched: Exclude<FetchedDocument, { kind: "document" }>): Visited {
  switch (fetched.kind) {
    case "unreachable":
      return {
        kind: "later",
        problem: `Its server did not show it (${fetched.detail}).`,
        after: fetched.after ?? null,
      };
    case "refused":
      return { kind: "over", problem: `Its server does not show it (${fetched.detail}).` };
    case "gone":
      return { kind: "over", problem: `Its server says that it is not there (${fetched.status}).` };
  }
}
