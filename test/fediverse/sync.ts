/** FEP-8fcf in the cast: headers that peers send, lists that they serve, and the mover that answers to them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";

import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { SYNC_HEADER, writeSyncHeader } from "../../worker/model/follower-digest.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { signCavage, signRfc9421 } from "../../worker/signatures/sign.ts";
import type { Doc, FakePeer } from "./peer.ts";
import { env, ORIGIN, type Stead } from "./stead.ts";

/** The mover's alarms until nothing of today is left to do; everything else comes to rest meanwhile, unless told not to. */
export async function mend(stead: Stead, { settles = true } = {}): Promise<void> {
  const mover = env.MOVER.getByName("mover");
  await mover.wake();
  for (let n = 0; n < 60; n++) {
    const next = await runInDurableObject(mover, (_, state) => state.storage.getAlarm());
    if (next === null || next > Date.now()) return;
    await runDurableObjectAlarm(mover);
    if (settles) await stead.settle();
  }
  throw new Error("the mover does not come to rest");
}

export interface Claim {
  readonly digest: string;
  readonly collection?: string;
  readonly url?: string;
}

export interface HowSigned {
  /** Under which scheme; "not": the header is sent, and not covered. */
  readonly header?: "cavage" | "rfc9421" | "not";
}

export const listUrl = (peer: FakePeer) => `${peer.id}/followers_synchronization`;

/** Delivers an activity that carries the header. */
export async function deliverClaiming(
  stead: Stead,
  peer: FakePeer,
  claim: Claim,
  activity: Doc = peer.activity("Undo", { object: { type: "Like", actor: peer.id, object: peer.id } }),
  { header = "cavage" }: HowSigned = {},
): Promise<Response> {
  const url = `${ORIGIN}/inbox`;
  const text = JSON.stringify(activity);
  const value = writeSyncHeader({
    collection: (claim.collection ?? `${peer.id}/followers`) as Iri,
    url: (claim.url ?? listUrl(peer)) as Iri,
    digest: claim.digest,
  });
  const key = { id: peer.keyId, privateKey: peer.pair.privateKey };
  const extra = { [SYNC_HEADER]: value };
  const toSign = { method: "POST", url, at: Date.now() as UnixMs, digest: await sha256(text) } as const;
  const signed =
    header === "rfc9421"
      ? await signRfc9421(key, toSign)
      : await signCavage(key, header === "cavage" ? { ...toSign, extra } : toSign);
  const headers = { "content-type": "application/activity+json", ...signed, ...extra };
  return stead.fetch(new Request(url, { method: "POST", body: text, headers }));
}

/** Serves the part of its followers that lives on the stead. */
export function servesList(peer: FakePeer, items: readonly string[], fields: Doc = {}): void {
  peer.publish({
    "@context": "https://www.w3.org/ns/activitystreams",
    id: listUrl(peer),
    type: "OrderedCollection",
    orderedItems: items,
    ...fields,
  });
}
