/**
 * Polls as Mastodon says them (docs.joinmastodon.org/spec/activitypub, ActivityStreams Question), which GoToSocial, Misskey and Pleroma read too:
 * `oneOf` or `anyOf` of Notes whose `replies` count the votes. A vote is a Note with a `name` and no content.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { isOver, type Poll, type PollOption } from "../model/poll.ts";
import { dateTime } from "./fedify.ts";
import {
  asText,
  embedded,
  idOf,
  isObject,
  list,
  timeOf,
  typesOf,
  type Json,
  type JsonObject,
} from "./read.ts";

const OPTIONS_READ = 50;
/** Characters of an option's title, which is plain text. It is kept to the letter: a vote has to repeat it. */
const TITLE_MAX = 500;

/**
 * What makes a Note a Question. `closed` only once it is over: Pleroma and Mastodon take it for the end. Counts that are hidden are left out, as
 * GoToSocial reads it.
 */
export function questionFields(poll: Poll, now: UnixMs): JsonObject {
  const over = isOver(poll, now);
  const told = over || !poll.hideTotals;
  const options = poll.options.map(({ title, votes }): JsonObject => ({
    type: "Note",
    name: title,
    replies: { type: "Collection", ...(told ? { totalItems: votes ?? 0 } : {}) },
  }));
  const end = poll.endsAt === null ? null : dateTime(poll.endsAt);
  return {
    type: "Question",
    [poll.multiple ? "anyOf" : "oneOf"]: options,
    ...(end === null ? {} : { endTime: end }),
    ...(over && end !== null ? { closed: end } : {}),
    votersCount: poll.voters ?? 0,
  };
}

/** What the plain context lacks. */
export const QUESTION_TERMS: JsonObject = {
  toot: "http://joinmastodon.org/ns#",
  votersCount: "toot:votersCount",
};

/** A document of ours with newer counts. No pass through JSON-LD. */
export function withCounts(document: JsonObject, poll: Poll, now: UnixMs): JsonObject {
  return { ...document, ...questionFields(poll, now) };
}

const isCount = (value: Json | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/** Null: it is no poll. `now` is the receipt. */
export function readPoll(json: JsonObject, now: UnixMs): Poll | null {
  if (!typesOf(json).includes("Question")) return null;
  const [any, one] = [optionsIn(json["anyOf"]), optionsIn(json["oneOf"])];
  const options = any.length > 0 ? any : one;
  if (options.length === 0) return null;
  const endsAt = endOf(json, now);
  const untold = options.every(({ votes }) => votes === null);
  const voters = json["votersCount"];
  return {
    multiple: any.length > 0,
    options,
    endsAt,
    voters: isCount(voters) ? voters : null,
    hideTotals: untold && (endsAt === null || endsAt > now),
  };
}

function optionsIn(value: Json | undefined): PollOption[] {
  if (!Array.isArray(value)) return [];
  const options = value.flatMap((item): PollOption[] => {
    if (!isObject(item)) return [];
    const title = (asText(item["name"]) || asText(item["content"]) || "").slice(0, TITLE_MAX);
    if (title.trim() === "") return [];
    const votes = embedded(item["replies"])?.["totalItems"];
    return [{ title, votes: isCount(votes) ? votes : null }];
  });
  return options.slice(0, OPTIONS_READ);
}

/** Pleroma says the end in `closed` before it has come; others `true`, or the time at which it was closed. */
function endOf(json: JsonObject, now: UnixMs): UnixMs | null {
  const latest = Number.MAX_SAFE_INTEGER as UnixMs;
  const closed = timeOf(json["closed"], latest);
  const end = closed ?? timeOf(json["endTime"], latest);
  if (closed === null && json["closed"] === true) return end !== null && end < now ? end : now;
  return end;
}

export interface Vote {
  /** The post whose poll it is in. */
  readonly post: Iri;
  /** The option, by its title. */
  readonly title: string;
}

/** Null: it is no vote. */
export function readVote(json: JsonObject): Vote | null {
  const post = idOf(json["inReplyTo"]);
  const title = asText(json["name"]);
  const says = asText(json["content"]) ?? "";
  const more = says !== "" || json["contentMap"] !== undefined || list(json["attachment"]).length > 0;
  if (!post || !title || more || !typesOf(json).includes("Note")) return null;
  return { post, title: title.slice(0, TITLE_MAX) };
}

/** The owner's vote, to the poll's author alone. `id` names the vote: sent twice it is one. */
export function vote(actor: Iri, id: Iri, author: Iri, { post, title }: Vote): JsonObject {
  return {
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${id}/activity`,
    type: "Create",
    actor,
    to: [author],
    object: { id, type: "Note", attributedTo: actor, to: [author], inReplyTo: post, name: title },
  };
}
