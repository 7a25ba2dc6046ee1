/** Bringing here who comes to an old domain: old handles, rules for the old server, and a look at whether they work. */
import { Hono } from "hono";
import type { Context } from "hono";
import type { Child } from "hono/jsx";

import { checkRedirects, type Check } from "../moving/check-redirects.ts";
import { addOldHandle, removeOldHandle } from "../moving/old-handles.ts";
import { readOldAddress, readOldHandle, redirectPacks, type Pack } from "../moving/redirect-packs.ts";
import { documentQuery } from "../store/documents.ts";
import { ownerQuery } from "../store/stead.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const FORM_MAX = 16_384;

export const redirectPages = new Hono<WebEnv>();

interface Shown {
  readonly handle?: string;
  readonly handleProblem?: string;
  readonly domain?: string;
  readonly names?: string;
  readonly rulesProblem?: string;
  readonly packs?: readonly Pack[];
  readonly checked?: string;
  readonly checkProblem?: string;
  readonly checks?: readonly Check[];
}

/** With `domain` and `names`: the rules for them. */
redirectPages.get("/redirects", ownerOnly, async (c) => {
  const { domain, names } = c.req.query();
  if (domain === undefined && names === undefined) return redirectsPage(c, {});
  return rulesPage(c, (domain ?? "").trim().slice(0, 300), (names ?? "").trim().slice(0, 1_000));
});

redirectPages.post("/redirects/handles", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const handle = form.text("handle").trim();
  const handleProblem = await addOldHandle(c.var.ctx, handle);
  return handleProblem === null ? seeOther("/redirects") : redirectsPage(c, { handle, handleProblem });
});

redirectPages.post("/redirects/handles/remove", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  await removeOldHandle(c.var.ctx, form.text("handle"));
  return seeOther("/redirects");
});

redirectPages.post("/redirects/check", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const { ctx } = c.var;
  const checked = form.text("checked").trim();
  const old = readOldHandle(checked);
  if (old === null) return redirectsPage(c, { checked, checkProblem: "Write it like @anna@old.example." });
  if (old.domain === new URL(ctx.stead.origin).host)
    return redirectsPage(c, { checked, checkProblem: LIVES_HERE });
  return redirectsPage(c, { checked, checks: await checkRedirects(ctx, old) });
});

const LIVES_HERE = "That is where your stead lives: nothing has to be redirected.";

async function rulesPage(c: Context<WebEnv>, domain: string, names: string): Promise<Response> {
  const { stead, db } = c.var.ctx;
  const old = readOldAddress(domain, names);
  if (typeof old === "string") return redirectsPage(c, { domain, names, rulesProblem: old });
  if (old.domain === new URL(stead.origin).host)
    return redirectsPage(c, { domain, names, rulesProblem: LIVES_HERE });
  const [document] = await documentQuery(db, "webfinger");
  const jrd = JSON.stringify(JSON.parse(document?.body ?? "{}"), null, 2);
  return redirectsPage(c, { domain, names, packs: redirectPacks(old, stead, jrd) });
}

async function redirectsPage(c: Context<WebEnv>, shown: Shown): Promise<Response> {
  const { ctx } = c.var;
  const [owner] = await ownerQuery(ctx.db);
  const handles = owner?.handles ?? [];
  const [name = "", domain = ""] = handles[0]?.split("@") ?? [];
  const { handleProblem, rulesProblem, checkProblem, packs, checks } = shown;
  const refused = [handleProblem, rulesProblem, checkProblem].some((problem) => problem !== undefined);
  return page({
    title: "Redirects",
    status: refused ? 422 : 200,
    owner: { ctx, path: "/settings" },
    body: (
      <>
        <h1>Redirects</h1>
        <p>
          If you had an account on a domain that is still yours, whoever looks for it there can be led here.
          This changes who finds you from now on. It brings no follower along: for that, move the old account
          first, and set the rules for its profile only when the move is done, because other servers can not
          read the old account after that.
        </p>
        <Handles handles={handles} typed={shown.handle ?? ""} problem={handleProblem ?? null} />
        <section aria-labelledby="rules">
          <h2 id="rules">Rules for the old server</h2>
          <p>
            For a domain that was yours alone: its WebFinger comes here for every name, so nobody else there
            would be found any more.
          </p>
          <Problem text={rulesProblem ?? null} />
          <form method="get" action="/redirects" class="card">
            <Field
              label="Old domain"
              name="domain"
              value={shown.domain ?? domain}
              autocomplete="off"
              required
            />
            <Field
              label="Names you had there"
              name="names"
              hint="Such as anna. Several with spaces between."
              value={shown.names ?? name}
              autocomplete="off"
              required
            />
            <button>Show the rules</button>
          </form>
          {packs?.map((pack) => (
            <PackView pack={pack} />
          ))}
        </section>
        <Checks
          checked={shown.checked ?? handles[0] ?? ""}
          problem={checkProblem ?? null}
          checks={checks ?? []}
        />
      </>
    ),
  });
}

function Handles(props: { handles: readonly string[]; typed: string; problem: string | null }): Child {
  const { handles, typed, problem } = props;
  return (
    <section aria-labelledby="handles">
      <h2 id="handles">Old handles</h2>
      <p>
        Who asks this stead for one of these is told your handle of today. Their domains stand under{" "}
        <a href="/settings#domains">Settings, Further domains</a>.
      </p>
      {handles.length > 0 && (
        <ul class="list">
          {handles.map((handle) => (
            <li class="person">
              <div class="who">@{handle}</div>
              <form method="post" action="/redirects/handles/remove" class="acts">
                <input type="hidden" name="handle" value={handle} />
                <button class="quiet">
                  Remove<span class="vh"> {handle}</span>
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <Problem text={problem} />
      <form method="post" action="/redirects/handles" class="card">
        <Field
          label="An old handle of yours"
          name="handle"
          hint="Such as @anna@old.example."
          value={typed}
          autocomplete="off"
          required
        />
        <button>Add it</button>
      </form>
    </section>
  );
}

function PackView({ pack }: { pack: Pack }) {
  return (
    <details class="card">
      <summary>{pack.title}</summary>
      <p>{pack.note}</p>
      {pack.files.map(({ name, text }) => (
        <>
          <h3>{name}</h3>
          {text === "" ? (
            <p class="soft">An empty file.</p>
          ) : (
            <pre>
              <code>{text}</code>
            </pre>
          )}
        </>
      ))}
    </details>
  );
}

const VERDICTS: Readonly<Record<Check["verdict"], string>> = {
  right: "Right",
  wrong: "Wrong",
  none: "Not there",
};

function Checks(props: { checked: string; problem: string | null; checks: readonly Check[] }): Child {
  const { checked, problem, checks } = props;
  return (
    <section aria-labelledby="check">
      <h2 id="check">Do they work?</h2>
      <p>The old domain is asked as another server would ask it.</p>
      <Problem text={problem} />
      <form method="post" action="/redirects/check" class="card">
        <Field label="Old handle" name="checked" value={checked} autocomplete="off" required />
        <button>Check</button>
      </form>
      {checks.length > 0 && (
        <ul class="list">
          {checks.map(({ url, verdict, text }) => (
            <li>
              <code>{url}</code>
              <p class={verdict === "wrong" ? "problem" : verdict === "right" ? "note" : "soft"}>
                <strong>{VERDICTS[verdict]}.</strong> {text}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
