/**
 * The actor's key pairs at rest, and the one that pushes are sent with. The private halves leave this file only as non-extractable CryptoKeys.
 */
import { eq } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx, Db, Stead } from "../kernel/ctx.ts";
import { open, seal } from "../kernel/vault.ts";
import { generateEd25519, generateRsa, publicMultibase, publicPem } from "../signatures/keys.ts";
import type { SigningKey } from "../signatures/sign.ts";
import { generateVapid, importVapid, publicPoint, type VapidKey } from "../signatures/web-push/vapid.ts";
import { keys } from "./schema.ts";

const RSA_KEY = "main-key";
const ED25519_KEY = "ed25519-key";
const VAPID_KEY = "vapid-key";

export type KeyRow = typeof keys.$inferInsert;

/** Both pairs, sealed and ready to be written. Cost: one RSA-2048 generation, 60 to 90 ms of CPU, once in the life of a stead. */
export async function makeKeys(
  dataKey: CryptoKey,
  actor: Iri,
  at: UnixMs,
): Promise<[rsa: KeyRow, ed25519: KeyRow]> {
  const row = async (id: string, pair: CryptoKeyPair, publicText: string): Promise<KeyRow> => {
    const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
    return { id, public: publicText, private: await seal(dataKey, pkcs8, `${actor}#${id}`), createdAt: at };
  };
  const [rsa, ed25519] = [await generateRsa(), await generateEd25519()];
  return [
    await row(RSA_KEY, rsa, await publicPem(rsa.publicKey)),
    await row(ED25519_KEY, ed25519, await publicMultibase(ed25519.publicKey)),
  ];
}

const remembered = new WeakMap<CryptoKey, SigningKey>();

/**
 * The key that signs requests: RSA-2048, id `ACTOR#main-key` (snac compares the part before the fragment with the actor). One D1 read
 * in the life of an isolate. Throws when INSTANCE_SECRET is not the one the stead was claimed with.
 */
export async function signingKey(ctx: Ctx): Promise<SigningKey> {
  const { actor, dataKey } = ctx.stead;
  if (!dataKey) throw new Error("INSTANCE_SECRET is missing or is not the one this stead was claimed with");
  const known = remembered.get(dataKey);
  if (known) return known;
  const [row] = await ctx.db.select().from(keys).where(eq(keys.id, RSA_KEY));
  const pkcs8 = row && (await open(dataKey, row.private, `${actor}#${RSA_KEY}`));
  if (!pkcs8) throw new Error("the signing key cannot be opened");
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const key = { id: `${actor}#${RSA_KEY}`, privateKey };
  remembered.set(dataKey, key);
  return key;
}

const rememberedVapid = new WeakMap<Stead, string>();

/**
 * The public half of the key that pushes are sent with, in base64url. Apps subscribe with it, so it is made once and never again. One D1 read in the
 * life of an isolate, 1 row in the life of a stead. Null: there is none yet, and INSTANCE_SECRET is not the right one to make one.
 */
export async function vapidPublicKey(ctx: Ctx): Promise<string | null> {
  const { stead, db } = ctx;
  const known = rememberedVapid.get(stead);
  if (known !== undefined) return known;
  const found = (await findVapid(db)) ?? (stead.dataKey && (await makeVapid(ctx, stead.dataKey)));
  if (!found) return null;
  rememberedVapid.set(stead, found.public);
  return found.public;
}

/** The pair. Throws when INSTANCE_SECRET is not the one the stead was claimed with. 1 D1 read. */
export async function vapidKey(ctx: Ctx): Promise<VapidKey> {
  const { actor, dataKey } = ctx.stead;
  if (!dataKey) throw new Error("INSTANCE_SECRET is missing or is not the one this stead was claimed with");
  const row = (await findVapid(ctx.db)) ?? (await makeVapid(ctx, dataKey));
  const pkcs8 = await open(dataKey, row.private, `${actor}#${VAPID_KEY}`);
  if (!pkcs8) throw new Error("the key for pushes cannot be opened");
  return { privateKey: await importVapid(pkcs8), publicText: row.public };
}

async function findVapid(db: Db): Promise<KeyRow | null> {
  const [row] = await db.select().from(keys).where(eq(keys.id, VAPID_KEY));
  return row ?? null;
}

/** Of two that are made at once the first is kept. */
async function makeVapid(ctx: Ctx, dataKey: CryptoKey): Promise<KeyRow> {
  const pair = await generateVapid();
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
  const sealed = await seal(dataKey, pkcs8, `${ctx.stead.actor}#${VAPID_KEY}`);
  const row = { id: VAPID_KEY, public: await publicPoint(pair.publicKey), private: sealed };
  await ctx.db
    .insert(keys)
    .values({ ...row, createdAt: ctx.clock() })
    .onConflictDoNothing();
  const kept = await findVapid(ctx.db);
  if (!kept) throw new Error("the key for pushes was not kept");
  return kept;
}

/** The public halves, as the actor document shows them. */
export async function publicKeys(db: Db): Promise<{ pem: string; multibase: string }> {
  const rows = await db.select({ id: keys.id, public: keys.public }).from(keys);
  const of = (id: string) => rows.find((row) => row.id === id)?.public ?? "";
  return { pem: of(RSA_KEY), multibase: of(ED25519_KEY) };
}
