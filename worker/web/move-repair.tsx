/** After a move: what was left half done, and what mends it. */
import { Hono } from "hono";
import type { Context } from "hono";
import type { Child } from "hono/jsx";

import type { UnixMs } from "../kernel/brand.ts";
import { askAccepts, askRescue, askSync, choose, repairState, type RepairState } from "../moving/repair.ts";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { number, servers } from "./move-parts.tsx";
import { When } from "./parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

const PATH = "/move/repair";
/** Sweeps that are shown. */
const SWEEPS_SHOWN = 5;

export const moveRepairPages = new Hono<WebEnv>();

moveRepairPages.get(PATH, ownerOnly, async (c) => {
  const state = await repairState(c.var.ctx);
  return answer(c, state, () => repairPage(c, state));
});

moveRepairPages.post(`${PATH}/accepts`, ownerOnly, async (c) => {
  const asked = await askAccepts(c.var.ctx);
  if (asked === "lately") return notNow(c, "All Accepts were sent again within the last hour.");
  return obeyed(c, PATH, { asked: "accepts" });
});

const EARLY =
  "People of this move arrived within the last day, and others may still be on their way. Say that you know, or wait.";

moveRepairPages.post(`${PATH}/rescue`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const wish = await askRescue(c.var.ctx, form.checked("sure"));
  return wish === "early" ? notNow(c, EARLY) : obeyed(c, PATH, { asked: "rescue" });
});

moveRepairPages.post(`${PATH}/sync`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const wish = await askSync(c.var.ctx, form.checked("sure"));
  return wish === "early" ? notNow(c, EARLY) : obeyed(c, PATH, { asked: "sync" });
});

moveRepairPages.post(`${PATH}/choices`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const choices = { rescueAuto: form.checked("rescue"), syncAuto: form.checked("sync") };
  await choose(c.var.ctx, choices);
  return obeyed(c, PATH, choices);
});

async function notNow(c: Context<WebEnv>, problem: string): Promise<Response> {
  if (wantsJson(c)) return json({ error: problem }, 409);
  return repairPage(c, await repairState(c.var.ctx), problem);
}

function repairPage(c: Context<WebEnv>, state: RepairState, problem: string | null = null): Response {
  return page({
    title: "Mend what was left half done",
    status: problem === null ? 200 : 409,
    owner: { ctx: c.var.ctx, path: "/move" },
    body: (
      <>
        <h1>Mend what was left half done</h1>
        <Problem text={problem} />
        <p>
          Servers lose things: a Follow that never came here, an Accept that was taken and forgotten. Each of
          these ends such a wait from this side, and changes nothing where there is none.
        </p>
        <Accepts state={state} />
        <Rescue state={state} />
        <Sync state={state} />
        <Choices state={state} />
        <Follows state={state} />
      </>
    ),
  });
}

function Accepts({ state: { accepts, lastArrivalAt } }: { state: RepairState }) {
  const { followers, sweeps } = accepts;
  return (
    <section class="card" aria-labelledby="accepts">
      <h2 id="accepts">Accepts, once more</h2>
      <p>
        Who follows you here may still be waiting on their own server, if it lost your Accept; they would see
        nothing you write. The Accepts of everybody who arrives in a move are sent again by themselves, an
        hour and a day after they came.
      </p>
      <p class="soft small">
        {lastArrivalAt === null ? (
          "No arrival window was opened yet."
        ) : (
          <>
            {"Last arrival: "}
            <When at={lastArrivalAt} />.
          </>
        )}
      </p>
      {sweeps.length > 0 && (
        <ul class="small">
          {sweeps.slice(0, SWEEPS_SHOWN).map(({ id, reason }) => (
            <li>
              {"Sent again "}
              <When at={id as UnixMs} />
              {`, ${SWEPT[reason]}.`}
            </li>
          ))}
        </ul>
      )}
      <Ask to="accepts" label={`Send every Accept again (${people(followers)})`} off={followers === 0} />
    </section>
  );
}

const SWEPT = {
  hour: "to who had come an hour before",
  day: "to who had come a day before",
  owner: "to everybody, when you asked",
} as const;

