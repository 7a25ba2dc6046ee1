/** Moving in, at a glance: the old accounts, the door for their followers, and the way through. */
import { Hono } from "hono";
import type { Context } from "hono";

import { DAY } from "../kernel/clock.ts";
import { moveRule } from "../model/move-rules.ts";
import { close, open, WINDOW_DAYS, WINDOW_DAYS_MAX } from "../moving/window.ts";
import { dropIdentityRequests, identityRequestsOf } from "../store/identity-requests.ts";
import { everyOldAccount, type OldAccount } from "../store/old-accounts.ts";
import { ownerQuery } from "../store/stead.ts";
import { latestWindow, wasOpen, type ArrivalWindow } from "../store/windows.ts";
import { AppRequests } from "./app-requests.tsx";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { canIt } from "./move-point.tsx";
import { Act, When } from "./parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

export const movePages = new Hono<WebEnv>();

movePages.get("/move", ownerOnly, (c) => hub(c, {}));

movePages.post("/move/window", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const days = Number(form.text("days").trim() || WINDOW_DAYS);
  const takes = form.text("takes") === "expected" ? "expected" : "everybody";
  const problem = await open(c.var.ctx, days, takes);
  if (problem === null) return obeyed(c, "/move", { open: true, days, takes });
  return wantsJson(c) ? json({ error: problem }, 422) : hub(c, { problem });
});

movePages.post("/move/window/close", ownerOnly, async (c) => {
  const closed = await close(c.var.ctx);
  return obeyed(c, "/move", { open: false, closed });
});

/** What an app asked for is not wanted. */
movePages.post("/move/requests/refuse", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const account = form.text("account");
  await dropIdentityRequests(c.var.ctx.db, "alias", [account]);
  return obeyed(c, "/move", { refused: account });
});

async function hub(c: Context<WebEnv>, { problem }: { problem?: string }): Promise<Response> {
  const { ctx } = c.var;
  const [[owner], rows, [window], requests] = await ctx.db.batch([
    ownerQuery(ctx.db),
    everyOldAccount(ctx.db),
    latestWindow(ctx.db),
    identityRequestsOf(ctx.db, "alias"),
  ]);
  if (!owner) throw new Error("the stead has a claim in memory and none in the database");
  const now = ctx.clock();
  const accounts = owner.aliases.map((iri) => rows.find((row) => row.iri === iri) ?? bare(iri));
  const standing = wasOpen(window, now) ? window : null;
  const data = { accounts, requests, window: standing, locked: owner.locked };
  return answer(c, data, () =>
    page({
      title: "Move in",
      status: problem === undefined ? 200 : 422,
      owner: { ctx, path: "/move" },
      body: (
        <>
          <h1>Move in</h1>
          {accounts
            .filter((row) => now - row.addedAt < DAY)
            .map((row) => (
              <p class="note" role="status">
                {`${nameOf(row)} was added as an alias on `}
                <When at={row.addedAt} />
                {`. If that was not you, remove it and `}
                <a href="/recover">set a new password</a>.
              </p>
            ))}
          <Problem text={problem ?? null} />
          <AppRequests
            requests={requests}
            says={(account) =>
              `to point ${account} here. Whoever controls that account could then send its followers to you, and nothing else.`
            }
            look={{ action: "/move/point", field: "account" }}
            refuse="/move/requests/refuse"
          />
          <Accounts accounts={accounts} />
          <Door window={standing} locked={owner.locked} />
          <h2>The way in</h2>
          <ol>
            <li>
              <a href="/move/list">Read the list of your old followers</a>, so that you can see who is
              missing.
            </li>
            <li>
              <a href="/move/check">Check that everything is ready</a>, and be told when to press Move.
            </li>
            <li>
              <a href="/move/arrivals">Watch them arrive</a>.
            </li>
            <li>
              <a href="/move/repair">Look after those who did not come</a>.
            </li>
          </ol>
          <p class="small">
            Leaving? <a href="/move/out">Move out</a>, and take your followers along.
          </p>
        </>
      ),
    }),
  );
}

/** An alias that was never looked at. */
function bare(iri: OldAccount["iri"]): OldAccount {
  const never = 0 as OldAccount["addedAt"];
  const unknown = { handle: "", software: "", version: "", followers: null, movedTo: null };
  return { iri, ...unknown, addedAt: never, checkedAt: never };
}

const nameOf = (row: OldAccount) => (row.handle.includes("@") ? `@${row.handle}` : row.iri);

function abilityOf({ software, version }: OldAccount): string {
  const rule = moveRule(software, version);
  return `${`${rule.name} ${version}`.trim()}. Can it be moved? ${canIt(rule)}`;
}

function Accounts({ accounts }: { accounts: readonly OldAccount[] }) {
  return (
    <>
      <h2>Your old accounts</h2>
      {accounts.length === 0 && <p class="soft">None points here yet.</p>}
      <ul class="list">
        {accounts.map((row) => (
          <li class="person">
            <div class="who">
              <span class="name">{nameOf(row)}</span>
              <br />
              <span class="soft small">{row.iri}</span>
              <p class="small">
                {row.checkedAt > 0 && abilityOf(row)}
                {row.followers !== null && ` ${row.followers} followers when last looked at.`}
              </p>
            </div>
            <div class="acts">
              <a class="button quiet" href={`/move/point/remove?account=${encodeURIComponent(row.iri)}`}>
                Remove<span class="vh"> {nameOf(row)}</span>
              </a>
            </div>
          </li>
        ))}
      </ul>
      <p>
        <a class="button" href="/move/point">
          Point an old account here
        </a>
      </p>
    </>
  );
}

function Door({ window, locked }: { window: ArrivalWindow | null; locked: boolean }) {
  const takes = window?.takes ?? "everybody";
  return (
    <>
      <h2>The door</h2>
      {window === null && locked && (
        <p>
          Everyone who wants to follow you has to ask first. Open the door for the time of the move, or
          thousands of requests will wait for you, and old followers look as if they had not been let in.
        </p>
      )}
      {window === null && !locked && (
        <p>
          It is open: nobody needs your approval. Open it for the move all the same: who arrives in that time
          is counted, has your answer sent once more in case it was lost, and is looked after in the days
          after.
        </p>
      )}
      {window !== null && (
        <p class="note">
          {window.takes === "everybody"
            ? "Open: nobody needs your approval until "
            : "Open for those on the list of your old followers, until "}
          <When at={window.closesAt} />.
        </p>
      )}
      <form method="post" action="/move/window" class="card">
        <fieldset>
          <legend>Who comes in without asking</legend>
          <label class="check">
            <input type="radio" name="takes" value="everybody" checked={takes === "everybody"} />
            Everybody
          </label>
          <label class="check">
            <input type="radio" name="takes" value="expected" checked={takes === "expected"} />
            Only those on the list of my old followers
          </label>
        </fieldset>
        <div class="field">
          <label for="days">Days from now</label>
          <input
            id="days"
            name="days"
            type="number"
            min="1"
            max={WINDOW_DAYS_MAX}
            value={String(WINDOW_DAYS)}
          />
        </div>
        <button>{window === null ? "Open the door" : "Change it"}</button>
      </form>
      {window !== null && <Act to="/move/window/close" label="Close the door" />}
    </>
  );
}
