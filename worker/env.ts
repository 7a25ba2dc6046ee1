/** The platform's bindings, as `wrangler.toml` declares them. */
import type { Message } from "./kernel/ctx.ts";
import type { SettingVars } from "./kernel/settings.ts";
import type { Streaming } from "./mastodon/streaming/object.ts";
import type { Mailroom } from "./objects/mailroom.ts";
import type { Mover } from "./objects/mover.ts";
import type { Redelivery } from "./objects/redelivery.ts";

export interface Env extends SettingVars {
  DB: D1Database;
  DELIVERIES: Queue<Message>;
  DEAD_LETTERS: Queue<Message>;
  /** Not there where R2 is not turned on. */
  MEDIA?: R2Bucket;
  MAILROOM: DurableObjectNamespace<Mailroom>;
  MOVER: DurableObjectNamespace<Mover>;
  REDELIVERY: DurableObjectNamespace<Redelivery>;
  STREAMING: DurableObjectNamespace<Streaming>;
}
