/** A remote actor, fetched from its origin. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Peer, PeerDocument } from "../model/peer.ts";
import { freeId, peerFrom, probe } from "../store/peers.ts";
import { readActor } from "../vocab/read-actor.ts";
import { fetchDocument, fetchOpenDocument, type FetchedDocument } from "./fetch-document.ts";

type NoDocument = Exclude<FetchedDocument, { kind: "document" }>;

export type FetchedActorDocument = { kind: "actor"; document: PeerDocument } | NoDocument;

export type FetchedActor = { kind: "actor"; document: PeerDocument; peer: Peer } | NoDocument;

/**
 * The actor's document, key and inboxes in one fetch. The actor's id must be the IRI asked for. 1 signature, 1 fetch, nothing of the
 * database.
 */
export async function fetchActorDocument(ctx: Ctx, iri: Iri): Promise<FetchedActorDocument> {
  return actorIn(await fetchDocument(ctx, iri), iri);
}

/** The same, where many are fetched: see `fetchOpenDocument`. */
export async function fetchOpenActor(ctx: Ctx, iri: Iri): Promise<FetchedActorDocument> {
  return actorIn(await fetchOpenDocument(ctx, iri), iri);
}

function actorIn(fetched: FetchedDocument, iri: Iri): FetchedActorDocument {
  if (fetched.kind !== "document") return fetched;
  const document = readActor(fetched.json);
  if (!document) return { kind: "refused", detail: "is no actor that could be talked to" };
  if (document.iri !== iri) return { kind: "refused", detail: `is another actor: ${document.iri}` };
  return { kind: "actor", document };
}

/** The same as the peer it would become; nothing is written. 1 D1 statement more. */
export async function fetchActor(ctx: Ctx, iri: Iri): Promise<FetchedActor> {
  const fetched = await fetchActorDocument(ctx, iri);
  if (fetched.kind !== "actor") return fetched;
  const { document } = fetched;
  const near = await probe(ctx.db, iri);
  if (freeId(iri, near) === null) return { kind: "refused", detail: NO_NUMBER };
  return { kind: "actor", document, peer: peerFrom(document, near, ctx.clock()) };
}

/** Somebody made up actors whose numbers collide. */
export const NO_NUMBER = "has no number left";
