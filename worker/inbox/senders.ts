/** Who sent the mail of a mailroom, as far as it can be known now, and what that makes of the mail. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx, Mail } from "../kernel/ctx.ts";
import type { Peer, PeerDocument } from "../model/peer.ts";
import { NO_NUMBER } from "../peers/fetch-actor.ts";
import { prove } from "../peers/proven.ts";
import { freeId, peerFrom, peersNear, pick } from "../store/peers.ts";
import { mayFetch } from "./apply.ts";
import { reopen } from "./guard.ts";
import type { Received } from "./received.ts";
import { KEY_FRESH, LOOK_AGAIN, type Learnt, type Strangers } from "./strangers.ts";

/** `known`: as we have them in the database. */
export type Sender = { readonly known: Peer | null } & (
  | { kind: "peer"; peer: Peer; fetched: PeerDocument | null }
  /** Its origin says that there is no such actor. */
  | { kind: "gone" }
  | { kind: "unreachable"; detail: string }
  /** `again`: when it may be asked again; null: another answer is not to be expected. */
  /** `status`: what its server answered in place of a document. */
  | { kind: "refused"; detail: string; status: number | null; again: UnixMs | null }
  /** Not asked, or not answered yet. */
  | { kind: "unasked" }
);

export interface Senders {
  /** Of each mail's actor. */
  readonly of: ReadonlyMap<Iri, Sender>;
  /** Whether anybody's server was asked. */
  readonly asked: boolean;
}

/** Looks them up, and asks for whom we do not know. 1 D1 read; all but one or none of the invocation's signatures. */
export async function sendersOf(ctx: Ctx, mails: readonly Mail[], strangers: Strangers): Promise<Senders> {
  const actors = [...new Set(mails.map((mail) => mail.actor))];
  const near = await peersNear(ctx.db, actors);
  const known = new Map(actors.map((actor) => [actor, pick(near, actor)]));
  const { wanted, dear } = await keysWanted(ctx, mails, known);
  const needed = actors.filter((actor) => !known.get(actor) || wanted.has(actor));
  const toAsk = needed.filter((actor) => !strangers.get(actor, ctx.clock()));
  // Strangers may come without end: what has to ask somebody else for its sake is not held up by them.
  const asked = await strangers.ask(ctx, toAsk, ctx.settings.signatures - (dear ? 1 : 0));
  const of = new Map<Iri, Sender>();
  for (const actor of actors) {
    const peer = known.get(actor) ?? null;
    const learnt = needed.includes(actor) ? strangers.get(actor, ctx.clock()) : null;
    const detail = asked.problems.get(actor);
    if (learnt) of.set(actor, { known: peer, ...said(actor, learnt, near) });
    else if (detail !== undefined) of.set(actor, { known: peer, kind: "unreachable", detail });
    else if (peer && !wanted.has(actor)) of.set(actor, { known: peer, kind: "peer", peer, fetched: null });
    else of.set(actor, { known: peer, kind: "unasked" });
  }
  return { of, asked: asked.any };
}

/**
 * Actors we know whose stored keys do not prove their mail: the key may have been changed. One look an hour. `dear`: somebody's mail may
 * need a signature to be applied.
 */
async function keysWanted(ctx: Ctx, mails: readonly Mail[], known: ReadonlyMap<Iri, Peer | null>) {
  const wanted = new Set<Iri>();
  let dear = false;
  for (const mail of mails) {
    const peer = known.get(mail.actor);
    const opened = peer && reopen(mail);
    if (!opened) continue;
    dear ||= mayFetch(opened.activity);
    if (ctx.clock() - peer.keysFetchedAt < LOOK_AGAIN) continue;
    if ((await prove(peer, opened.signature)) !== "proven") wanted.add(mail.actor);
  }
  return { wanted, dear };
}

function said(actor: Iri, learnt: Learnt, near: Peer[]) {
  if (learnt.kind === "gone") return learnt;
  if (learnt.kind === "refused") {
    const { kind, detail, status, at } = learnt;
    const again = status === 401 || status === 403 ? ((at + LOOK_AGAIN) as UnixMs) : null;
    return { kind, detail, status: status ?? null, again };
  }
  const { document, at } = learnt;
  if (freeId(actor, near) === null)
    return { kind: "refused", detail: NO_NUMBER, status: null, again: null } as const;
  return { kind: "peer", peer: peerFrom(document, near, at), fetched: document } as const;
}

export type Judged =
  | { kind: "received"; received: Received }
  /** `toTell`: given up although somebody may have meant it; the owner shall know. */
  | { kind: "settled"; reason: string; toTell?: true }
  /** Take it again when there is room. */
  | { kind: "next" }
  /** Take it again no sooner than `at`; null: when its host may be asked again. */
  | { kind: "later"; at: UnixMs | null; problem: string };

/** What makes and unmakes a follower. */
const OF_FOLLOWERS: ReadonlySet<string> = new Set(["Follow", "Undo"]);

const TO_TELL = { toTell: true } as const;

export async function judge(mail: Mail, sender: Sender): Promise<Judged> {
  const { known } = sender;
  if (sender.kind === "unasked" && !known) return { kind: "next" };
  const opened = reopen(mail);
  if (!opened) return { kind: "settled", reason: "unreadable" };
  const { activity, signature } = opened;
  const { receivedAt } = mail;
  const from = (peer: Peer, fetched: PeerDocument | null): Judged => ({
    kind: "received",
    received: { activity, peer, fetched, receivedAt, mail },
  });
  // Whatever its server says now: the key it published proves what was signed with it.
  if (known && sender.kind !== "peer" && (await prove(known, signature)) === "proven")
    return from(known, null);
  switch (sender.kind) {
    case "unasked":
      return { kind: "next" };
    case "unreachable":
      return { kind: "later", at: null, problem: sender.detail };
    case "refused": {
      const problem = `its server ${sender.detail}`;
      // In secure mode it may only have failed to verify us just now, and a Follow that was taken is never sent again.
      if (sender.again !== null && OF_FOLLOWERS.has(activity.type))
        return { kind: "later", at: sender.again, problem };
      const mayBeMeant = activity.type === "Follow" && sender.status !== null;
      return { kind: "settled", reason: problem, ...(mayBeMeant ? TO_TELL : {}) };
    }
    case "gone": {
      // An account that deletes itself may be gone before anybody asks for its key: its origin's word is proof enough.
      const deletesItself = activity.type === "Delete" && activity.objectId === mail.actor;
      return deletesItself && known ? from(known, null) : { kind: "settled", reason: "the sender is gone" };
    }
    case "peer": {
      const proof = await prove(sender.peer, signature);
      const rfc9421 = sender.peer.rfc9421 || signature.scheme === "rfc9421";
      if (proof === "proven") return from({ ...sender.peer, rfc9421 }, sender.fetched);
      const problem = `signature: ${proof}`;
      const again = (sender.peer.keysFetchedAt + LOOK_AGAIN) as UnixMs;
      // Fetched after this mail came, or just before, so the key could not have been newer.
      if (sender.peer.keysFetchedAt + KEY_FRESH >= receivedAt) return { kind: "settled", reason: problem };
      return { kind: "later", at: again, problem };
    }
  }
}
