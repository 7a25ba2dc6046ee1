/** What the owner's apps are told of an activity that was applied. */
import type { StreamEvent } from "../kernel/ctx.ts";
import { announcedPost } from "../vocab/read-activity.ts";
import type { Outcome, Received } from "./received.ts";

/** Pointers alone: whether it is anything to the owner is looked at where it is told. */
export function newsOf({ activity, peer }: Received, outcome: Outcome): readonly StreamEvent[] {
  if (outcome.kind !== "applied") return [];
  if (outcome.news) return outcome.news;
  const { type, objectId: post } = activity;
  switch (type) {
    case "Create":
      return post ? [{ kind: "post", post }] : [];
    case "Update":
      return post && post !== peer.iri ? [{ kind: "edited", post }] : [];
    case "Like":
    case "EmojiReact":
      return post ? [{ kind: "like", post, peer: peer.id }] : [];
    case "Announce": {
      const boosted = announcedPost(activity);
      return boosted ? [{ kind: "boost", post: boosted, peer: peer.id }] : [];
    }
    case "Flag":
      return [{ kind: "report", peer: peer.id }];
    case "Follow":
    case "Undo":
    case "Delete":
    case "Accept":
    case "Reject":
    case "Block":
    case "Move":
      return [];
  }
}
