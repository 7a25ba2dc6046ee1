/**
 * Fetches posts for the owner to read, a few documents an invocation: what is still to be asked stands in D1, so that the next opening of the
 * thread, an app that asks how far it is, or cron goes on with it. Only posts for everybody, each from its own origin; nobody is notified.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { again, LATEST_MAX, nextTasks, planned, type Task } from "../model/backfill.ts";
import type { Peer } from "../model/peer.ts";
import { idFromTime } from "../model/post.ts";
import { heldOf, joinPosts, noteBackfill, takeBackfill } from "../store/backfill.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { hostBlocks } from "../store/notices.ts";
import { freeId, peerFrom, peersNear, pick, savePeer } from "../store/peers.ts";
import { savePost } from "../store/posts.ts";
import type { RemotePost } from "../vocab/read-post.ts";
import { fetchOpenActor } from "./fetch-actor.ts";
import { fetchOpenDocument } from "./fetch-document.ts";
import { postRow } from "./fetch-post.ts";
import { readTask, tasksOfHeld } from "./read-task.ts";

/** Documents an invocation: each may need its author's too, and a second request where a signature is wanted. */
const DOCUMENTS = { free: 8, paid: 20 } as const;
const REQUESTS_A_DOCUMENT = 3;
/** Fetched side by side. */
const AT_ONCE = { free: 3, paid: 6 } as const;
/** Signatures that are left for authors: a post whose author is not known here can not be kept. */
const FOR_AUTHORS = 2;
/** After that, whoever is at it is taken for dead. */
const LEASE = 1 * MINUTE;

/**
 * One step: 8 documents and as many authors (20 on the paid plan), one after what names it, and no signature but for servers that want one. 3
 * D1 calls and 1 a round; a row a post and a person. Nothing happens when it is over, somebody else is at it, or the invocation has asked for
 * too much already.
 */
export async function stepBackfill(ctx: Ctx, id: string): Promise<void> {
  const { db } = ctx;
  let documents = documentsLeft(ctx);
  if (documents === 0) return;
  const now = ctx.clock();
  const row = await takeBackfill(db, id, now, (now - LEASE) as UnixMs);
  if (!row) return;
  let { plan } = row;
  const posts: Brought[] = [];
  const failed: Task[] = [];
  while (documents > 0 && plan.todo.length > 0 && maySign(ctx)) {
    const { tasks, rest } = nextTasks(plan, Math.min(documents, AT_ONCE[ctx.settings.plan]));
    documents -= Math.max(1, tasks.length);
    const read = await fetchAll(ctx, tasks);
    plan = planned(rest, read.tasks);
    posts.push(...read.posts);
    failed.push(...read.failed);
  }
  const most = id.startsWith("latest-") ? LATEST_MAX - row.found : Number.POSITIVE_INFINITY;
  const newest = posts.toSorted((a, b) => b.post.publishedAt - a.post.publishedAt).slice(0, most);
  const kept = await keep(ctx, newest);
  plan = again(plan, [...failed, ...kept.failed]);
  if (kept.found >= most) plan = { ...plan, todo: [] };
  await runBatch(db, [
    ...kept.statements,
    joinPosts(db, plan.posts),
    noteBackfill(db, id, {
      plan,
      found: row.found + kept.found,
      doneAt: plan.todo.length === 0 ? ctx.clock() : null,
    }),
  ]);
}

const maySign = ({ meter, settings }: Ctx): boolean => meter.signatures + FOR_AUTHORS < settings.signatures;

function documentsLeft({ door, meter, settings }: Ctx): number {
  const requests = (door.maxFetches ?? Number.POSITIVE_INFINITY) - meter.fetches;
  return Math.max(0, Math.min(DOCUMENTS[settings.plan], Math.floor(requests / REQUESTS_A_DOCUMENT)));
}

/** A post, and what it was fetched for. */
interface Brought {
  readonly post: RemotePost;
  readonly for: Task;
}

