/** What did not get through: posts whose time has come, servers that fail now, deliveries given up, mail that could not be verified. */
import { Hono } from "hono";
import type { Context } from "hono";

import type { FailingHost } from "../kernel/ctx.ts";
import { resend } from "../owner/resend.ts";
import { newestDeadLetters, type DeadLetter } from "../store/fanouts.ts";
import { newestUnverified } from "../store/notices.ts";
import { unpublished } from "../store/scheduled.ts";
import { Problem } from "./form.tsx";
import { page } from "./layout.tsx";
import { Act, idIn, When } from "./parts.tsx";
import { Unpublished } from "./unpublished.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const SHOWN = 100;

export const deliveryPages = new Hono<WebEnv>();

deliveryPages.get("/deliveries", ownerOnly, (c) => deliveriesPage(c));

deliveryPages.post("/deliveries/:id/resend", ownerOnly, async (c) => {
  const id = idIn(c.req.param("id"));
  const resent = id === null ? "missing" : await resend(c.var.ctx, id);
  switch (resent) {
    case "resent":
      return seeOther("/deliveries?resent");
    case "missing":
      return deliveriesPage(c, 404, "This delivery is no longer here: it was sent again already.");
    case "lost":
      return deliveriesPage(
        c,
        410,
        "What was to be delivered is kept no longer, so it can not be sent again.",
      );
  }
});

async function deliveriesPage(c: Context<WebEnv>, status = 200, problem: string | null = null) {
  const { ctx } = c.var;
  const failing = ctx.ports.redelivery.failing();
  const [letters, unverified, late] = await ctx.db.batch([
    newestDeadLetters(ctx.db, SHOWN),
    newestUnverified(ctx.db, SHOWN),
    unpublished(ctx.db, SHOWN),
  ]);
  return page({
    title: "Deliveries",
    status,
    owner: { ctx, path: "/deliveries" },
    body: (
      <>
        <h1>Deliveries</h1>
        <Problem text={problem} />
        {c.req.query("resent") !== undefined && problem === null && (
          <p class="note" role="status">
            On its way again, for another seven days.
          </p>
        )}
        {late.length > 0 && <Unpublished posts={late} />}
        <Failing hosts={await failing} />
        <GivenUp letters={letters} />
        <h2>Not verified</h2>
        <p class="soft">
          These wrote to you, but their server did not answer for three days when it was asked for their key,
          so what they sent was not taken.
        </p>
        {unverified.length === 0 && <p>None.</p>}
        <ul class="list">
          {unverified.map(({ actor, activity, detail, receivedAt }) => (
            <li>
              <span class="name">{actor}</span>
              <br />
              <span class="soft small">
                {activity}, <When at={receivedAt} />: {detail}
              </span>
            </li>
          ))}
        </ul>
      </>
    ),
  });
}

function Failing({ hosts }: { hosts: readonly FailingHost[] }) {
  return (
    <>
      <h2>Servers that do not answer</h2>
      <p class="soft">
        They are tried again for seven days, ever more rarely; the others do not wait for them.
      </p>
      {hosts.length === 0 && <p>None: every server takes what you send.</p>}
      <ul class="list">
        {hosts.map(({ host, failures, since, nextAt, detail, waiting }) => (
          <li>
            <span class="name">{host}</span>{" "}
            {waiting === 1 ? "1 delivery waits" : `${waiting} deliveries wait`}
            <br />
            <span class="soft small">
              {detail}; {failures === 1 ? "1 failure" : `${failures} failures`} since <When at={since} />,
              next try <When at={nextAt} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const REASONS: Readonly<Record<DeadLetter["reason"], string>> = {
  refused: "refused",
  gone: "the inbox is gone",
  expired: "no answer for seven days",
};

/** By stream; any other is an activity to followers or to people named in it. */
const WHAT: Readonly<Record<string, string>> = {
  accepts: "the answer to a Follow",
  rescues: "an answer to a Follow that never came, for somebody of your old account's followers",
  queue: "a message of the queue; what it was for is handed out again",
};

function GivenUp({ letters }: { letters: readonly DeadLetter[] }) {
  return (
    <>
      <h2>Given up</h2>
      {letters.length === 0 && <p>None.</p>}
      <ul class="list">
        {letters.map(({ id, stream, inbox, reason, detail, attempts, firstAt, lastAt }) => (
          <li class="person">
            <div class="who">
              <span class="name">{inbox}</span>
              <br />
              <span class="soft small">
                {WHAT[stream] ?? "a post, or a change of yours"}, {REASONS[reason]}: {detail};{" "}
                {attempts === 1 ? "1 try" : `${attempts} tries`} from <When at={firstAt} /> to{" "}
                <When at={lastAt} />
              </span>
            </div>
            <div class="acts">
              <Act to={`/deliveries/${id}/resend`} label="Send again" of={`to ${inbox}`} />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