function Rescue({ state: { rescue, early } }: { state: RepairState }) {
  const { missing, again, round, nextAt, came, declined } = rescue;
  return (
    <section class="card" aria-labelledby="rescue">
      <h2 id="rescue">Rescue Accepts</h2>
      <p>
        Whoever stands on the list of your old followers and did not come may have a request for you pending
        on their server, which it lost on the way here. An Accept sent to each of them ends that wait; where
        nothing is pending it changes nothing. Nobody is counted as your follower for it. Twice a person at
        most, never to who left again or whom you block.
      </p>
      <Facts
        facts={[
          ["Missing, and would get one now", missing === 0 ? "nobody" : people(missing)],
          ["Of these have had one already", again === 0 ? null : people(again)],
          ["Had one, ever", rescue.people === 0 ? null : people(rescue.people)],
          ["Follow you since", came === 0 ? null : people(came)],
          ["Do not follow, as their server said", declined === 0 ? null : people(declined)],
          ["Begins by itself", <Begins at={nextAt} />],
        ]}
      />
      {round && (
        <p role="status" class="small">
          {"The last round began "}
          <When at={round.dueAt} />
          {`: ${people(round.owed)} so far`}
          {round.unreachable > 0 && `, ${people(round.unreachable)} on servers that do not answer`}
          {round.over ? ". It is over." : ". It goes on."}
        </p>
      )}
      <Ask
        to="rescue"
        label={`Send rescue Accepts to ${people(missing)}`}
        sure={early ? "I know that people may still be on their way" : null}
        off={missing === 0}
      />
    </section>
  );
}

function Sync({ state: { sync, early } }: { state: RepairState }) {
  const { nextAt, madeAt, sent, asked, waiting, problems } = sync;
  return (
    <section class="card" aria-labelledby="sync">
      <h2 id="sync">Compare the lists</h2>
      <p>
        Each server of your followers is told, in one number, whom you count there (FEP-8fcf). Mastodon and
        what is made of it compare: who waits is let in, who is a follower here and not there is taken off
        your list, and who follows you there and is not on your list stops following. The last is why this
        waits until the flood is over. Do not use it after you restored this stead from an old copy: whoever
        came since then would be lost.
      </p>
      <Facts
        facts={[
          ["Begins by itself", <Begins at={nextAt} />],
          ["Last made", madeAt === null ? null : <When at={madeAt} />],
          ["Told", sent === 0 ? null : servers(sent)],
          ["Asked for their list", asked === 0 ? null : servers(asked)],
          ["To be told", waiting === 0 ? null : servers(waiting)],
        ]}
      />
      {problems.length > 0 && (
        <details>
          <summary>{`Not told: ${servers(problems.length)}`}</summary>
          <ul class="small">
            {problems.map(({ host, problem, nextAt: at }) => (
              <li>
                {`${host}: ${problem ?? ""}`}
                {at !== null && (
                  <>
                    {", again "}
                    <When at={at} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Ask
        to="sync"
        label="Compare now"
        sure={early ? "I know that people may still be on their way, and could be lost by this" : null}
      />
    </section>
  );
}

function Choices({ state: { rescue, sync } }: { state: RepairState }) {
  return (
    <form method="post" action={`${PATH}/choices`} class="card">
      <h2>By themselves</h2>
      <Check
        name="rescue"
        label="Send rescue Accepts a day and three days after the last arrival"
        on={rescue.auto}
      />
      <Check
        name="sync"
        label="Compare the lists three days after the last arrival, or after the rescue"
        on={sync.auto}
      />
      <button>Save</button>
    </form>
  );
}

function Follows({ state: { follows } }: { state: RepairState }) {
  if (follows.length === 0) return null;
  return (
    <>
      <h2>Whom you follow</h2>
      <p class="soft">Their servers said with their lists that they count otherwise.</p>
      <ul class="list">
        {follows.map(({ iri, name, username, outcome, at }) => (
          <li>
            <bdi class="name">{name || username || iri}</bdi>
            <br />
            <span class="soft small">
              {`${outcome} `}
              <When at={at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const people = (count: number) => (count === 1 ? "1 person" : `${number(count)} people`);

function Begins({ at }: { at: UnixMs | null }) {
  return at === null ? <>no</> : <When at={at} />;
}

/** What is null is left out. */
function Facts({ facts }: { facts: readonly [name: string, value: Child | null][] }) {
  return (
    <dl class="fields">
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
    </dl>
  );
}

/** A form that is one button, and a box to tick where it needs one. */
function Ask(props: { to: string; label: string; sure?: string | null; off?: boolean }) {
  const { to, label, sure = null, off = false } = props;
  if (off) return null;
  return (
    <form method="post" action={`${PATH}/${to}`}>
      {sure !== null && <Check name="sure" label={sure} on={false} />}
      <button>{label}</button>
    </form>
  );
}

function Check({ name, label, on }: { name: string; label: string; on: boolean }) {
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" name={name} checked={on} />
        {label}
      </label>
    </div>
  );
}
