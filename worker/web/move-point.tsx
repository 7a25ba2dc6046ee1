/** Pointing an old account here: what it is, whether it can be moved, and the alias. */
import { Hono } from "hono";
import type { Context } from "hono";

import type { MoveRule } from "../model/move-rules.ts";
import { pointAt, pointAway } from "../moving/aliases.ts";
import { lookAt, type Looked, type SeenAccount } from "../moving/old-account.ts";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { asksPassword, PasswordField, unconfirmed } from "./confirm.tsx";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

const OWNER_PATH = "/move";

export const movePointPages = new Hono<WebEnv>();

movePointPages.get("/move/point", ownerOnly, (c) =>
  answer(c, { post: { account: "a handle, a profile's address or an actor's id" } }, () => askPage(c, {})),
);

movePointPages.post("/move/point", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account").trim();
  const looked = await lookAt(c.var.ctx, account);
  if (looked.kind === "invalid") return refused(c, { account, status: 422, problem: looked.problem });
  return answer(c, shown(looked), () => foundPage(c, looked, {}));
});

movePointPages.post("/move/point/add", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account").trim();
  const unseen = form.checked("unseen");
  const wrong = await unconfirmed(c, form);
  if (wrong) {
    if (wantsJson(c)) return json({ error: wrong.problem }, wrong.status);
    const looked = await lookAt(c.var.ctx, account);
    return looked.kind === "invalid" ? refused(c, { account, ...wrong }) : foundPage(c, looked, { ...wrong });
  }
  const pointed = await pointAt(c.var.ctx, account, unseen);
  if (pointed.kind === "invalid") return refused(c, { account, status: 422, problem: pointed.problem });
  return obeyed(c, "/move", { pointed: shownAccount(pointed.account) });
});

movePointPages.get("/move/point/remove", ownerOnly, (c) => removePage(c, c.req.query("account") ?? "", {}));

movePointPages.post("/move/point/remove", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account").trim();
  const wrong = await unconfirmed(c, form);
  if (wrong)
    return wantsJson(c) ? json({ error: wrong.problem }, wrong.status) : removePage(c, account, wrong);
  if (await pointAway(c.var.ctx, account)) return obeyed(c, "/move", { removed: account });
  if (wantsJson(c)) return json({ error: "This is none of your old accounts." }, 404);
  return problemPage(404, "This is none of your old accounts.", <a href="/move">Back</a>);
});

const shown = (looked: Exclude<Looked, { kind: "invalid" }>) => ({
  seen: looked.kind === "found",
  ...(looked.kind === "unseen" ? { problem: looked.problem } : {}),
  ...shownAccount(looked),
});

const shownAccount = ({ seen, rule, blocked }: SeenAccount) => ({ account: seen, rule, blocked });

interface Refused {
  readonly account?: string;
  readonly status?: number;
  readonly problem?: string;
}

function refused(c: Context<WebEnv>, { account = "", status = 422, problem = "" }: Refused): Response {
  return wantsJson(c) ? json({ error: problem }, status) : askPage(c, { account, status, problem });
}

function askPage(c: Context<WebEnv>, { account = "", status = 200, problem }: Refused): Response {
  const { ctx } = c.var;
  return page({
    title: "Point an old account here",
    status,
    owner: { ctx, path: OWNER_PATH },
    body: (
      <>
        <h1>Point an old account here</h1>
        <p>
          Your profile here will say that the old account is yours as well. Nothing moves by that: you press
          Move at the old account, when everything here is ready.
        </p>
        <form method="post" action="/move/point" class="card">
          <Problem text={problem ?? null} />
          <Field
            label="Your old account"
            name="account"
            value={account}
            autocomplete="off"
            required
            hint="Its handle, like @user@host, or the address of its profile. From Bluesky, over Bridgy Fed: @you.bsky.social@bsky.brid.gy. From Threads: @you@threads.net."
          />
          <button>Look it up</button>
        </form>
        <p>
          <a href="/move">Back to moving in</a>
        </p>
      </>
    ),
  });
}

