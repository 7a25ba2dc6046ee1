/**
 * Greeting the servers of the list before the Move: whoever held our name for dead, because somebody had it before or it was down, learns
 * from a signed POST that it is not, and will deliver the Follows. Each server once, unless the owner asks again.
 */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { runBatch } from "../store/batch.ts";
import { dropMarks, expectedById, readMark, writeMark } from "../store/expected.ts";
import {
  countHosts,
  dueHostsAfter,
  forgetProblems,
  markGreeted,
  noteHosts,
  notePeople,
  readyHostsAfter,
  recipientOf,
  someOfEachHost,
  type HostFound,
} from "../store/greetings.ts";
import { everyHostBlock } from "../store/notices.ts";
import { peersById } from "../store/peers.ts";
import { greeting } from "../vocab/greeting.ts";
import { wayTo, type Guide, type Way } from "./find-inbox.ts";
import type { Stepped } from "./step.ts";

/** Servers in one activity. */
const TOGETHER = 40;
/** People of a server that are tried. */
const GUIDES = 3;
/** Servers asked for their inbox in one round, at most. */
const LOOKS_MAX = 10;
/** After every host name. */
const END = "\u{10ffff}";

export interface Greetings {
  /** unix ms: the owner's button. */
  readonly askedAt: number;
  /** unix ms: who was greeted before is due again. */
  readonly since: number;
  readonly hosts: number;
  /** Inboxes found are known up to this server; null: of all. */
  readonly looked: string | null;
  readonly greetedThrough: string;
  /** Found, and not greeted yet. */
  readonly ready: number;
  readonly greeted: number;
  /** No inbox could be found. */
  readonly lost: number;
  readonly over: boolean;
}

export type Started = { kind: "started"; hosts: number } | { kind: "nobody" } | { kind: "under-way" };

/** The owner's button. `again`: also those who were greeted before. Reads the list and its servers; 2 rows and those with a problem. */
export async function startGreetings(ctx: Ctx, again: boolean): Promise<Started> {
  const { db } = ctx;
  const askedAt = ctx.clock();
  const since = again ? askedAt : 0;
  const [[mark], [counts]] = await db.batch([readMark(db, "expected/greetings"), countHosts(db, since)]);
  if (mark && !readGreetings(mark.body).over) return { kind: "under-way" };
  const hosts = counts?.due ?? 0;
  if (hosts === 0) return { kind: "nobody" };
  const guides = await someOfEachHost(db, GUIDES);
  const begun: Greetings = {
    askedAt,
    since,
    hosts,
    looked: "",
    greetedThrough: "",
    ready: 0,
    greeted: 0,
    lost: 0,
    over: false,
  };
  await runBatch(db, [
    forgetProblems(db),
    writeMark(db, "expected/guides", guides, askedAt),
    writeMark(db, "expected/greetings", begun, askedAt),
  ]);
  ctx.ports.background(ctx.ports.mover.wake());
  return { kind: "started", hosts };
}

export const readGreetings = (body: string) => JSON.parse(body) as Greetings;

/**
 * Step: looks for the inboxes of a few servers, or greets some dozens that are found. Looking: one signature a server, 6 D1 calls. Greeting: 3
 * D1 calls and the outbox's row.
 */
export async function greetHosts(ctx: Ctx): Promise<Stepped> {
  const [mark] = await readMark(ctx.db, "expected/greetings");
  const state = mark && readGreetings(mark.body);
  if (!state || state.over) return { idle: true, next: null };
  if (state.looked !== null && state.ready < TOGETHER) await look(ctx, state, state.looked);
  else if (state.ready > 0) await greet(ctx, state);
  else {
    const over = writeMark(ctx.db, "expected/greetings", { ...state, over: true }, ctx.clock());
    await runBatch(ctx.db, [over, ...dropMarks(ctx.db, ["expected/guides", "expected/ledger"])]);
  }
  return { idle: false, next: null };
}

