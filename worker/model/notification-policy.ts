/** Whose notifications the owner wants, by sorts of people. Of what holds for somebody the hardest counts; `store/notification-rules.ts` tells it. */
import { DAY } from "../kernel/clock.ts";

/** How notifications are taken, mildest first: as they are at rest. */
export const VERDICTS = ["accept", "filter", "drop"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Policy {
  readonly notFollowing: Verdict;
  readonly notFollowers: Verdict;
  readonly newAccounts: Verdict;
  readonly privateMentions: Verdict;
  readonly limitedAccounts: Verdict;
}

export const POLICY_PARTS = [
  "notFollowing",
  "notFollowers",
  "newAccounts",
  "privateMentions",
  "limitedAccounts",
] as const satisfies readonly (keyof Policy)[];

/** Who follows for less long counts as no follower yet, and who is younger as new: Mastodon's times, in ms. */
export const FOLLOWER_AFTER = 3 * DAY;
export const NEW_FOR = 30 * DAY;
