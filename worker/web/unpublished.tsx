/** Posts that were scheduled, and could not be published when their time had come. */
import type { Draft } from "../owner/draft.ts";
import type { ScheduledRow } from "../store/scheduled.ts";
import { When } from "./parts.tsx";

const SHOWN = 100;

export function Unpublished({ posts }: { posts: readonly ScheduledRow[] }) {
  return (
    <>
      <h2>Not published</h2>
      <p class="soft">
        These were to be published at their time, and could not be. They are tried again every hour; the app
        you wrote them in can give them another time, or delete them.
      </p>
      <ul class="list">
        {posts.map(({ at, nextAt, problem, draft }) => (
          <li>
            <span class="name" dir="auto">
              {(draft as Draft).text.slice(0, SHOWN)}
            </span>
            <br />
            <span class="soft small">
              For <When at={at} />: {problem} Next try <When at={nextAt} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
