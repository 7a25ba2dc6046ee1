/** The Worker: wired, and nothing else. */
import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { consume } from "./queues.ts";
import { sweep } from "./sweep.ts";

export { Streaming } from "./mastodon/streaming/object.ts";
export { Mailroom } from "./objects/mailroom.ts";
export { Mover } from "./objects/mover.ts";
export { Redelivery } from "./objects/redelivery.ts";

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) => consume(batch, env, (work) => ctx.waitUntil(work)),
  scheduled: (controller, env, ctx) => sweep(env, controller.scheduledTime, (work) => ctx.waitUntil(work)),
} satisfies ExportedHandler<Env, unknown>;
