/** How an activity starts on its way: one row, written with the change it speaks of. */
import type { Ctx } from "../kernel/ctx.ts";
import { sha256 } from "../signatures/digest.ts";
import type { Statement } from "../store/batch.ts";
import { saveFanout } from "../store/fanouts.ts";
import type { Recipient } from "../store/schema.ts";
import type { JsonObject } from "../vocab/read.ts";

/** Most people one activity is addressed to by name. */
export const RECIPIENTS_MAX = 100;

export interface Audience {
  readonly toFollowers: boolean;
  /** Besides; an inbox that followers share gets it once. */
  readonly recipients: readonly Recipient[];
}

/**
 * The statement that owes an activity to an audience: 1 row, 1 serialisation, whatever their number. Batch it with the change,
 * then call `ctx.ports.redelivery.wake()`; if that never happens, the sweep finds the row. `id` is a post-like number, unique. (In a
 * list, because a bare statement would run when the promise resolves.)
 */
export async function enqueue(
  ctx: Ctx,
  id: number,
  activity: JsonObject,
  audience: Audience,
): Promise<Statement[]> {
  const body = JSON.stringify(activity);
  ctx.meter.serialisations++;
  const unique = new Map(audience.recipients.map((recipient) => [recipient.inbox, recipient]));
  const statement = saveFanout(ctx.db, {
    id,
    activity: body,
    digest: await sha256(body),
    toFollowers: audience.toFollowers,
    recipients: [...unique.values()].slice(0, RECIPIENTS_MAX),
    createdAt: ctx.clock(),
    doneAt: null,
  });
  return [statement];
}

let last = 0;

/**
 * A number for a fanout: the time, ever growing in this isolate, with a random part against other isolates. Below 2^53 until 2255.
 */
export function fanoutId(ctx: Ctx): number {
  const id = ctx.clock() * 1_000 + Math.floor(Math.random() * 1_000);
  last = Math.max(id, last + 1);
  return last;
}
