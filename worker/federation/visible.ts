/** Which of the owner's posts the one who asks may see. */
import type { Context } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { parseIri, documentOf } from "../kernel/iri.ts";
import { canSee, type Viewer } from "../model/audience.ts";
import { OWNER, type Post } from "../model/post.ts";
import { sha256 } from "../signatures/digest.ts";
import { readSignature } from "../signatures/read.ts";
import { provenPeer } from "../peers/proven.ts";
import { postById } from "../store/posts.ts";
import type { SteadEnv } from "./stead-env.ts";

/** The number in the path; null when it is none. */
export function postIdOf(c: Context<SteadEnv>): number | null {
  const id = c.req.param("id") ?? "";
  return /^\d{1,16}$/.test(id) ? Number(id) : null;
}

/** The post in the path, when it is the owner's and the one who asks may see it; deleted ones too. 1 D1 read for an open post. */
export async function visiblePost(c: Context<SteadEnv>): Promise<Post | null> {
  const id = postIdOf(c);
  return id === null ? null : ifVisible(c, await postById(c.var.ctx.db, id));
}

/** The post itself, when it is the owner's and the one who asks may see it. No D1 read for an open post. */
export async function ifVisible(c: Context<SteadEnv>, post: Post | null): Promise<Post | null> {
  if (!post || post.author !== OWNER) return null;
  if (canSee({ kind: "anonymous" }, post)) return post;
  return canSee(await viewerOf(c.var.ctx, c.req.raw), post) ? post : null;
}

/** Who a signed GET proves to be: an actor whose key we hold. A stranger's key is not fetched for a GET. */
async function viewerOf(ctx: Ctx, request: Request): Promise<Viewer> {
  const url = `${ctx.stead.origin}${new URL(request.url).pathname}${new URL(request.url).search}`;
  const headers = Object.fromEntries(request.headers);
  const read = readSignature({ method: request.method, url, headers, digest: await sha256("") }, ctx.clock());
  if (!read.ok) return { kind: "anonymous" };
  const peer = await provenPeer(ctx, documentOf(parseIri(read.signature.keyId)!), read.signature);
  if (!peer) return { kind: "anonymous" };
  return { kind: "peer", iri: peer.iri, follower: peer.follower !== null, blocked: peer.blockedAt !== null };
}
