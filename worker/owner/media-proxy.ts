/**
 * What is attached to others' posts, fetched by the stead for the owner's apps: whoever shows the owner a post would else learn their address and
 * when they read it. Avatars are not: they are the same in every post, and tell little. Only addresses that we signed are fetched, so that nobody makes a stead fetch for them. On by default: a day of reading is some
 * hundreds of the 100,000 requests that the Free plan has; the owner can turn it off (`media_direct`).
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

import type { Ctx } from "../kernel/ctx.ts";
import { parseIri } from "../kernel/iri.ts";
import { places } from "../model/places.ts";
import { runBatch } from "../store/batch.ts";
import { saveDocument } from "../store/documents.ts";
import { updateOwner } from "../store/stead.ts";
import type { Profile } from "../vocab/actor.ts";
import { currentProfile } from "./render.ts";

/** Bytes of the signature: 96 bits, of which nobody can try more than a few thousand a second. */
const SIGNATURE = 12;

/** Where the owner's apps find a file of another server; the file's own address when they fetch it themselves, or nothing can be signed. */
export function shownFrom(ctx: Ctx, profile: Profile, url: string): string {
  const { secret } = ctx.settings;
  const { origin } = ctx.stead;
  if (profile.mediaDirect === true || secret === null || url.startsWith(`${origin}/`)) return url;
  const signature = signed(secret, url).toString("base64url");
  return places.remoteMedia(origin, signature, Buffer.from(url).toString("base64url"));
}

/** The address behind one that `shownFrom` made; null for any other. */
export function behind(ctx: Ctx, signature: string, encoded: string): string | null {
  const { secret } = ctx.settings;
  if (secret === null) return null;
  const url = Buffer.from(encoded, "base64url").toString();
  const given = Buffer.from(signature, "base64url");
  const right = signed(secret, url);
  return given.length === right.length && timingSafeEqual(given, right) ? parseIri(url) : null;
}

/** By a key of its own, which tells nothing of the secret. Synchronous, because a page of posts has some hundreds of them. */
function signed(secret: string, url: string): Buffer {
  const key = keys.get(secret) ?? createHmac("sha256", secret).update("fedistead remote media").digest();
  keys.set(secret, key);
  return createHmac("sha256", key).update(url).digest().subarray(0, SIGNATURE);
}

const keys = new Map<string, Buffer>();

/** Whether apps fetch other servers' pictures themselves. 2 rows; nobody is told. */
export async function changeMediaDirect(ctx: Ctx, mediaDirect: boolean): Promise<void> {
  const profile = await currentProfile(ctx, { mediaDirect });
  const { statement } = await saveDocument(ctx.db, "profile", JSON.stringify(profile), ctx.clock());
  await runBatch(ctx.db, [updateOwner(ctx.db, { mediaDirect }), statement]);
}