async function foundPage(
  c: Context<WebEnv>,
  looked: Exclude<Looked, { kind: "invalid" }>,
  { status = 200, problem }: Refused,
): Promise<Response> {
  const { ctx } = c.var;
  const { seen } = looked;
  const asks = await asksPassword(c);
  return page({
    title: "Is this your old account?",
    status,
    owner: { ctx, path: OWNER_PATH },
    body: (
      <>
        <h1>Is this your old account?</h1>
        {looked.kind === "unseen" && (
          <p class="problem">
            {`${looked.problem} So nothing of it is known but the id below. It can be pointed at as it stands; then the id must be right to the letter, and be the account's id, not the address of its page.`}
          </p>
        )}
        <Facts account={looked} />
        <Cautions account={looked} self={ctx.stead.actor} />
        <form method="post" action="/move/point/add" class="card">
          <Problem text={problem ?? null} />
          <input type="hidden" name="account" value={seen.iri} />
          {looked.kind === "unseen" && <input type="hidden" name="unseen" value="yes" />}
          <PasswordField asks={asks} />
          <button>Point it here</button>
        </form>
        <p class="small soft">
          Servers of your followers here are told of the alias at once. Our own documents are never cached, so
          who asks sees it from now on.
        </p>
        <p>
          <a href="/move/point">No, look up another</a>
        </p>
      </>
    ),
  });
}

function Facts({ account }: { account: SeenAccount }) {
  const { seen, rule } = account;
  const software = `${rule.name} ${seen.version}`.trim();
  return (
    <dl class="fields">
      <dt>Handle</dt>
      <dd>@{seen.handle}</dd>
      <dt>Id</dt>
      <dd>
        <code>{seen.iri}</code>
      </dd>
      <dt>Software</dt>
      <dd>{seen.software === "" ? "It does not say." : software}</dd>
      <dt>Followers</dt>
      <dd>{seen.followers === null ? "It does not say." : seen.followers}</dd>
      <dt>Can be moved</dt>
      <dd>{canIt(rule)}</dd>
    </dl>
  );
}

/** In a sentence. */
export function canIt(rule: MoveRule): string {
  const said = {
    yes: "Yes.",
    once: "Yes, once.",
    later: "Not today.",
    no: "No.",
    unknown: "We do not know.",
  }[rule.can];
  const cooldown = rule.cooldownDays === null ? null : `Not again within ${rule.cooldownDays} days.`;
  return [said, cooldown, rule.note].filter((part) => part !== null).join(" ");
}

function Cautions({ account, self }: { account: SeenAccount; self: string }) {
  const { seen, blocked } = account;
  return (
    <>
      {seen.movedTo !== null && (
        <p class={seen.movedTo === self ? "note" : "problem"}>
          {seen.movedTo === self
            ? "It says already that it has moved here."
            : `It says that it has moved to ${seen.movedTo}. Take that redirect away there first: an account that has moved sends nobody anywhere else.`}
        </p>
      )}
      {blocked && (
        <p class="problem">
          You block its server: followers who live there could not come. Lift that under{" "}
          <a href="/blocked">Blocked</a>.
        </p>
      )}
    </>
  );
}

async function removePage(c: Context<WebEnv>, account: string, { status = 200, problem }: Refused) {
  const { ctx } = c.var;
  const asks = await asksPassword(c);
  return page({
    title: "Remove an old account",
    status,
    owner: { ctx, path: OWNER_PATH },
    body: (
      <>
        <h1>Remove an old account</h1>
        <p>
          Your profile here will no longer say that <code>{account}</code> is yours. Followers who are still
          on their way from there are no longer sent on to you.
        </p>
        <form method="post" action="/move/point/remove" class="card">
          <Problem text={problem ?? null} />
          <input type="hidden" name="account" value={account} />
          <PasswordField asks={asks} />
          <button class="danger">Remove it</button>
        </form>
        <p>
          <a href="/move">Keep it</a>
        </p>
      </>
    ),
  });
}