async function greet(ctx: Ctx, state: Greetings): Promise<void> {
  const { db } = ctx;
  const { greetedThrough, looked, since } = state;
  const hosts = await readyHostsAfter(db, greetedThrough, looked ?? END, since, TOGETHER);
  const id = fanoutId(ctx);
  const now = ctx.clock();
  const activity = greeting(ctx.stead.actor, now);
  const audience = { toFollowers: false, recipients: hosts.flatMap(recipientOf) };
  const greeted: Greetings = {
    ...state,
    greetedThrough: hosts.at(-1)?.host ?? greetedThrough,
    ready: hosts.length < TOGETHER ? 0 : state.ready - hosts.length,
    greeted: state.greeted + hosts.length,
  };
  const names = hosts.map(({ host }) => host);
  await runBatch(db, [
    ...(hosts.length > 0 ? await enqueue(ctx, id, activity, audience) : []),
    markGreeted(db, names, now),
    writeMark(db, "expected/greetings", greeted, now),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
}

/** Passes servers in their order, up to the first whose inbox has to be looked for in another round. */
async function look(ctx: Ctx, state: Greetings, after: string): Promise<void> {
  const { db } = ctx;
  const now = ctx.clock();
  const [hosts, [guidesMark], blocks] = await db.batch([
    dueHostsAfter(db, after, state.since, TOGETHER),
    readMark(db, "expected/guides"),
    everyHostBlock(db),
  ]);
  const guides = JSON.parse(guidesMark?.body ?? "{}") as Record<string, number[]>;
  const blocked = new Set(blocks.map(({ host }) => host));
  const unknown = hosts.filter(({ inbox, problem }) => inbox === null && problem === null);
  const people = await guidesOf(
    ctx,
    unknown.flatMap(({ host }) => guides[host] ?? []),
  );
  let looks = Math.max(1, Math.min(ctx.settings.signatures - 1, LOOKS_MAX));
  const ways = await Promise.all(
    hosts.map(async ({ host, inbox, problem }): Promise<Way & { host: string }> => {
      if (blocked.has(host)) return { host, kind: "lost", problem: "you block it", person: null };
      if (problem !== null) return { host, kind: "lost", problem, person: null };
      if (inbox !== null) return { host, kind: "known" };
      const some = (guides[host] ?? []).flatMap((id) => people.get(id) ?? []);
      const costs = some.every(({ peer }) => peer === null);
      if (costs && looks-- <= 0) return { host, kind: "again", person: null };
      return { host, ...(await wayTo(ctx, some, state.askedAt as UnixMs)) };
    }),
  );
  const end = ways.findIndex(({ kind }) => kind === "again");
  const passed = end < 0 ? ways : ways.slice(0, end);
  const lost = passed.filter(({ kind }) => kind === "lost").length;
  const looked: Greetings = {
    ...state,
    looked: hosts.length === 0 ? null : (passed.at(-1)?.host ?? after),
    ready: state.ready + passed.length - lost,
    lost: state.lost + lost,
  };
  const found = ways.flatMap((way): HostFound[] => {
    const { host } = way;
    if (way.kind === "found") return [{ host, inbox: way.inbox, rfc9421: way.rfc9421, problem: null }];
    return way.kind === "lost" ? [{ host, inbox: null, rfc9421: false, problem: way.problem }] : [];
  });
  const asked = ways.flatMap((way) => (way.kind === "known" ? [] : (way.person ?? [])));
  await runBatch(db, [
    noteHosts(db, found, now),
    ...notePeople(db, asked, now),
    writeMark(db, "expected/greetings", looked, now),
  ]);
}

/** People by number, with what is known of them as peers. 2 D1 calls. */
async function guidesOf(ctx: Ctx, ids: readonly number[]): Promise<Map<number, Guide>> {
  if (ids.length === 0) return new Map();
  const [rows, peers] = await Promise.all([expectedById(ctx.db, ids), peersById(ctx.db, ids)]);
  return new Map(
    rows.map((row) => {
      const peer = peers.get(row.id);
      return [row.id, { row, peer: peer && peer.iri === row.iri ? peer : null }];
    }),
  );
}