interface FetchedAll {
  readonly posts: Brought[];
  readonly tasks: Task[];
  /** Their servers did not answer. */
  readonly failed: Task[];
}

async function fetchAll(ctx: Ctx, tasks: readonly Task[]): Promise<FetchedAll> {
  const all: FetchedAll = { posts: [], tasks: [], failed: [] };
  const elsewhere = tasks.filter(({ iri }) => new URL(iri).origin !== ctx.stead.origin);
  if (elsewhere.length === 0) return all;
  const iris = elsewhere.map(({ iri }) => iri);
  const [blocked, held] = await ctx.db.batch([hostBlocks(ctx.db, iris.map(hostOf)), heldOf(ctx.db, iris)]);
  const shut = new Set(blocked.map(({ host }) => host));
  const known = new Map(held.map((post) => [post.iri, post]));
  await Promise.all(
    elsewhere.map(async (one) => {
      if (shut.has(hostOf(one.iri))) return;
      const post = known.get(one.iri);
      const instead = post ? tasksOfHeld(one, post) : null;
      if (instead) return void all.tasks.push(...instead);
      const fetched = await fetchOpenDocument(ctx, one.iri);
      if (fetched.kind === "unreachable") return void all.failed.push(one);
      if (fetched.kind !== "document") return;
      const read = readTask(one, fetched.iri, fetched.json, ctx.clock());
      all.tasks.push(...read.tasks);
      all.posts.push(...read.posts.map((found) => ({ post: found, for: one })));
    }),
  );
  return all;
}

interface Kept {
  readonly statements: Statement[];
  /** Posts that are new here. */
  readonly found: number;
  /** Their authors' servers did not answer. */
  readonly failed: Task[];
}

/** What writes them, and those of their authors who are new. Posts of people who are blocked, or are not to be had, are left out. */
async function keep(ctx: Ctx, brought: readonly Brought[]): Promise<Kept> {
  if (brought.length === 0) return { statements: [], found: 0, failed: [] };
  const [held, near] = await ctx.db.batch([
    heldOf(
      ctx.db,
      brought.map(({ post }) => post.iri),
    ),
    peersNear(
      ctx.db,
      brought.map(({ post }) => post.author),
    ),
  ]);
  const known = new Set(held.map(({ iri }) => iri));
  const fresh = [...new Map(brought.map((one) => [one.post.iri, one])).values()].filter(
    ({ post }) => !known.has(post.iri),
  );
  const strangers = fresh.map(({ post }) => post.author).filter((iri) => pick(near, iri) === null);
  const { met, silent } = await meet(ctx, new Set(strangers), near);
  const statements: Statement[] = met.map((peer) => savePeer(ctx.db, peer));
  let found = 0;
  for (const { post } of fresh) {
    const peer = pick([...near, ...met], post.author);
    if (!peer || peer.blockedAt !== null) continue;
    const row = postRow(post, { author: peer.id, receivedAt: ctx.clock(), parent: null, names: false });
    statements.push(savePost(ctx.db, row, idFromTime(post.publishedAt)));
    found++;
  }
  const failed = fresh.filter(({ post }) => silent.has(post.author)).map((one) => one.for);
  return { statements, found, failed };
}

/** People who are new here, and those whose server did not answer. */
async function meet(ctx: Ctx, iris: ReadonlySet<Iri>, near: readonly Peer[]) {
  const met: Peer[] = [];
  const silent = new Set<Iri>();
  const fetched = await Promise.all(
    [...iris].map(async (iri) => [iri, await fetchOpenActor(ctx, iri)] as const),
  );
  for (const [iri, one] of fetched) {
    if (one.kind === "unreachable") silent.add(iri);
    if (one.kind !== "actor") continue;
    const taken = [...near, ...met];
    if (freeId(iri, taken) !== null) met.push(peerFrom(one.document, taken, ctx.clock()));
  }
  return { met, silent };
}
