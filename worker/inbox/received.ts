/** What every handler is given and what it says. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Db, Mail, StreamEvent } from "../kernel/ctx.ts";
import type { Peer, PeerDocument } from "../model/peer.ts";
import type { Statement } from "../store/batch.ts";
import { savePeer } from "../store/peers.ts";
import type { Activity } from "../vocab/read-activity.ts";

/** An activity whose sender is proven. */
export interface Received {
  readonly activity: Activity;
  /** The actor: with its key, as stored, or as freshly fetched and not stored yet. */
  readonly peer: Peer;
  /** The actor's document when it was fetched for this; null: the peer is stored already. */
  readonly fetched: PeerDocument | null;
  readonly receivedAt: UnixMs;
  readonly mail: Mail;
}

export type Outcome =
  /** `owes`: an Accept or another activity is owed now. `news`: what of it the activity itself does not say. */
  | { kind: "applied"; owes: boolean; news?: readonly StreamEvent[] }
  | { kind: "ignored"; reason: string }
  /** Could not be decided, because another server did not answer: to be tried again. */
  | { kind: "later"; detail: string };

export const applied = { kind: "applied", owes: false } as const satisfies Outcome;
export const appliedAndOwes = { kind: "applied", owes: true } as const satisfies Outcome;
export const appliedWith = (...news: StreamEvent[]): Outcome => ({ kind: "applied", owes: false, news });
export const ignored = (reason: string): Outcome => ({ kind: "ignored", reason });

/** Statements preceded by the one that stores a peer who is new here, or whose document was fetched again. */
export function withPeer(db: Db, received: Received, statements: readonly Statement[]): Statement[] {
  return received.fetched ? [savePeer(db, received.peer), ...statements] : [...statements];
}
