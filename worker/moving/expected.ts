/** The list of who is expected: from a file, or from the old account's server by a job; and its end. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { plainText } from "../kernel/sanitise.ts";
import { seal } from "../kernel/vault.ts";
import type { Listed } from "../model/listed.ts";
import { nodeInfo } from "../peers/nodeinfo.ts";
import { lookUp } from "../peers/webfinger.ts";
import { runBatch } from "../store/batch.ts";
import { expectPeople, forgetExpected, settleExpected } from "../store/expected.ts";
import { forgetListJobs, saveListJob, type ListJob } from "../store/list-jobs.ts";
import { beginning } from "./lists/cursor.ts";
import { PEOPLE_MAX, readFollowerFile } from "./lists/follower-file.ts";

const PEOPLE_MAX_FREE = 40_000;
const NAME_MAX = 120;
const TOKEN_MAX = 2_000;

export type Taken =
  | { kind: "taken"; found: number; note: string | null }
  | { kind: "invalid"; problem: string };

/**
 * Takes a whole file in one transaction, or nothing of it. The same file again changes nothing. 1 row a person and a server, 1 for the job;
 * the list is read three times.
 */
export async function takeFile(ctx: Ctx, name: string, bytes: Uint8Array): Promise<Taken> {
  const read = readFollowerFile(bytes);
  if (read.kind === "unreadable") return { kind: "invalid", problem: read.problem };
  const people = read.people.filter(isSomebodyElse(ctx));
  const max = peopleMax(ctx);
  if (people.length > max)
    return {
      kind: "invalid",
      problem: `There are ${people.length.toLocaleString("en")} people on it, and your plan takes ${max.toLocaleString("en")}: more would use up what may be written in a day, and nobody could arrive.`,
    };
  await runBatch(ctx.db, [
    ...expectPeople(ctx.db, people),
    saveListJob(ctx.db, {
      ...newJob(ctx, "file", plainText(name, NAME_MAX) || "a list"),
      found: people.length,
      state: "done",
      problem: read.note,
    }),
    ...settleExpected(ctx.db),
  ]);
  ctx.ports.background(ctx.ports.mover.wake());
  return { kind: "taken", found: people.length, note: read.note };
}

/** Each is a row, and Free writes 100,000 a day: what arrives must fit beside them. */
export function peopleMax({ settings }: Ctx): number {
  return settings.plan === "free" ? PEOPLE_MAX_FREE : PEOPLE_MAX;
}

/** Our own accounts are nobody to wait for. */
export function isSomebodyElse({ stead }: Ctx): (person: Listed) => boolean {
  const { host } = new URL(stead.origin);
  return (person) => person.iri !== stead.actor && person.host !== host;
}

export interface Asked {
  /** Handle or address of the old account. */
  readonly account: string;
  /** For its server's API; "": what it shows to everybody. */
  readonly token: string;
}

export type Begun = { kind: "begun"; job: number } | { kind: "invalid"; problem: string };

/** Servers that speak Misskey's API; the others of this table speak Mastodon's. */
const MISSKEY = /^(misskey|sharkey|firefish|calckey|cherrypick|foundkey|iceshrimp|catodon)/;

/**
 * Begins to fetch the list from the old account's server; the steps do the rest. At most 5 fetches; 1 row. The token is kept sealed, and no
 * longer than it is needed.
 */
export async function fetchList(ctx: Ctx, asked: Asked): Promise<Begun> {
  const token = asked.token.trim().replace(/^Bearer\s+/i, "");
  if (!/^[\x21-\x7e]*$/.test(token) || token.length > TOKEN_MAX)
    return { kind: "invalid", problem: "This is no access token: copy it again, without spaces." };
  const { dataKey } = ctx.stead;
  if (token !== "" && dataKey === null)
    return { kind: "invalid", problem: "A token can not be kept safely while INSTANCE_SECRET is not right." };
  const found = await lookUp(ctx, asked.account);
  if (found.kind === "not-found") return { kind: "invalid", problem: found.detail };
  const account = found.actor;
  if (hostOf(account) === new URL(ctx.stead.origin).host)
    return { kind: "invalid", problem: "This account is here: name the one you come from." };
  const source = token === "" ? "collection" : await apiOf(ctx, account);
  const job = newJob(ctx, source, account);
  const sealed =
    token === "" || dataKey === null
      ? null
      : await seal(dataKey, new TextEncoder().encode(token), sealName(job.id));
  const domain = domainIn(asked.account) ?? hostOf(account);
  await runBatch(ctx.db, [saveListJob(ctx.db, { ...job, token: sealed, cursor: beginning(domain) })]);
  ctx.ports.background(ctx.ports.mover.wake());
  return { kind: "begun", job: job.id };
}

/** What a token is bound to. */
export const sealName = (job: number) => `follower list ${job}`;

async function apiOf(ctx: Ctx, account: Iri): Promise<"mastodon" | "misskey"> {
  const { name } = await nodeInfo(ctx, new URL(account).origin);
  return MISSKEY.test(name) ? "misskey" : "mastodon";
}

/** Of a handle; null when an address was typed. */
function domainIn(typed: string): string | null {
  return /^(?:acct:)?@?[^@\s/]+@([^@\s/]+)$/i.exec(typed.trim())?.[1]?.toLowerCase() ?? null;
}

let last = 0;

function newJob(ctx: Ctx, source: ListJob["source"], account: string): ListJob {
  const now = ctx.clock();
  last = Math.max(now * 1_000 + Math.floor(Math.random() * 1_000), last + 1);
  return {
    id: last,
    source,
    account,
    token: null,
    cursor: null,
    found: 0,
    state: "running",
    problem: null,
    nextAt: now,
    tries: 0,
  };
}

/**
 * Nobody is expected any more; what is being fetched is given up, and its token forgotten. Who had a rescue Accept stays, until they are seen to
 * follow or not to: a comparison of lists that left them out would end the follow that the Accept began. As many rows as the list has.
 */
export async function deleteList(ctx: Ctx): Promise<void> {
  await runBatch(ctx.db, [...forgetExpected(ctx.db), forgetListJobs(ctx.db)]);
}
