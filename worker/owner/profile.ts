/** The owner's profile: what the world sees of them. */
import type { Ctx } from "../kernel/ctx.ts";
import { PUBLIC, reachesFollowers } from "../model/audience.ts";
import { places } from "../model/places.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { dropImage, imageVersions, saveImage, type Image } from "../store/images.ts";
import { publicKeys } from "../store/keys.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";
import { update } from "../vocab/activities.ts";
import { isOpenToAll, profileOf, renderProfile } from "./render.ts";
import { verifyFields } from "./verify-fields.ts";

export interface ProfileChange {
  readonly name: string;
  readonly bio: string;
  readonly fields: [name: string, value: string][];
  readonly locked: boolean;
  /** New bytes; null: leave it; "remove": take it away. */
  readonly avatar: ArrayBuffer | null | "remove";
  readonly header: ArrayBuffer | null | "remove";
}

export const IMAGE_MAX = 200_000;
export const FIELDS_MAX = 8;
const BIO_MAX = 2_000;
const NAME_MAX = 100;
const FIELD_MAX = 500;

/**
 * Writes the profile, renders the documents and owes an Update to every follower, in one transaction. Says what is wrong instead, or null.
 */
export async function changeProfile(ctx: Ctx, change: ProfileChange): Promise<string | null> {
  const images = await imagesOf(change, ctx);
  if (typeof images === "string") return images;
  if (change.bio.length > BIO_MAX) return `The bio takes at most ${BIO_MAX} characters.`;
  if (change.fields.length > FIELDS_MAX) return `There is room for ${FIELDS_MAX} fields.`;
  const now = ctx.clock();
  const row: Partial<Owner> = {
    name: change.name.trim().slice(0, NAME_MAX) || ctx.stead.handle,
    bio: change.bio,
    fields: change.fields.map(([name, value]) => [name.slice(0, FIELD_MAX), value.slice(0, FIELD_MAX)]),
    locked: change.locked,
    updatedAt: now,
  };
  const kept = (await imageVersions(ctx.db)).filter((image) => change[image.kind] === null);
  const pictures = [...kept, ...images.map(({ kind, type, version }) => ({ kind, type, version }))];
  const owner = { ...(await loadOwner(ctx)), ...row };
  const profile = profileOf(owner, pictures, await publicKeys(ctx.db), await isOpenToAll(ctx));
  const { actor, statements } = await renderProfile(ctx.db, profile, now);
  const removed = (["avatar", "header"] as const).filter((kind) => change[kind] === "remove");
  const saved: Statement[] = [
    ...images.map((image) => saveImage(ctx.db, image)),
    ...removed.map((kind) => dropImage(ctx.db, kind)),
  ];
  const audience = { to: [PUBLIC], cc: [places.followers(ctx.stead.origin)] };
  const activity = update(ctx.stead.actor, actor, audience, now);
  const owed = await enqueue(ctx, fanoutId(ctx), activity, {
    toFollowers: reachesFollowers("public"),
    recipients: [],
  });
  await runBatch(ctx.db, [updateOwner(ctx.db, row), ...saved, ...statements, ...owed]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  ctx.ports.background(verifyFields(ctx));
  return null;
}

async function imagesOf(change: ProfileChange, ctx: Ctx): Promise<Image[] | string> {
  const images: Image[] = [];
  for (const kind of ["avatar", "header"] as const) {
    const bytes = change[kind];
    if (bytes === null || bytes === "remove") continue;
    if (bytes.byteLength > IMAGE_MAX) return `The ${kind} may be at most ${IMAGE_MAX / 1_000} KB.`;
    const type = imageType(new Uint8Array(bytes));
    if (!type) return `The ${kind} must be a PNG, JPEG, GIF or WebP picture.`;
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const version = Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
    images.push({ kind, type, bytes, version, updatedAt: ctx.clock() });
  }
  return images;
}

/** By the first bytes, never by the sender's word: SVG and HTML must not be served from our origin. */
function imageType(bytes: Uint8Array): string | null {
  const starts = (...signature: number[]) => signature.every((byte, n) => bytes[n] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  const webp =
    starts(0x52, 0x49, 0x46, 0x46) && [0x57, 0x45, 0x42, 0x50].every((byte, n) => bytes[8 + n] === byte);
  return webp ? "image/webp" : null;
}
