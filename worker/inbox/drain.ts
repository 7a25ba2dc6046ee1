/**
 * Mail whose sender was not known when it came: fetch the key, verify against the time of receipt, apply. Many at once; an actor's
 * mail in the order of receipt.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx, Mail } from "../kernel/ctx.ts";
import { MINUTE } from "../kernel/clock.ts";
import { describe } from "../kernel/log.ts";
import type { Peer } from "../model/peer.ts";
import { fetchActor, type FetchedActor } from "../peers/fetch-actor.ts";
import { prove } from "../peers/proven.ts";
import { findPeer, peersByIri } from "../store/peers.ts";
import { applyRun, mayFetch } from "./apply.ts";
import { reopen } from "./guard.ts";
import type { Outcome, Received } from "./received.ts";
import { KEY_FRESH, LOOK_AGAIN, type Strangers } from "./strangers.ts";

/** How long mail that can not be applied for a fault of ours holds up what comes after it. */
const LINE_HELD = 10 * MINUTE;

/** Key fetches in parallel to one host. */
const PER_HOST = 4;

export type Settled =
  | { kind: "settled"; reason: string }
  /** Not looked at for want of budget, or because earlier mail of the same actor waits: take it again when there is room. */
  | { kind: "next" }
  /** A fault of ours: nothing of its host is taken before this is tried again. */
  | { kind: "stuck" }
  /** Take it again no sooner than `at`. `problem`: the sender's server did not answer. */
  | { kind: "later"; at: UnixMs | null; problem: string };

/** How a host behaved while keys were fetched from it. */
export interface Visit {
  readonly host: string;
  readonly ms: number;
  /** `none`: it answers, and has no key to give. */
  readonly gave: "key" | "none" | "nothing";
}

export interface Drained {
  readonly settled: Settled[];
  readonly visits: Visit[];
}

type Sender =
  | { kind: "peer"; peer: Peer; fetched: (FetchedActor & { kind: "actor" })["document"] | null }
  /** Its origin says that there is no such actor. `peer`: as we knew it. */
  | { kind: "gone"; peer: Peer | null }
  | { kind: "unreachable"; detail: string }
  | { kind: "refused"; detail: string }
  | { kind: "unvisited" };

/** Settles what it can of the mail, with at most `settings.signatures` signatures in all. Outcomes in the order of the mail. */
export async function drain(ctx: Ctx, mails: readonly Mail[], strangers: Strangers): Promise<Drained> {
  const known = await peersByIri(
    ctx.db,
    mails.map((mail) => mail.actor),
  );
  const senders = new Map<Iri, Sender>();
  for (const peer of known.values()) senders.set(peer.iri, { kind: "peer", peer, fetched: null });
  const wanted = await keysWanted(ctx, mails, known);
  const toVisit: Iri[] = [];
  for (const actor of new Set(mails.map((mail) => mail.actor))) {
    if (senders.has(actor) && !wanted.has(actor)) continue;
    const learnt = strangers.get(actor, ctx.clock());
    if (learnt) senders.set(actor, senderOf(learnt, known.get(actor) ?? null));
    else toVisit.push(actor);
  }
  const visits = await visit(ctx, toVisit, known, senders, strangers);
  const settled = await applyAll(ctx, mails, senders, known);
  return { settled, visits };
}

/** Actors we know whose stored keys do not prove their mail: the key may have been changed. One look an hour. */
async function keysWanted(
  ctx: Ctx,
  mails: readonly Mail[],
  known: ReadonlyMap<Iri, Peer>,
): Promise<Set<Iri>> {
  const wanted = new Set<Iri>();
  for (const mail of mails) {
    const peer = known.get(mail.actor);
    if (!peer || ctx.clock() - peer.keysFetchedAt < LOOK_AGAIN) continue;
    const opened = reopen(mail);
    if (opened && (await prove(peer, opened.signature)) !== "proven") wanted.add(mail.actor);
  }
  return wanted;
}

