/** Reads a batch from a queue: each message is acked or retried by itself. */
import type { Env } from "./env.ts";
import type { Ctx, Message } from "./kernel/ctx.ts";
import { hash52 } from "./kernel/hash52.ts";
import { consoleLog } from "./kernel/log.ts";
import { bindClaimed } from "./objects/bindings.ts";
import { deliver } from "./outbox/deliver.ts";
import { bury } from "./store/fanouts.ts";

export const DEAD_LETTERS = "fedistead-dead-letters";

export async function consume(
  batch: MessageBatch<unknown>,
  env: Env,
  background: (work: Promise<unknown>) => void,
): Promise<void> {
  const ctx = await bindClaimed(env, background);
  const work = batch.queue === DEAD_LETTERS ? noteDead : deliverOne;
  for (const message of batch.messages) {
    try {
      await work(ctx, message);
      message.ack();
    } catch (cause) {
      consoleLog.error("queue message", cause, { queue: batch.queue, attempts: message.attempts });
      message.retry({ delaySeconds: Math.min(60, 5 * message.attempts) });
    }
  }
}

async function deliverOne(ctx: Ctx, message: Message_): Promise<void> {
  if (!isMessage(message.body)) throw new Error("a queue message of an unknown kind");
  await deliver(ctx, message.body);
}

/** A message that failed three times. Its deliveries are still owed, and handed out again; that it failed is a row the owner sees. */
async function noteDead(ctx: Ctx, message: Message_): Promise<void> {
  const now = ctx.clock();
  const detail = JSON.stringify(message.body ?? null).slice(0, 500);
  const letter = {
    id: hash52(message.id),
    stream: "queue",
    position: 0,
    inbox: "",
    reason: "refused",
    detail,
  } as const;
  await bury(ctx.db, [{ ...letter, attempts: message.attempts, firstAt: now, lastAt: now }]);
}

type Message_ = { readonly id: string; readonly body: unknown; readonly attempts: number };

function isMessage(body: unknown): body is Message {
  if (typeof body !== "object" || body === null) return false;
  const message = body as Partial<Record<string, unknown>>;
  if (message["v"] !== 1) return false;
  if (message["kind"] === "again")
    return Array.isArray(message["due"]) && message["due"].every(Number.isSafeInteger);
  const { stream, after, to } = message;
  return (
    message["kind"] === "deliver" &&
    typeof stream === "string" &&
    Number.isSafeInteger(after) &&
    Number.isSafeInteger(to)
  );
}
