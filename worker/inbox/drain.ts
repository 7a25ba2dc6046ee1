/**
 * Mail whose sender was not known when it came: fetch the key, verify against the time of receipt, apply. Many at once; an actor's
 * mail in the order of receipt.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx, Mail } from "../kernel/ctx.ts";
import { MINUTE } from "../kernel/clock.ts";
import { describe } from "../kernel/log.ts";
import { findPeer } from "../store/peers.ts";
import { applyRun, mayFetch } from "./apply.ts";
import type { Outcome, Received } from "./received.ts";
import { judge, sendersOf, type Judged, type Senders } from "./senders.ts";
import type { Strangers } from "./strangers.ts";

/** How long mail that can not be applied for a fault of ours holds up what comes after it. */
const LINE_HELD = 10 * MINUTE;

export type Settled =
  | Exclude<Judged, { kind: "received" }>
  /** A fault of ours: nothing of its host is taken before this is tried again. */
  | { kind: "stuck" };

export interface Drained {
  /** In the order of the mail. `next`: not looked at for want of budget, or because earlier mail of the same actor waits. */
  readonly settled: Settled[];
  /** False: nothing was done, and nothing is gained by doing it again at once. */
  readonly progress: boolean;
}

/** Settles what it can of the mail, with at most `settings.signatures` signatures in all. 3 D1 calls for any number of new followers. */
export async function drain(ctx: Ctx, mails: readonly Mail[], strangers: Strangers): Promise<Drained> {
  const senders = await sendersOf(ctx, mails, strangers);
  const settled = await applyAll(ctx, mails, senders.of);
  return { settled, progress: senders.asked || settled.some(({ kind }) => kind !== "next") };
}

/** Applies what is proven, in order; neighbouring Follows of different actors in one batch. */
async function applyAll(ctx: Ctx, mails: readonly Mail[], senders: Senders["of"]): Promise<Settled[]> {
  const settled: Settled[] = mails.map(() => ({ kind: "next" }));
  /** Actors whose later mail must wait, because earlier mail does. */
  const held = new Set<Iri>();
  /** Actors whose rows this drain has changed. */
  const touched = new Set<Iri>();
  let run: { index: number; received: Received }[] = [];
  let singles = 0;
  const flush = async () => {
    const outcomes = await applyEach(
      ctx,
      run.map(({ received }) => received),
    );
    for (const [n, { index, received }] of run.entries()) {
      settled[index] = settledBy(outcomes[n]!, received.receivedAt, ctx.clock());
      touched.add(received.peer.iri);
      if (outcomes[n]!.kind === "fault") held.add(received.peer.iri);
    }
    run = [];
  };
  for (const [index, mail] of mails.entries()) {
    if (held.has(mail.actor)) continue;
    const sender = senders.get(mail.actor)!;
    const verdict = await judge(mail, sender);
    if (verdict.kind !== "received") {
      settled[index] = verdict;
      // What nobody has proven to be the actor's holds nothing of the actor's up.
      if (verdict.kind !== "settled" && sender.kind !== "peer") held.add(mail.actor);
      continue;
    }
    const { activity } = verdict.received;
    const joins = activity.type === "Follow" && run.every(({ received }) => received.peer.iri !== mail.actor);
    const dear = mayFetch(activity) && ctx.meter.signatures >= ctx.settings.signatures;
    // What does not join a batch costs D1 calls of its own, and an invocation has 50.
    if (dear || (!joins && singles++ >= ctx.settings.signatures)) {
      held.add(mail.actor);
      continue;
    }
    if (!joins) await flush();
    if (held.has(mail.actor)) continue; // what was just flushed may have failed
    const received = touched.has(mail.actor) ? await asStored(ctx, verdict.received) : verdict.received;
    run.push({ index, received });
    if (!joins) await flush();
  }
  await flush();
  return settled;
}

type Applied = Outcome | { kind: "fault"; detail: string };

/** Applies them together; when that throws, one by one, so that what can not be applied keeps nothing else from it. */
async function applyEach(ctx: Ctx, run: readonly Received[]): Promise<Applied[]> {
  try {
    return await applyRun(ctx, run);
  } catch (cause) {
    ctx.log.error("mail", cause, { together: run.length });
    if (run.length === 1) return [{ kind: "fault", detail: describe(cause) }];
  }
  const outcomes: Applied[] = [];
  for (const received of run) outcomes.push(...(await applyEach(ctx, [received])));
  return outcomes;
}

/** The same, with the peer as it stands now. */
async function asStored(ctx: Ctx, received: Received): Promise<Received> {
  const peer = await findPeer(ctx.db, received.peer.iri);
  return peer ? { ...received, peer, fetched: null } : received;
}

/**
 * A third server that does not answer is asked again after a minute, and then after as long as the mail is old. A fault of ours holds
 * the line for a while, lest a later Undo overtake its Follow; what fails for longer no longer holds up what comes after it.
 */
function settledBy(outcome: Applied, receivedAt: UnixMs, now: UnixMs): Settled {
  switch (outcome.kind) {
    case "applied":
      return { kind: "settled", reason: "applied" };
    case "ignored":
      return { kind: "settled", reason: outcome.reason };
    case "fault":
      return now - receivedAt < LINE_HELD ? { kind: "stuck" } : again(outcome.detail, receivedAt, now);
    case "later":
      return again(outcome.detail, receivedAt, now);
  }
}

function again(problem: string, receivedAt: UnixMs, now: UnixMs): Settled {
  return { kind: "later", at: (now + Math.max(MINUTE, now - receivedAt)) as UnixMs, problem };
}
