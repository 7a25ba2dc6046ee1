/** How somebody stands to the owner: Mastodon's `Relationship`. Nothing in it is ever missing: Ice Cubes and the official apps fail on that. */
import type { Standing } from "../../store/relationships.ts";
import { timestamp } from "../answers.ts";

export type Relationship = ReturnType<typeof toRelationship>;

/** To nobody in particular, and to oneself. */
export const noRelationship = (id: string) => ({
  id,
  following: false,
  showing_reblogs: false,
  notifying: false,
  languages: null as string[] | null,
  followed_by: false,
  blocking: false,
  blocked_by: false,
  muting: false,
  muting_notifications: false,
  muting_expires_at: null as string | null,
  requested: false,
  requested_by: false,
  domain_blocking: false,
  endorsed: false,
  note: "",
});

export function toRelationship(standing: Standing) {
  const { id, following, follower, blockedAt, blocksUsAt, mute, note, asks, hostBlocked } = standing;
  return {
    ...noRelationship(String(id)),
    following: following?.state === "accepted",
    requested: following?.state === "requested",
    showing_reblogs: following?.boosts ?? false,
    notifying: following?.notify ?? false,
    languages: following && following.languages.length > 0 ? following.languages : null,
    followed_by: follower !== null,
    requested_by: asks !== null,
    blocking: blockedAt !== null,
    blocked_by: blocksUsAt !== null,
    muting: mute !== null,
    muting_notifications: mute?.notifications ?? false,
    muting_expires_at: mute?.expiresAt ? timestamp(mute.expiresAt) : null,
    domain_blocking: hostBlocked === 1,
    note: note ?? "",
  };
}
