/** A remote actor, fetched from its origin. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Peer, PeerDocument } from "../model/peer.ts";
import { freeId, peerFrom, probe } from "../store/peers.ts";
import { readActor } from "../vocab/read-actor.ts";
import { fetchDocument, type FetchedDocument } from "./fetch-document.ts";

export type FetchedActor =
  | { kind: "actor"; document: PeerDocument; peer: Peer }
  | Exclude<FetchedDocument, { kind: "document" }>;

/**
 * The actor's document, key and inboxes in one fetch, as the peer it would become; nothing is written. The actor's id must be the
 * IRI asked for. 1 signature, 1 fetch, 1 D1 statement.
 */
export async function fetchActor(ctx: Ctx, iri: Iri): Promise<FetchedActor> {
  const fetched = await fetchDocument(ctx, iri);
  if (fetched.kind !== "document") return fetched;
  const document = readActor(fetched.json);
  if (!document) return { kind: "refused", detail: "is no actor that could be talked to" };
  if (document.iri !== iri) return { kind: "refused", detail: `is another actor: ${document.iri}` };
  const near = await probe(ctx.db, iri);
  if (freeId(iri, near) === null) return { kind: "refused", detail: "has no number left" };
  return { kind: "actor", document, peer: peerFrom(document, near, ctx.clock()) };
}
