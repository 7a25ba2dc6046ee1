/** Whom the owner follows, and what they say. */
import { expect } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import type { Stead } from "../fediverse/stead.ts";

/** The owner follows them, and they have said yes. */
export async function follows(stead: Stead, ...peers: FakePeer[]): Promise<void> {
  for (const peer of peers) {
    await followHandle(await stead.ctx(), peer.id);
    await stead.settle();
    await stead.deliver(peer, peer.activity("Accept", { object: peer.received("Follow").at(-1) }));
    await stead.settle();
  }
}

/** A peer says something; the number that the post has here. */
export async function says(stead: Stead, peer: FakePeer, fields: Doc = {}): Promise<number> {
  const object = peer.note(fields);
  const { status } = await stead.deliver(
    peer,
    peer.activity("Create", { object, to: object["to"], cc: object["cc"] }),
  );
  expect(status).toBe(202);
  await stead.settle();
  return numberOf(String(object["id"]));
}

/** A peer boosts a post. */
export async function boosts(stead: Stead, peer: FakePeer, iri: string): Promise<Doc> {
  const announce = peer.activity("Announce", { object: iri });
  await stead.deliver(peer, announce);
  await stead.settle();
  return announce;
}

export async function numberOf(iri: string): Promise<number> {
  const [row] = await rows<{ id: number }>("SELECT id FROM posts WHERE iri = ?", iri);
  if (!row) throw new Error(`${iri} is not here`);
  return row.id;
}
