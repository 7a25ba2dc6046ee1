/** What links lead to, at rest: asked for once, whatever the number of posts that hold the link. */
import { and, eq, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import type { Card } from "../model/card.ts";
import { cards } from "./schema/cards.ts";
import { posts } from "./schema/posts.ts";

const cardId = (url: string): number => hash52(url);

/** A page that had nothing to show is asked so often, and so long apart. */
const TRIES_MAX = 3;

/**
 * Notes that a page is being asked for. Nothing, so that nobody asks: it was asked for later than `before`, or has a card, or was asked for
 * often enough, or another URL has its number. 1 row.
 */
export function askForCard(db: Db, url: string, now: UnixMs, before: UnixMs) {
  return db
    .insert(cards)
    .values({ id: cardId(url), url, askedAt: now, tries: 1, card: null, creator: null })
    .onConflictDoUpdate({
      target: cards.id,
      set: { askedAt: now, tries: sql`tries + 1` },
      setWhere: sql`url = excluded.url AND card IS NULL AND tries < ${TRIES_MAX} AND asked_at < ${before}`,
    });
}

/** 1 row. */
export function saveCard(db: Db, url: string, card: Card, creator: number | null) {
  return db
    .update(cards)
    .set({ card, creator })
    .where(and(eq(cards.id, cardId(url)), eq(cards.url, url)));
}

/** Says which link a post's card is for; null: none. A row only when that is new. */
export function pointAtCard(db: Db, post: number, url: string | null) {
  const id = url === null ? null : cardId(url);
  return db
    .update(posts)
    .set({ card: id })
    .where(and(eq(posts.id, post), sql`${posts.card} IS NOT ${id}`));
}

/** Sweeps those of links that stand in no post any more. Reads the posts. */
export function sweepCards(db: Db, before: UnixMs, limit: number) {
  return db.run(sql`DELETE FROM cards WHERE id IN (SELECT c.id FROM cards c WHERE c.asked_at < ${before}
    AND c.id NOT IN (SELECT p.card FROM posts p WHERE p.card IS NOT NULL) LIMIT ${limit})`);
}
