import type { Iri, SafeHtml, UnixMs } from "../kernel/brand.ts";

export interface PeerKey {
  readonly id: string;
  readonly kind: "pem" | "multikey";
  readonly value: string;
}

/** What a profile shows beside the name and the text; read and sanitised. */
export interface PeerAbout {
  readonly kind: "person" | "bot" | "group";
  readonly locked: boolean;
  readonly header: string | null;
  readonly fields: { readonly name: string; readonly value: SafeHtml }[];
  /** Null: it does not say. */
  readonly discoverable: boolean | null;
  /** When the account was made. */
  readonly published: UnixMs | null;
  /** Where its numbers are told: collections on its own origin. */
  readonly collections: { readonly [what in keyof PeerCounts]: Iri | null };
}

/** What its own server says how many there are; null: it does not. */
export interface PeerCounts {
  readonly followers: number | null;
  readonly following: number | null;
  readonly posts: number | null;
}

/** What a remote actor's document says of it, read and sanitised. */
export interface PeerDocument {
  readonly iri: Iri;
  readonly inbox: Iri;
  readonly sharedInbox: Iri | null;
  readonly keys: PeerKey[];
  readonly username: string;
  readonly name: string;
  readonly summary: SafeHtml;
  readonly url: string | null;
  readonly icon: string | null;
  readonly outbox: Iri | null;
  readonly movedTo: Iri | null;
  readonly alsoKnownAs: Iri[];
  readonly locked: boolean;
  readonly about?: PeerAbout;
}

/** A remote actor as we keep it, and how it stands to us. */
export interface Peer {
  readonly id: number;
  readonly iri: Iri;
  readonly inbox: Iri;
  readonly sharedInbox: Iri | null;
  readonly keys: PeerKey[];
  readonly keysFetchedAt: UnixMs;
  readonly rfc9421: boolean;
  readonly username: string;
  readonly name: string;
  readonly summary: SafeHtml;
  readonly url: string | null;
  readonly icon: string | null;
  readonly fetchedAt: UnixMs;
  /** followers.id when it follows us. */
  readonly follower: number | null;
  readonly followEventAt: UnixMs;
  readonly blockedAt: UnixMs | null;
  readonly blocksUsAt: UnixMs | null;
  readonly movedTo: Iri | null;
  /** Null or missing: fetched before we kept it. */
  readonly about?: PeerAbout | null;
  readonly counts?: PeerCounts | null;
  readonly countedAt?: UnixMs | null;
}

/** `user@host`, as people write it. */
export function handleOf(peer: Pick<Peer, "username" | "iri">): string {
  const host = new URL(peer.iri).host;
  return peer.username === "" ? host : `${peer.username}@${host}`;
}

/** Where posts to followers go: the inbox its whole host shares, if it has one. */
export function deliveryInbox(peer: Pick<Peer, "inbox" | "sharedInbox">): Iri {
  return peer.sharedInbox ?? peer.inbox;
}
