/**
 * A follower of our own, for some seconds: it follows through the front door, is verified, let in, sent an Accept, and leaves again. It
 * has an address, a key id and an inbox of its own (`federation/probe-actor.ts`) and signs with the owner's key, so nobody else can be it.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { reaching, safeFetch } from "../kernel/safe-fetch.ts";
import { places } from "../model/places.ts";
import { fanoutId } from "../outbox/enqueue.ts";
import { sha256 } from "../signatures/digest.ts";
import { signCavage } from "../signatures/sign.ts";
import { runBatch } from "../store/batch.ts";
import { depart, dropRequest, remember, takenBack } from "../store/followers.ts";
import { signingKey } from "../store/keys.ts";
import { findPeer, forgetPeer } from "../store/peers.ts";
import { dropProbe, everyProbe, noteFollowed, PROBE_LIFE, saveProbe, type Probe } from "../store/probes.ts";
import { follow, undoFollow } from "../vocab/activities.ts";
import type { JsonObject } from "../vocab/read.ts";
import { describeAnswer, seenOf } from "./self.ts";
import type { Stepped } from "./step.ts";

const CONTENT_TYPE = "application/activity+json";
const ANSWER_MAX = 65_536;

export const probeFollowIri = (probe: Iri) => `${probe}/follows/1` as Iri;

/**
 * Sends a Follow to the owner's inbox and a copy to the shared one, as servers do, and notes what they answer. One that ran before is
 * cleared away. 2 signatures, 2 fetches.
 */
export async function startProbe(ctx: Ctx): Promise<number> {
  for (const probe of await everyProbe(ctx.db)) await clear(ctx, probe, [dropProbe(ctx.db, probe.id)]);
  const id = fanoutId(ctx);
  const { origin, actor } = ctx.stead;
  const probe = places.probe(origin, id);
  await runBatch(ctx.db, [saveProbe(ctx.db, id, ctx.clock())]);
  const activity = follow(probe, actor, probeFollowIri(probe));
  const answers = await Promise.all(
    [places.inbox(origin), places.sharedInbox(origin)].map((inbox) => post(ctx, probe, inbox, activity)),
  );
  const worst = answers.find(({ problem }) => problem !== null) ?? answers[0]!;
  await runBatch(ctx.db, [noteFollowed(ctx.db, id, worst.status, worst.problem)]);
  ctx.ports.background(ctx.ports.mover.wake());
  return id;
}

/** Step: a probe that was accepted leaves, and one that never was is cleared away when its time is over. */
export async function leaveProbes(ctx: Ctx): Promise<Stepped> {
  const probes = await everyProbe(ctx.db);
  for (const probe of probes) {
    const over = ctx.clock() >= probe.startedAt + PROBE_LIFE;
    if (over) {
      await clear(ctx, probe, [dropProbe(ctx.db, probe.id)]);
      return { idle: false, next: null };
    }
    if (probe.acceptedAt === null || !(await findPeer(ctx.db, iriOf(ctx, probe)))) continue;
    await sayGoodbye(ctx, probe);
    await clear(ctx, probe, []);
    return { idle: false, next: null };
  }
  const ends = probes.map(({ startedAt }) => startedAt + PROBE_LIFE);
  return { idle: true, next: ends.length === 0 ? null : (Math.min(...ends) as UnixMs) };
}

const iriOf = (ctx: Ctx, probe: Probe) => places.probe(ctx.stead.origin, probe.id);

/** As a follower leaves. Whatever comes of it, `clear` takes away what is left. */
async function sayGoodbye(ctx: Ctx, probe: Probe): Promise<void> {
  const { origin, actor } = ctx.stead;
  const iri = iriOf(ctx, probe);
  const { problem } = await post(
    ctx,
    iri,
    places.sharedInbox(origin),
    undoFollow(iri, actor, probeFollowIri(iri)),
  );
  if (problem !== null) ctx.log.info("probe's Undo", { problem });
}

/**
 * Leaves nothing of it: no follower, no request, no peer. It is remembered as taken back, so that a copy of its Follow that still lies
 * in a mailroom brings nothing back.
 */
async function clear(ctx: Ctx, probe: Probe, more: readonly ReturnType<typeof dropProbe>[]): Promise<void> {
  const iri = iriOf(ctx, probe);
  const now = ctx.clock();
  const peer = await findPeer(ctx.db, iri);
  const traces = peer
    ? [...depart(ctx.db, peer.id, now), dropRequest(ctx.db, peer.id), forgetPeer(ctx.db, peer.id)]
    : [];
  await runBatch(ctx.db, [remember(ctx.db, takenBack(iri, probeFollowIri(iri)), now), ...traces, ...more]);
}

/** A POST of the probe's, out of the one door and in through the front. */
async function post(ctx: Ctx, probe: Iri, inbox: Iri, activity: JsonObject) {
  const body = JSON.stringify(activity);
  const digest = await sha256(body);
  ctx.meter.signatures++;
  const { privateKey } = await signingKey(ctx);
  const key = { id: `${probe}#main-key`, privateKey };
  const answer = await safeFetch(reaching(ctx.door, [inbox]), {
    method: "POST",
    url: inbox,
    body,
    headers: { "content-type": CONTENT_TYPE, accept: CONTENT_TYPE },
    maxBytes: ANSWER_MAX,
    sign: (url) => signCavage(key, { method: "POST", url, digest, at: ctx.clock() }),
  });
  const status = answer.ok ? answer.status : 0;
  const problem = status === 202 ? null : `${new URL(inbox).pathname} ${describeAnswer(seenOf(answer))}`;
  return { status, problem };
}
