/** From what happened to what the apps are told: the same posts in the same words as in the timelines that the streams are named after. */
import { HOUR } from "../../kernel/clock.ts";
import type { Ctx, StreamEvent } from "../../kernel/ctx.ts";
import { timeFromId } from "../../model/post.ts";
import { conversationById } from "../../store/conversations.ts";
import type { Numbers } from "../../store/streams.ts";
import { shownAs } from "../conversations/conversations.ts";
import { toStatus } from "../entities/status.ts";
import { loadStatuses } from "../pages.ts";
import { sameChannel, type Channel, type Hears } from "./channels.ts";
import type { Notices } from "./notices.ts";
import { timelinesOf, type Timeline } from "./timelines.ts";

export interface Message {
  readonly channel: Channel;
  readonly needs: keyof Hears;
  readonly event: string;
  /** As the API sends it: JSON in a string, or the number of what is gone. */
  readonly payload: string;
}

/** A post that comes late is no news (Mastodon says the same). */
const NEWS = 6 * HOUR;
/** Posts told of in one go, times the streams they may stand in: a statement each. */
const STATEMENTS_MAX = 40;
/** Conversations told of in one go: 4 D1 calls each. */
const CONVERSATIONS_MAX = 3;

/** What goes to these channels. At most 1 D1 call, 1 for each list that is listened to, and 4 for each direct post. */
export async function messagesOf(
  ctx: Ctx,
  events: readonly StreamEvent[],
  numbers: readonly Numbers[],
  listened: readonly Channel[],
): Promise<Message[]> {
  const channels = listened.filter((one, n) => listened.findIndex((other) => sameChannel(one, other)) === n);
  const timelines = await timelinesOf(ctx, channels);
  const asked = events.flatMap((event, n) => askedFor(ctx, event, numbers[n]!, timelines));
  const shown = await statusMessages(ctx, asked.slice(0, STATEMENTS_MAX));
  const said = channels.some(([name]) => name === "direct") ? await conversations(ctx, events, numbers) : [];
  const ids = events.flatMap((event) => (event.kind === "deleted" ? event.ids : []));
  const changed = events.some(({ kind }) => kind === "filters");
  const merged = events.some(({ kind }) => kind === "notifications");
  return [
    ...(changed ? channels.filter(isUser).map((channel) => message(channel, "filters_changed", "")) : []),
    ...shown,
    ...said,
    // Wherever posts are: in which timelines one stood is not known any more.
    ...timelines.flatMap(({ channel }) => ids.map((id) => message(channel, "delete", String(id)))),
    ...(merged ? mergedMessages(channels) : []),
  ];
}

const isUser = ([name]: Channel): boolean => name === "user";
const message = (channel: Channel, event: string, payload: string): Message => ({
  channel,
  needs: "statuses",
  event,
  payload,
});

interface Asked {
  readonly timeline: Timeline;
  readonly event: "update" | "status.update";
  readonly id: number;
}

function askedFor(
  ctx: Ctx,
  event: StreamEvent,
  { post, boost }: Numbers,
  timelines: readonly Timeline[],
): Asked[] {
  const id = event.kind === "boost" ? boost : post;
  if (id === null || (event.kind !== "post" && event.kind !== "boost" && event.kind !== "edited")) return [];
  const edited = event.kind === "edited";
  if (!edited && timeFromId(id) < ctx.clock() - NEWS) return [];
  return timelines.map((timeline) => ({ timeline, event: edited ? "status.update" : "update", id }));
}

async function statusMessages(ctx: Ctx, asked: readonly Asked[]): Promise<Message[]> {
  if (asked.length === 0) return [];
  const lists = asked.map(({ timeline, id }) => ({ entries: timeline.entry(id) }));
  const { view, lists: found } = await loadStatuses(ctx, lists, true);
  return asked.flatMap(({ timeline, event, id }, n) => {
    const row = found[n]!.find((one) => one.id === id);
    return row ? [message(timeline.channel, event, JSON.stringify(toStatus(ctx, view, row)))] : [];
  });
}

async function conversations(
  ctx: Ctx,
  events: readonly StreamEvent[],
  numbers: readonly Numbers[],
): Promise<Message[]> {
  const ids = events.flatMap(({ kind }, n) => (kind === "post" ? (numbers[n]!.conversation ?? []) : []));
  const rows = [];
  for (const id of [...new Set(ids)].slice(0, CONVERSATIONS_MAX)) {
    const row = await conversationById(ctx.db, id);
    if (row) rows.push(row);
  }
  return (await shownAs(ctx, rows)).map((one) => message(["direct"], "conversation", JSON.stringify(one)));
}

const hearsNotices = ([name]: Channel): boolean => name === "user" || name === "user:notification";

/** Of a flood the first, and a word that there are more. */
export function noticeMessages({ notices, more }: Notices, channels: readonly Channel[]): Message[] {
  const those = (["user", "user:notification"] as const).filter((name) =>
    channels.some(([one]) => one === name),
  );
  const told = those.flatMap((name) =>
    notices.map(({ shown }): Message => {
      return {
        channel: [name],
        needs: "notifications",
        event: "notification",
        payload: JSON.stringify(shown),
      };
    }),
  );
  return more ? [...told, ...mergedMessages(channels)] : told;
}

/** The app is to ask for its notifications once more. */
function mergedMessages(channels: readonly Channel[]): Message[] {
  const those = (["user", "user:notification"] as const).filter((name) =>
    channels.some(([one]) => one === name),
  );
  return those.map((name) => {
    return { channel: [name], needs: "notifications", event: "notifications_merged", payload: "1" };
  });
}

export const mayBeTold = (channels: readonly Channel[]): boolean => channels.some(hearsNotices);
