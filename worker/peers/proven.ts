/** Whether a signature is a peer's. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Peer } from "../model/peer.ts";
import { importPublicKey, verify } from "../signatures/verify.ts";
import type { RequestSignature } from "../signatures/request.ts";
import { findPeer } from "../store/peers.ts";

/**
 * Whether one of the keys that the actor's own document lists made the signature. `unlisted`: it names a key that the document does not
 * have; `wrong`: the key is listed and the signature is not its.
 */
export async function prove(
  peer: Pick<Peer, "keys">,
  signature: RequestSignature,
): Promise<"proven" | "unlisted" | "wrong"> {
  const listed = peer.keys.filter((key) => key.id === signature.keyId);
  for (const { kind, value } of listed) {
    const key = await importPublicKey(kind === "pem" ? { kind, pem: value } : { kind, multibase: value });
    if (key && (await verify(signature, key))) return "proven";
  }
  return listed.length === 0 ? "unlisted" : "wrong";
}

/**
 * The stored peer whose key made the signature; null when there is none. Key ids are `ACTOR#fragment` or, at GoToSocial,
 * `ACTOR/main-key`. At most 2 D1 reads.
 */
export async function provenPeer(
  ctx: Ctx,
  keyDocument: Iri,
  signature: RequestSignature,
): Promise<Peer | null> {
  for (const iri of [keyDocument, keyDocument.replace(/\/[^/]+$/, "") as Iri]) {
    const peer = await findPeer(ctx.db, iri);
    if (peer && (await prove(peer, signature)) === "proven") return peer;
  }
  return null;
}
