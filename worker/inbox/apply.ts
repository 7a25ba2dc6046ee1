/** From a proven activity to the handler of its kind. */
import type { Ctx } from "../kernel/ctx.ts";
import type { Activity } from "../vocab/read-activity.ts";
import { onAccept, onReject } from "./on-answer.ts";
import { onBlock, onFlag } from "./on-block.ts";
import { onCreate } from "./on-create.ts";
import { onDelete } from "./on-delete.ts";
import { onFollows } from "./on-follow.ts";
import { onMove } from "./on-move.ts";
import { onAnnounce, onLike } from "./on-reaction.ts";
import type { Outcome, Received } from "./received.ts";
import { onUndo } from "./on-undo.ts";
import { onUpdate } from "./on-update.ts";
import { newsOf } from "./news.ts";
import { noteSync } from "./sync-header.ts";

type Handler = (ctx: Ctx, received: Received) => Promise<Outcome>;

const handlers: Record<Exclude<Activity["type"], "Follow">, Handler> = {
  Undo: onUndo,
  Accept: onAccept,
  Reject: onReject,
  Create: onCreate,
  Update: onUpdate,
  Delete: onDelete,
  Like: onLike,
  EmojiReact: onLike,
  Announce: onAnnounce,
  Block: onBlock,
  Flag: onFlag,
  Move: onMove,
};

/** Applies one activity; a second time changes nothing. Wakes the outbox when something is owed. */
export async function apply(ctx: Ctx, received: Received): Promise<Outcome> {
  const [outcome] = await applyRun(ctx, [received]);
  return outcome!;
}

/**
 * Applies activities in their order. Neighbouring Follows of different actors go together, so a Move's thousands cost two D1 calls a
 * batch. Outcomes in the same order.
 */
export async function applyRun(ctx: Ctx, run: readonly Received[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < run.length) {
    const follows = leadingFollows(run.slice(outcomes.length));
    if (follows.length > 0) outcomes.push(...(await onFollows(ctx, follows)));
    else outcomes.push(await applyOne(ctx, run[outcomes.length]!));
  }
  // The rows are what is owed; waking only makes it soon.
  if (outcomes.some((outcome) => outcome.kind === "applied" && outcome.owes)) {
    ctx.ports.background(ctx.ports.redelivery.wake());
  }
  ctx.ports.streams.emit(run.flatMap((received, n) => newsOf(received, outcomes[n]!)));
  noteSync(ctx, run);
  return outcomes;
}

async function applyOne(ctx: Ctx, received: Received): Promise<Outcome> {
  const { type } = received.activity;
  return type === "Follow" ? (await onFollows(ctx, [received]))[0]! : handlers[type](ctx, received);
}

/** Characters of all that is written for them, roughly: one parameter of a statement takes 2 MB. */
const TOGETHER_MAX = 300_000;

function sizeOf({ mail, peer }: Received): number {
  return mail.body.length + JSON.stringify([mail.headers, peer]).length;
}

function leadingFollows(run: readonly Received[]): Received[] {
  const actors = new Set<string>();
  let size = 0;
  const follows: Received[] = [];
  for (const received of run) {
    const { type, actor } = received.activity;
    if (type !== "Follow" || actors.has(actor)) break;
    size += sizeOf(received);
    if (size > TOGETHER_MAX && follows.length > 0) break;
    actors.add(actor);
    follows.push(received);
  }
  return follows;
}

/**
 * Whether the handler may have to ask another server. Such mail goes to the mailroom even when its sender is known: no fetch comes
 * before the answer.
 */
export function mayFetch({ type, object, objectId, actor }: Activity): boolean {
  switch (type) {
    case "Move":
    case "Announce":
      return true;
    case "Create":
      return object === null;
    case "Update":
      return object === null || objectId === actor;
    default:
      return false;
  }
}
