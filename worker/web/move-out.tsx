/** Moving out: where to, whether it is ready for that, and the way back. */
import { Hono } from "hono";
import type { Context } from "hono";

import { checkDestination, moveBack, moveOut } from "../moving/move-out.ts";
import { dropIdentityRequests, identityRequestsOf } from "../store/identity-requests.ts";
import { loadOwner } from "../store/stead.ts";
import { AppRequests } from "./app-requests.tsx";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { asksPassword, PasswordField, unconfirmed } from "./confirm.tsx";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { When } from "./parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

const PATH = "/move/out";
const TO_MAX = 500;

export const moveOutPages = new Hono<WebEnv>();

/** With `to`: the account that an app asks to move to. */
moveOutPages.get(PATH, ownerOnly, (c) => show(c, { to: (c.req.query("to") ?? "").slice(0, TO_MAX) }));

/** What an app asked for is not wanted. */
moveOutPages.post(`${PATH}/requests/refuse`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account");
  await dropIdentityRequests(c.var.ctx.db, "move", [account]);
  return obeyed(c, PATH, { refused: account });
});

/** Looks only, and says what is missing. */
moveOutPages.post(`${PATH}/check`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const to = form.text("to").trim();
  const destination = await checkDestination(c.var.ctx, to);
  if (destination.kind === "not-ready") return notReady(c, to, destination);
  return answer(c, { ready: destination.actor }, () => show(c, { to, ready: destination.handle }));
});

moveOutPages.post(PATH, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const to = form.text("to").trim();
  const wrong = await unconfirmed(c, form);
  if (wrong) return wantsJson(c) ? json({ error: wrong.problem }, wrong.status) : show(c, { to, ...wrong });
  const moved = await moveOut(c.var.ctx, to);
  if (moved.kind === "moved") await dropIdentityRequests(c.var.ctx.db, "move", null);
  return moved.kind === "moved" ? obeyed(c, PATH, { movedTo: moved.to }) : notReady(c, to, moved);
});

moveOutPages.post(`${PATH}/back`, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const wrong = await unconfirmed(c, form);
  if (wrong) return wantsJson(c) ? json({ error: wrong.problem }, wrong.status) : show(c, wrong);
  return obeyed(c, PATH, { movedBack: await moveBack(c.var.ctx) });
});

function notReady(c: Context<WebEnv>, to: string, { problem, cure }: { problem: string; cure: string }) {
  if (wantsJson(c)) return json({ error: problem, cure }, 422);
  return show(c, { to, status: 422, problem: `${problem} ${cure}` });
}

interface Shown {
  readonly to?: string;
  readonly status?: number;
  readonly problem?: string;
  /** Handle of the new account, found to be ready. */
  readonly ready?: string;
}

async function show(c: Context<WebEnv>, shown: Shown): Promise<Response> {
  const { ctx } = c.var;
  const { movedTo, movedAt } = await loadOwner(ctx);
  const requests = movedTo === null ? await identityRequestsOf(ctx.db, "move") : [];
  const asks = await asksPassword(c);
  return answer(c, { movedTo, movedAt, requests }, () =>
    page({
      title: "Move out",
      status: shown.status ?? 200,
      owner: { ctx, path: "/move" },
      body: (
        <>
          <h1>Move out</h1>
          {movedTo !== null && movedAt !== null ? (
            <Gone to={movedTo} at={movedAt} asks={asks} problem={shown.problem ?? null} />
          ) : (
            <>
              <AppRequests
                requests={requests}
                says={(account) =>
                  `you to move to ${account}: your followers would be sent there. If you did not ask for that, refuse it.`
                }
                look={{ action: `${PATH}/check`, field: "to" }}
                refuse={`${PATH}/requests/refuse`}
              />
              <Leaving ctx={ctx} shown={shown} asks={asks} />
            </>
          )}
        </>
      ),
    }),
  );
}

function Leaving({ ctx, shown, asks }: { ctx: WebEnv["Variables"]["ctx"]; shown: Shown; asks: boolean }) {
  const { to = "", ready, problem = null } = shown;
  return (
    <>
      <p>
        Your followers' servers are asked to follow your new account instead. First add{" "}
        <strong>{`${ctx.stead.handle}@${ctx.stead.handleDomain}`}</strong> there as an alias of an old
        account: nothing is sent before that is seen. Posts stay here, and so does this address, which goes on
        saying where you are.
      </p>
      {ready !== undefined && (
        <p class="note" role="status">{`@${ready} is ready: it names this account as its alias.`}</p>
      )}
      <form method="post" action={ready === undefined ? `${PATH}/check` : PATH} class="card">
        <Problem text={problem} />
        <Field
          label="Your new account"
          name="to"
          value={to}
          autocomplete="off"
          required
          hint="Its handle, like @user@host, or its address."
        />
        {ready !== undefined && <PasswordField asks={asks} />}
        <button {...(ready === undefined ? {} : { class: "danger" })}>
          {ready === undefined ? "Check it" : "Move my followers there"}
        </button>
      </form>
    </>
  );
}

function Gone(props: {
  to: string;
  at: Parameters<typeof When>[0]["at"];
  asks: boolean;
  problem: string | null;
}) {
  const { to, at, asks, problem } = props;
  return (
    <>
      <p class="note">
        {`You have moved to ${to} on `}
        <When at={at} />. Nobody new is let in here, and posting is off. <a href="/deliveries">Deliveries</a>{" "}
        shows which servers have not been told yet.
      </p>
      <Problem text={problem} />
      <form method="post" action={PATH} class="card">
        <input type="hidden" name="to" value={to} />
        <p>
          Some servers may have missed it. Telling them again is harmless; Mastodon and GoToSocial look at it
          once in seven days, Misskey once in fourteen.
        </p>
        <PasswordField asks={asks} />
        <button>Tell everybody again</button>
      </form>
      <form method="post" action={`${PATH}/back`} class="card">
        <p>
          Take the redirect away and live here again. Who has gone stays gone: to bring them back, the new
          account has to move here.
        </p>
        <PasswordField asks={asks} />
        <button class="quiet">Take the redirect away</button>
      </form>
    </>
  );
}
