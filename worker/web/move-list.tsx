/** The list of the old followers: where it comes from, how far it is, and greeting their servers. */
import { Hono } from "hono";
import type { Context } from "hono";

import { deleteList, fetchList, takeFile } from "../moving/expected.ts";
import { readGreetings, startGreetings, type Greetings } from "../moving/greet-hosts.ts";
import { FILE_MAX } from "../moving/lists/follower-file.ts";
import { readMark } from "../store/expected.ts";
import { countHosts } from "../store/greetings.ts";
import { everyListJob, type ListJob } from "../store/list-jobs.ts";
import { everyOldAccount } from "../store/old-accounts.ts";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { Act, When } from "./parts.tsx";
import { number, Refresh, refreshing, servers } from "./move-parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** Room around the file. */
const FORM_MAX = FILE_MAX + 100_000;
/** Seconds, while something is under way. */
const AGAIN = 20;

export const moveListPages = new Hono<WebEnv>();

moveListPages.get("/move/list", ownerOnly, (c) => listPage(c, {}));

moveListPages.post("/move/list/file", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return wantsJson(c) ? json({ error: FORM_PROBLEM }, form.status) : form;
  const file = await form.file("file");
  if (file === null) return listPage(c, { fileProblem: "Choose a file first." });
  const taken = await takeFile(c.var.ctx, form.fileName("file"), new Uint8Array(file));
  if (taken.kind === "invalid") return listPage(c, { fileProblem: taken.problem });
  return obeyed(c, "/move/list", { found: taken.found, note: taken.note });
});

const FORM_PROBLEM = `Send the file as "file" in multipart/form-data, at most ${FILE_MAX / 1_000_000} MB.`;

moveListPages.post("/move/list/fetch", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account").trim();
  const begun = await fetchList(c.var.ctx, { account, token: form.raw("token") });
  // The token is never shown again, not even to who typed it.
  if (begun.kind === "invalid") return listPage(c, { account, problem: begun.problem });
  return obeyed(c, "/move/list", { job: begun.job });
});

moveListPages.post("/move/list/delete", ownerOnly, async (c) => {
  await deleteList(c.var.ctx);
  return obeyed(c, "/move/list", { expected: 0 });
});

moveListPages.post("/move/list/greet", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const started = await startGreetings(c.var.ctx, form.checked("again"));
  switch (started.kind) {
    case "started":
      return obeyed(c, "/move/list", { greeting: started.hosts });
    case "under-way":
      return listPage(c, { greetProblem: "They are being greeted already." });
    case "nobody":
      return listPage(c, { greetProblem: "There is no server left to greet." });
  }
});

interface Refused {
  readonly account?: string;
  readonly problem?: string;
  readonly fileProblem?: string;
  readonly greetProblem?: string;
}