/** Fetches as many actors as may be signed for, a few at a time from one host. */
async function visit(
  ctx: Ctx,
  actors: readonly Iri[],
  known: ReadonlyMap<Iri, Peer>,
  senders: Map<Iri, Sender>,
  strangers: Strangers,
): Promise<Visit[]> {
  const perHost = new Map<string, number>();
  const chosen = actors.filter((actor) => {
    const { host } = new URL(actor);
    const count = perHost.get(host) ?? 0;
    perHost.set(host, count + 1);
    return count < PER_HOST;
  });
  const now = chosen.slice(0, ctx.settings.signatures - ctx.meter.signatures);
  for (const actor of actors) if (!senders.has(actor)) senders.set(actor, { kind: "unvisited" });
  return Promise.all(
    now.map(async (actor): Promise<Visit> => {
      const started = performance.now();
      const fetched = await fetchActor(ctx, actor);
      if (fetched.kind !== "unreachable") strangers.learn(actor, fetched, ctx.clock());
      senders.set(actor, senderOf(fetched, known.get(actor) ?? null));
      return { host: new URL(actor).host, ms: performance.now() - started, gave: gift(fetched) };
    }),
  );
}

function gift(fetched: FetchedActor): Visit["gave"] {
  if (fetched.kind === "actor") return "key";
  return fetched.kind === "unreachable" ? "nothing" : "none";
}

function senderOf(fetched: FetchedActor, peer: Peer | null): Sender {
  switch (fetched.kind) {
    case "actor":
      return { kind: "peer", peer: standing(fetched.peer, peer), fetched: fetched.document };
    case "gone":
      return { kind: "gone", peer };
    default:
      return fetched;
  }
}

/** What the document says, and how the peer stands to us now. */
function standing(said: Peer, known: Peer | null): Peer {
  if (!known) return said;
  const { id, rfc9421, follower, followEventAt, blockedAt, blocksUsAt, movedTo } = known;
  return { ...said, id, rfc9421, follower, followEventAt, blockedAt, blocksUsAt, movedTo };
}

/** Applies what is proven, in order; neighbouring Follows of different actors in one batch. */
async function applyAll(
  ctx: Ctx,
  mails: readonly Mail[],
  senders: ReadonlyMap<Iri, Sender>,
  known: ReadonlyMap<Iri, Peer>,
): Promise<Settled[]> {
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
    const sender = senders.get(mail.actor) ?? { kind: "unvisited" };
    const verdict = await judge(mail, sender, known.get(mail.actor) ?? null);
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

type Judged = Settled | { kind: "received"; received: Received };

async function judge(mail: Mail, sender: Sender, known: Peer | null): Promise<Judged> {
  const opened = reopen(mail);
  if (!opened) return { kind: "settled", reason: "unreadable" };
  const { activity, signature } = opened;
  const { receivedAt } = mail;
  // Whatever its server says now: the key it published proves what was signed with it.
  if (known && sender.kind !== "peer" && (await prove(known, signature)) === "proven")
    return { kind: "received", received: { activity, peer: known, fetched: null, receivedAt, mail } };
  switch (sender.kind) {
    case "unvisited":
      return { kind: "next" };
    case "unreachable":
      return { kind: "later", at: null, problem: sender.detail };
    case "refused":
      return { kind: "settled", reason: `no key: ${sender.detail}` };
    case "gone": {
      // An account that deletes itself may be gone before anybody asks for its key: its origin's word is proof enough.
      const deletesItself = activity.type === "Delete" && activity.objectId === mail.actor;
      if (!deletesItself || !sender.peer) return { kind: "settled", reason: "the sender is gone" };
      return {
        kind: "received",
        received: { activity, peer: sender.peer, fetched: null, receivedAt, mail },
      };
    }
    case "peer": {
      const proof = await prove(sender.peer, signature);
      const rfc9421 = sender.peer.rfc9421 || signature.scheme === "rfc9421";
      const peer = { ...sender.peer, rfc9421 };
      if (proof === "proven") {
        return {
          kind: "received",
          received: { activity, peer, fetched: sender.fetched, receivedAt, mail },
        };
      }
      const again = (sender.peer.keysFetchedAt + LOOK_AGAIN) as UnixMs;
      // Fetched after this mail came, or just before, so the key could not have been newer.
      if (sender.peer.keysFetchedAt + KEY_FRESH >= receivedAt)
        return { kind: "settled", reason: `signature: ${proof}` };
      return { kind: "later", at: again, problem: `signature: ${proof}` };
    }
  }
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
