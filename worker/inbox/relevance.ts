/**
 * Whether an activity could matter to us at all, before its signature is worth a look. Most of what big servers send is not: every
 * deleted account is announced to everybody.
 */
import type { Stead } from "../kernel/ctx.ts";
import type { Peer } from "../model/peer.ts";
import { audienceOf, idOf, idsOf, isObject, list, type JsonObject } from "../vocab/read.ts";
import { announcedPost, type Activity } from "../vocab/read-activity.ts";

export interface Known {
  readonly peer: Peer | null;
  /** The owner follows the actor, or has asked to. */
  readonly followed: boolean;
  /** The post that is answered is held here. */
  readonly answersHeld: boolean;
  /** The owner follows a hashtag of the post. */
  readonly tagFollowed: boolean;
}

/** Kinds that are judged by whom the owner follows or by the posts held here; for the others `known` need not say. */
export const BY_CONVERSATION: ReadonlySet<Activity["type"]> = new Set([
  "Accept",
  "Reject",
  "Move",
  "Announce",
  "Update",
  "Create",
]);

export function isRelevant(activity: Activity, stead: Stead, known: Known): boolean {
  const { type, objectId, object, json } = activity;
  const ours = (iri: string | null) =>
    iri !== null && (iri === stead.actor || iri.startsWith(`${stead.origin}/`));
  switch (type) {
    case "Follow":
    case "Block":
      return objectId === stead.actor;
    case "Accept":
    case "Reject":
      return known.followed;
    case "Move":
      return known.followed || (known.peer?.blockedAt ?? null) !== null;
    case "Undo":
      // By its bare id it may take back a Follow that still waits in the mailroom.
      return known.peer !== null || object === null || ours(idOf(object["object"]));
    case "Delete":
      return known.peer !== null;
    case "Like":
    case "EmojiReact":
      return ours(objectId);
    case "Announce": {
      const post = announcedPost(activity);
      return post !== null && (known.followed || ours(post));
    }
    case "Flag":
      return idsOf(json["object"]).some(ours);
    case "Update":
      if (objectId === idOf(json["actor"])) return known.peer !== null;
      return known.peer !== null || addressed(json, stead) || known.answersHeld;
    case "Create":
      return known.followed || known.answersHeld || known.tagFollowed || addressed(json, stead);
  }
}

/** The owner is named somewhere: in the audience, in the tags, or as the author of what is answered. */
function addressed(json: JsonObject, { actor, origin }: Stead): boolean {
  const object = isObject(json["object"]) ? json["object"] : {};
  const audience = [json["to"], json["cc"], json["bto"], json["bcc"], object["to"], object["cc"]].flatMap(
    audienceOf,
  );
  const tags = list(object["tag"]).map((tag) => (isObject(tag) ? tag["href"] : null));
  const answers = idOf(object["inReplyTo"]);
  return audience.includes(actor) || tags.includes(actor) || (answers?.startsWith(`${origin}/`) ?? false);
}
