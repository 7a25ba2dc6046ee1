/** Polls: what may be asked, when one is over, and how votes add up. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, MINUTE } from "../kernel/clock.ts";

/** Misskey's number of options, the most that one of the big servers offers. */
export const OPTIONS_MAX = 10;
/** Characters of one option. */
export const OPTION_MAX = 100;
/** Mastodon's shortest and longest, in ms. */
export const LASTS_MIN = 5 * MINUTE;
export const LASTS_MAX = 31 * DAY;

export interface PollOption {
  readonly title: string;
  /** Null: its server does not tell. */
  readonly votes: number | null;
}

export interface Poll {
  /** One may choose several options. */
  readonly multiple: boolean;
  readonly options: readonly PollOption[];
  /** Null: it has no end. */
  readonly endsAt: UnixMs | null;
  /** People who voted; null: not told. */
  readonly voters: number | null;
  /** Nobody is told the counts before its end. */
  readonly hideTotals: boolean;
}

/** A poll as the owner wants it. */
export interface PollDraft {
  readonly options: readonly string[];
  /** From the moment it is published, in ms. */
  readonly lasts: number;
  readonly multiple: boolean;
  readonly hideTotals: boolean;
}

/** What keeps a draft from being asked; null: nothing. */
export function pollProblem({ options, lasts }: PollDraft): string | null {
  const titles = options.map((title) => title.trim());
  if (titles.length < 2) return "A poll needs at least two options.";
  if (titles.length > OPTIONS_MAX) return `A poll has at most ${OPTIONS_MAX} options.`;
  if (titles.some((title) => title === "")) return "An option of the poll is empty.";
  if (titles.some((title) => title.length > OPTION_MAX))
    return `An option of a poll has at most ${OPTION_MAX} characters.`;
  if (new Set(titles).size < titles.length) return "Two options of the poll are the same.";
  if (!(lasts >= LASTS_MIN)) return `A poll lasts at least ${LASTS_MIN / MINUTE} minutes.`;
  if (lasts > LASTS_MAX) return `A poll lasts at most ${LASTS_MAX / DAY} days.`;
  return null;
}

export function newPoll(draft: PollDraft, now: UnixMs): Poll {
  return {
    multiple: draft.multiple,
    options: draft.options.map((title) => ({ title: title.trim(), votes: 0 })),
    endsAt: (now + draft.lasts) as UnixMs,
    voters: 0,
    hideTotals: draft.hideTotals,
  };
}

export const isOver = ({ endsAt }: Poll, now: UnixMs): boolean => endsAt !== null && endsAt <= now;

/** The same options in the same order, and as many may be chosen: what was voted still counts. */
export function asksTheSame(a: Poll | null, b: Poll | null): boolean {
  if (a === null || b === null) return a === b;
  const titles = (poll: Poll) => JSON.stringify(poll.options.map(({ title }) => title));
  return a.multiple === b.multiple && titles(a) === titles(b);
}

/** How often each option was chosen, and by how many people. */
export interface Tally {
  readonly votes: ReadonlyMap<number, number>;
  readonly voters: number;
}

export function withTally(poll: Poll, { votes, voters }: Tally): Poll {
  const options = poll.options.map((option, n) => ({ ...option, votes: votes.get(n) ?? 0 }));
  return { ...poll, options, voters };
}

/** With a vote of the owner's in another's poll, until its server tells the counts again. Unknown counts stay unknown. */
export function withOwnVotes(poll: Poll, choices: readonly number[]): Poll {
  const options = poll.options.map((option, n) =>
    choices.includes(n) && option.votes !== null ? { ...option, votes: option.votes + 1 } : option,
  );
  return { ...poll, options, voters: poll.voters === null ? null : poll.voters + 1 };
}

/** What keeps somebody from choosing these, in words; null: nothing. */
export function choiceProblem(poll: Poll, choices: readonly number[], now: UnixMs): string | null {
  if (isOver(poll, now)) return "The poll has already ended";
  if (choices.length === 0) return "Nothing was chosen";
  if (choices.some((choice) => poll.options[choice] === undefined)) return "There is no such option";
  if (choices.length > 1 && !poll.multiple) return "Only one option can be chosen";
  return null;
}
