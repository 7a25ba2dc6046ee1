/** A poll as people read it: the options, and how often each was chosen. Votes are cast from one's own server. */
import { systemClock } from "../kernel/clock.ts";
import { isOver, type Poll } from "../model/poll.ts";
import { When } from "./parts.tsx";

const times = (count: number): string => (count === 1 ? "1 vote" : `${count} votes`);

/** `mine`: the owner reads, and sees the counts that others are not told before the end. */
export function PollView({ poll, mine }: { poll: Poll; mine: boolean }) {
  const over = isOver(poll, systemClock());
  const told = over || !poll.hideTotals || mine;
  const { endsAt, voters } = poll;
  return (
    <section aria-label="Poll">
      <ul>
        {poll.options.map(({ title, votes }) => (
          <li>
            <bdi>{title}</bdi>
            {told && votes !== null && <span class="soft small">{` · ${times(votes)}`}</span>}
          </li>
        ))}
      </ul>
      <p class="soft small">
        {poll.multiple ? "Several may be chosen." : "One may be chosen."}
        {told && voters !== null && ` ${voters} ${voters === 1 ? "person has" : "people have"} voted.`}
        {!told && " The counts are shown at the end."}
        {endsAt !== null && (
          <>
            {over ? " Ended " : " Ends "}
            <When at={endsAt} />
          </>
        )}
      </p>
    </section>
  );
}
