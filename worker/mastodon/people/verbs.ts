/** What an app does with somebody. Each answers with the relationship as it is then, however often it is asked. */
import {
  acceptRequest,
  blockPeer,
  followPeer,
  rejectRequest,
  removeFollower,
  unblockPeer,
  unfollow as unfollowPeer,
  type FollowWishes,
} from "../../owner/follow.ts";
import { mutePeer, unmutePeer } from "../../owner/mute.ts";
import { notePeer } from "../../owner/note-peer.ts";
import { refused } from "../answers.ts";
import type { Params } from "../params.ts";
import { withPeer } from "./relationships.ts";

const LANGUAGES_MAX = 50;
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i;

/** What was sent, and no more: what is missing stays as it is. */
function wishesIn(params: Params): FollowWishes {
  const [boosts, notify] = [params.flag("reblogs"), params.flag("notify")];
  return {
    ...(boosts === null ? {} : { boosts }),
    ...(notify === null ? {} : { notify }),
    ...(params.has("languages") ? { languages: [...new Set(params.texts("languages"))] } : {}),
  };
}

export const follow = withPeer(async ({ ctx, params }, peer) => {
  const wishes = wishesIn(params);
  const languages = wishes.languages ?? [];
  if (languages.length > LANGUAGES_MAX || !languages.every((one) => LANGUAGE.test(one)))
    return refused({ kind: "invalid", problem: "Languages is invalid" });
  const asked = await followPeer(ctx, peer, wishes);
  return asked.kind === "invalid" ? refused({ kind: "invalid", problem: asked.problem }) : undefined;
});

export const unfollow = withPeer(async ({ ctx }, { id }) => {
  await unfollowPeer(ctx, id);
});

export const block = withPeer(async ({ ctx }, { id }) => {
  await blockPeer(ctx, id);
});

export const unblock = withPeer(({ ctx }, { id }) => unblockPeer(ctx, id));

/** Above every duration that means anything; seconds. */
const DURATION = { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 };

export const mute = withPeer(({ ctx, params }, { id }) =>
  mutePeer(ctx, id, {
    notifications: params.flag("notifications") ?? true,
    duration: params.number("duration", DURATION),
  }),
);

export const unmute = withPeer(({ ctx }, { id }) => unmutePeer(ctx, id));

export const note = withPeer(async ({ ctx, params }, { id }) => {
  const problem = await notePeer(ctx, id, params.text("comment") ?? "");
  return problem === null ? undefined : refused({ kind: "invalid", problem });
});

export const removeFromFollowers = withPeer(async ({ ctx }, { id }) => {
  await removeFollower(ctx, id);
});

/** 404 where nobody asks who was not let in before: there is nothing to say yes to. */
export const authorize = withPeer(async ({ ctx }, { id, follower }) => {
  const accepted = await acceptRequest(ctx, id);
  return accepted || follower !== null ? undefined : refused({ kind: "not-found" });
});

/** Whoever asked not, or not any more, is turned away already. */
export const reject = withPeer(async ({ ctx }, { id }) => {
  await rejectRequest(ctx, id);
});
