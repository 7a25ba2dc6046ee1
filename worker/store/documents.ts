/** Documents rendered when they change: one read serves them. */
import { eq, inArray } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { documents } from "./schema.ts";

export type DocumentName = "actor" | "webfinger" | "profile" | "filters";
export type StoredDocument = typeof documents.$inferSelect;

export async function loadDocument(db: Db, name: DocumentName): Promise<StoredDocument | null> {
  const [row] = await documentQuery(db, name);
  return row ?? null;
}

/** To be batched. */
export function documentQuery(db: Db, name: DocumentName) {
  return db.select().from(documents).where(eq(documents.name, name));
}

/** Several at once, in no order; to be batched. */
export function documentsQuery(db: Db, names: readonly DocumentName[]) {
  return db
    .select()
    .from(documents)
    .where(inArray(documents.name, [...names]));
}

/**
 * The statement that writes a document, to be batched: 1 row. The ETag is a hash of the body, so an unchanged document keeps it. (Wrapped,
 * because a bare statement would run when the promise resolves.)
 */
export async function saveDocument(db: Db, name: DocumentName, body: string, at: UnixMs) {
  const row = { name, body, etag: await etagOf(body), updatedAt: at };
  return {
    statement: db.insert(documents).values(row).onConflictDoUpdate({ target: documents.name, set: row }),
  };
}

/** Weak: Cloudflare may recompress after us. */
export async function etagOf(body: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
  const hex = Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `W/"${hex}"`;
}