async function listPage(c: Context<WebEnv>, refused: Refused): Promise<Response> {
  const { ctx } = c.var;
  const { db } = ctx;
  const problem = refused.problem ?? refused.fileProblem ?? refused.greetProblem;
  const status = problem === undefined ? 200 : 422;
  if (problem !== undefined && wantsJson(c)) return json({ error: problem }, status);
  const [jobs, [counts], [mark], accounts] = await db.batch([
    everyListJob(db),
    countHosts(db, 0),
    readMark(db, "expected/greetings"),
    everyOldAccount(db),
  ]);
  const { people = 0, hosts = 0, due = 0 } = counts ?? {};
  const greetings = mark ? readGreetings(mark.body) : null;
  const busy = jobs.some(({ state }) => state === "running") || greetings?.over === false;
  const data = {
    expected: people,
    hosts,
    toGreet: due,
    greetings,
    jobs: jobs.map(({ token: _t, cursor: _c, ...shown }) => shown),
  };
  return answer(c, data, () => {
    const refreshes = busy && refreshing(c);
    return page({
      title: "Your old followers",
      status,
      owner: { ctx, path: "/move" },
      head: refreshes && <meta http-equiv="refresh" content={String(AGAIN)} />,
      body: (
        <>
          <h1>Your old followers</h1>
          <p>
            {people === 0
              ? "With the list of those who followed your old account you see who has come and who is missing, and their servers can be prepared. Nobody is told of it, and nobody on it is your follower for that alone."
              : `${number(people)} people on ${servers(hosts)} are expected. `}
            {people > 0 && <a href="/move/arrivals">See who has come</a>}
          </p>
          {busy && <Refresh path="/move/list" on={refreshes} seconds={AGAIN} />}
          <Jobs jobs={jobs} />
          <h2>From your old server</h2>
          <Problem text={refused.problem ?? null} />
          <form method="post" action="/move/list/fetch" class="card">
            <Field
              label="Your old account"
              name="account"
              value={refused.account ?? accounts[0]?.handle ?? ""}
              autocomplete="off"
              required
              hint="Like you@old.example."
            />
            <Field
              label="Access token"
              name="token"
              type="password"
              autocomplete="off"
              hint="Without one, what your old server shows to everybody is read. With one the list is complete even where it is hidden: make it there under Development or API, with the right to read accounts (on Misskey: to see your account and your followers). It is kept encrypted until the list is read, then forgotten."
            />
            <button>Read the list</button>
          </form>
          <h2>From a file</h2>
          <Problem text={refused.fileProblem ?? null} />
          <form method="post" action="/move/list/file" enctype="multipart/form-data" class="card">
            <div class="field">
              <label for="file">followers.csv, followers.json, or any list of handles</label>
              <input id="file" name="file" type="file" required aria-describedby="file-hint" />
              <span class="hint" id="file-hint">
                {`GoToSocial, Pleroma, Akkoma, Pixelfed and Sharkey export one; Mastodon does not. One handle a line will do. At most ${FILE_MAX / 1_000_000} MB.`}
              </span>
            </div>
            <button>Add the file</button>
          </form>
          {people > 0 && (
            <>
              <Greeting
                hosts={hosts}
                due={due}
                greetings={greetings}
                problem={refused.greetProblem ?? null}
              />
              <h2>Delete the list</h2>
              <p>
                Your followers stay; who is missing can no longer be told. Who had a rescue Accept stays on it
                until their server has said whether they follow.
              </p>
              <Act to="/move/list/delete" label="Delete the list" danger />
            </>
          )}
        </>
      ),
    });
  });
}

const SOURCES: Readonly<Record<ListJob["source"], string>> = {
  mastodon: "from its server, with your token",
  misskey: "from its server, with your token",
  collection: "as its server shows it to everybody",
  file: "a file",
};

function Jobs({ jobs }: { jobs: readonly ListJob[] }) {
  return (
    <ul class="list">
      {jobs.map(({ account, source, state, found, problem, nextAt, tries }) => (
        <li>
          <span class="name">{account}</span> <span class="soft small">{SOURCES[source]}</span>
          <br />
          {state === "running" && `Being read: ${number(found)} people so far.`}
          {state === "done" && `Read: ${number(found)} people.`}
          {state === "failed" && `Not read to its end: ${number(found)} people are on the list.`}
          {problem !== null && ` ${problem}`}
          {state === "running" && tries > 0 && (
            <>
              {" Next try "}
              <When at={nextAt} />.
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Greeting(props: {
  hosts: number;
  due: number;
  greetings: Greetings | null;
  problem: string | null;
}) {
  const { hosts, due, greetings, problem } = props;
  const busy = greetings?.over === false;
  return (
    <>
      <h2>Greet their servers</h2>
      <p>
        A server that once found this address dead, whoever had it then, does not deliver to it, and a
        follower who moves from there is lost. One signed word that says nothing makes it try again. Do this
        before you press Move. Each server gets it once.
      </p>
      <Problem text={problem} />
      {greetings && (
        <p role="status">
          {`${number(greetings.greeted)} of ${servers(greetings.hosts)} greeted`}
          {busy && `, ${number(greetings.ready)} more found`}
          {greetings.lost > 0 && `; ${number(greetings.lost)} could not be found`}
          {busy ? "; going on." : "."}
        </p>
      )}
      {!busy && due > 0 && <Act to="/move/list/greet" label={`Greet ${servers(due)}`} />}
      {!busy && due === 0 && (
        <form method="post" action="/move/list/greet">
          <input type="hidden" name="again" value="1" />
          <button class="quiet">{`Greet all ${servers(hosts)} again`}</button>
        </form>
      )}
    </>
  );
}
