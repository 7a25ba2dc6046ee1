/** What several hostile files need of the rig. */
import { expect } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, type Stead } from "../fediverse/stead.ts";

/** The owner follows them, and they have accepted. */
export async function ownerFollows(stead: Stead, peer: FakePeer): Promise<void> {
  const asked = await followHandle(await stead.ctx(), `@${peer.name}@${peer.host.name}`);
  expect(asked.kind).toBe("asked");
  await stead.settle();
  const [follow] = peer.received("Follow");
  const accept = peer.activity("Accept", { object: follow });
  expect((await stead.deliver(peer, accept)).status).toBe(202);
  await stead.settle();
  stead.world.take();
}

/** The post by its IRI, as it is stored. */
export async function storedPost(iri: unknown): Promise<Doc | null> {
  return env.DB.prepare("SELECT * FROM posts WHERE iri = ?").bind(iri).first<Doc>();
}

/** A post that names the owner, so that it is kept. */
export const naming = (peer: FakePeer, fields: Doc = {}): Doc =>
  peer.note({ to: [ACTOR], cc: [], ...fields });

export const createOf = (peer: FakePeer, note: unknown, fields: Doc = {}): Doc =>
  peer.activity("Create", { to: [ACTOR], object: note, ...fields });
