/** Push subscriptions at rest. One whose token is gone is never found, whether or not its row is. */
import { and, eq, isNull, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { following } from "./schema.ts";
import { oauthTokens } from "./schema/apps.ts";
import { pushSubscriptions } from "./schema/push.ts";

export type Subscription = typeof pushSubscriptions.$inferSelect;

/** The one of a token, in the place of the one before. 2 rows. */
export function saveSubscription(db: Db, row: Omit<Subscription, "id">) {
  const { token: _, ...changed } = row;
  return db
    .insert(pushSubscriptions)
    .values(row)
    .onConflictDoUpdate({ target: pushSubscriptions.token, set: changed });
}

export function changeSubscription(db: Db, token: string, change: Pick<Subscription, "alerts" | "policy">) {
  return db.update(pushSubscriptions).set(change).where(eq(pushSubscriptions.token, token));
}

export function dropSubscription(db: Db, token: string) {
  return db.delete(pushSubscriptions).where(eq(pushSubscriptions.token, token));
}

/** Those whose token is gone. To be batched after whatever ends tokens. */
export function dropOrphanedSubscriptions(db: Db) {
  return db.run(sql`DELETE FROM push_subscriptions WHERE token NOT IN (SELECT hash FROM oauth_tokens)`);
}

/** The one of a token, if it still works. */
export async function findSubscription(db: Db, token: string): Promise<Subscription | null> {
  const [row] = await db
    .select()
    .from(pushSubscriptions)
    .where(and(eq(pushSubscriptions.token, token), isNull(pushSubscriptions.endedAt)));
  return row ?? null;
}

/** All that work. */
export async function workingSubscriptions(db: Db): Promise<Subscription[]> {
  return db
    .select(columns)
    .from(pushSubscriptions)
    .innerJoin(oauthTokens, eq(oauthTokens.hash, pushSubscriptions.token))
    .where(and(isNull(pushSubscriptions.endedAt), eq(oauthTokens.kind, "owner")))
    .orderBy(pushSubscriptions.id);
}

const { id, token, bearer, endpoint, p256dh, auth, standard, alerts, policy, createdAt, sentAt } =
  pushSubscriptions;
const { problem, problemAt, endedAt } = pushSubscriptions;
const columns = {
  id,
  token,
  bearer,
  endpoint,
  p256dh,
  auth,
  standard,
  alerts,
  policy,
  createdAt,
  sentAt,
  problem,
  problemAt,
  endedAt,
};

/** Those of the peers whom the owner follows. */
export async function followedAmong(db: Db, peers: readonly number[]): Promise<Set<number>> {
  const rows = await db
    .select({ peer: following.peer })
    .from(following)
    .where(
      and(
        sql`${following.peer} IN (SELECT value FROM json_each(${JSON.stringify(peers)}))`,
        eq(following.state, "accepted"),
      ),
    );
  return new Set(rows.map(({ peer }) => peer));
}

/** How the pushes of each app do, for the owner to see; `app` is `oauth_apps.id`. */
export async function pushStates(db: Db): Promise<PushState[]> {
  return db
    .select({ app: oauthTokens.app, endpoint, sentAt, problem, problemAt, endedAt })
    .from(pushSubscriptions)
    .innerJoin(oauthTokens, eq(oauthTokens.hash, pushSubscriptions.token))
    .orderBy(pushSubscriptions.id);
}

export type PushState = Pick<Subscription, "endpoint" | "sentAt" | "problem" | "problemAt" | "endedAt"> & {
  readonly app: number;
};

/** 1 row, once an hour or after a problem. `hour` in unix ms. */
export function notePushed(db: Db, of: number, hour: UnixMs) {
  return db.run(sql`UPDATE push_subscriptions SET sent_at = ${hour}, problem = NULL, problem_at = NULL
    WHERE id = ${of} AND (sent_at IS NULL OR sent_at < ${hour} OR problem IS NOT NULL)`);
}

/** 1 row. `ends`: nothing is sent to it any more. */
export function notePushProblem(db: Db, of: number, detail: string, at: UnixMs, ends: boolean) {
  return db
    .update(pushSubscriptions)
    .set({ problem: detail, problemAt: at, ...(ends ? { endedAt: at } : {}) })
    .where(eq(pushSubscriptions.id, of));
}
