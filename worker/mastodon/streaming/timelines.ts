/** Which timeline a stream follows, so that a post is told of where it stands, and nowhere else. */
import type { Ctx } from "../../kernel/ctx.ts";
import { listEntries } from "../../store/list-entries.ts";
import { listWithSize } from "../../store/lists.ts";
import type { Entries } from "../../store/statuses.ts";
import { homeEntries, publicEntries, taggedEntries, type Span } from "../../store/timelines.ts";
import type { Channel } from "./channels.ts";

/** A stream of posts. */
export interface Timeline {
  readonly channel: Channel;
  /** The post or boost with this number, if it stands there. */
  entry(id: number): Entries;
}

/** That one alone. */
const around = (id: number): Span => ({ before: id + 1, after: id - 1, oldestFirst: false, limit: 1 });

/** Of each of the streams that has posts. 1 D1 read for each list. */
export async function timelinesOf(ctx: Ctx, channels: readonly Channel[]): Promise<Timeline[]> {
  const found = await Promise.all(channels.map((channel) => entriesOf(ctx, channel)));
  return channels.flatMap((channel, n) => {
    const entries = found[n];
    return entries ? [{ channel, entry: (id: number) => entries(around(id)) }] : [];
  });
}

/** Null: no posts stand there. */
async function entriesOf(ctx: Ctx, channel: Channel): Promise<((span: Span) => Entries) | null> {
  const now = ctx.clock();
  switch (channel[0]) {
    case "user":
      return (span) => homeEntries(span, now);
    case "public":
      return (span) => publicEntries("all", false, span, now);
    case "public:local":
      return (span) => publicEntries("own", false, span, now);
    case "public:remote":
      return (span) => publicEntries("others", false, span, now);
    case "public:media":
      return (span) => publicEntries("all", true, span, now);
    case "public:local:media":
      return (span) => publicEntries("own", true, span, now);
    case "public:remote:media":
      return (span) => publicEntries("others", true, span, now);
    case "hashtag":
      return (span) => taggedEntries(onlyTag(channel[1]), "all", false, span, now);
    case "hashtag:local":
      return (span) => taggedEntries(onlyTag(channel[1]), "own", false, span, now);
    case "list": {
      const list = await listWithSize(ctx.db, Number(channel[1]));
      return list && ((span) => listEntries(list, span, now));
    }
    case "direct":
    case "user:notification":
      return null;
  }
}

const onlyTag = (tag: string) => ({ any: [tag], all: [], none: [] });
