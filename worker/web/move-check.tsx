/** Whether Move may be pressed: the check, its outcome, and where to press. */
import { Hono } from "hono";
import type { Context } from "hono";

import { STAYS_BEHIND } from "../moving/instructions.ts";
import type { Check } from "../moving/checks.ts";
import { preflight, type AccountReport, type Report } from "../moving/preflight.ts";
import { startProbe } from "../moving/probe.ts";
import { answer, json, obeyed, wantsJson } from "./answer.ts";
import { page, type View } from "./layout.tsx";
import { Act } from "./parts.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** While the probe is on its way, the page asks again after so many seconds. */
const AGAIN = "3";

export const moveCheckPages = new Hono<WebEnv>();

moveCheckPages.get("/move/check", ownerOnly, async (c) => {
  const state = await preflight(c.var.ctx);
  switch (state.kind) {
    case "none":
      return answer(c, { state: "none" }, () => startPage(c));
    case "running":
      return answer(c, { state: "running", since: state.since }, () => runningPage(c));
    case "done":
      return answer(c, { state: "done", ...state.report, staysBehind: STAYS_BEHIND }, () =>
        donePage(c, state.report),
      );
  }
});

moveCheckPages.post("/move/check", ownerOnly, async (c) => {
  const { ctx } = c.var;
  if (ctx.stead.dataKey === null) {
    const problem = "Without its secret this stead signs nothing, so nothing can be tried.";
    const cure = "Put the INSTANCE_SECRET back that it was claimed with.";
    return wantsJson(c) ? json({ error: `${problem} ${cure}` }, 503) : problemPage(503, problem, cure);
  }
  await startProbe(ctx);
  return obeyed(c, "/move/check", { state: "running" });
});

function shell(c: Context<WebEnv>, title: string, body: View["body"], head?: View["head"]): Response {
  const owner = { ctx: c.var.ctx, path: "/move" };
  return page({ title, owner, body, ...(head === undefined ? {} : { head }) });
}

function startPage(c: Context<WebEnv>): Response {
  return shell(
    c,
    "Is everything ready?",
    <>
      <h1>Is everything ready?</h1>
      <p>
        The servers of your followers will look at this stead in the moment you press Move, and most of them
        look once. This looks first, from outside and as they do. A follower of our own follows you, is let
        in, gets its answer and leaves again; it takes some seconds, and nothing of it stays.
      </p>
      <Act to="/move/check" label="Start the check" />
      <StaysBehind />
    </>,
  );
}

function runningPage(c: Context<WebEnv>): Response {
  return shell(
    c,
    "Checking",
    <>
      <h1>Checking</h1>
      <p role="status">
        A follower of our own is at the door. This page comes again by itself; a minute is the longest it
        waits.
      </p>
      <p>
        <a href="/move/check">Look now</a>
      </p>
    </>,
    <meta http-equiv="refresh" content={AGAIN} />,
  );
}

function donePage(c: Context<WebEnv>, report: Report): Response {
  const title = report.press
    ? "Press Move now"
    : report.accounts.some(({ verdict }) => verdict === "pressed")
      ? "Move was pressed"
      : "Wait";
  const wrong = report.checks.filter(({ result }) => result !== "ok");
  return shell(
    c,
    title,
    <>
      <h1>{title}</h1>
      {report.press && (
        <p class="note" role="status">
          Everything that depends on this stead is ready. Press it where it says so below.
        </p>
      )}
      {wrong.length > 0 && (
        <div class="problem" role="status">
          <p>Wait with pressing Move, because:</p>
          <ul>
            {wrong.map((one) => (
              <Wrong check={one} />
            ))}
          </ul>
        </div>
      )}
      {report.accounts.map((account) => (
        <Account account={account} />
      ))}
      <h2>What was looked at</h2>
      <Checks checks={report.checks} />
      <p class="small soft">
        These requests went out from Cloudflare and came in through your own front door. A rule that lets
        Cloudflare's own network pass and holds others up would not show here: if you made such rules, switch
        them off for the time of the move.
      </p>
      <Act to="/move/check" label="Check again" />
      <StaysBehind />
    </>,
  );
}

function Account({ account }: { account: AccountReport }) {
  const { handle, verdict, checks, instructions } = account;
  const wrong = checks.filter(({ result }) => result !== "ok");
  const heading = {
    press: `@${handle}: press Move now`,
    pressed: `@${handle}: Move was pressed`,
    wait: `@${handle}: wait`,
  }[verdict];
  return (
    <section class="card">
      <h2>{heading}</h2>
      {wrong.length > 0 && (
        <ul>
          {wrong.map((one) => (
            <Wrong check={one} />
          ))}
        </ul>
      )}
      {verdict === "pressed" ? (
        <p>
          <a href="/move/arrivals">Watch them arrive</a>.
        </p>
      ) : (
        <>
          <p>{verdict === "press" ? "There:" : "When it is time, there:"}</p>
          <ol>
            {instructions.steps.map((step) => (
              <li>{step}</li>
            ))}
          </ol>
        </>
      )}
      {verdict !== "pressed" && instructions.page !== null && (
        <p>
          <a href={instructions.page} rel="noopener noreferrer">
            {instructions.page}
          </a>
        </p>
      )}
      <details>
        <summary>What was looked at</summary>
        <Checks checks={checks} />
      </details>
    </section>
  );
}

function Wrong({ check }: { check: Check }) {
  return (
    <li>
      {check.saw} {check.cure}
    </li>
  );
}

const SIGN = { ok: "Yes", wait: "Wait", fail: "No" } as const;

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <ul class="list checks">
      {checks.map(({ name, result, saw, by, cure }) => (
        <li class={result}>
          <strong>{SIGN[result]}:</strong> {name}
          <br />
          <span class="small">
            {saw} {cure}
          </span>
          <br />
          <span class="soft small">Looked at by {by}</span>
        </li>
      ))}
    </ul>
  );
}

function StaysBehind() {
  return (
    <>
      <h2>What does not come along</h2>
      <ul>
        {STAYS_BEHIND.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
