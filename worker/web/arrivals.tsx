/** The ledger of a move: who of the list came, who did not, and why. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";

import { isLively, readLedger, type Ledger } from "../moving/ledger.ts";
import type { Line } from "../moving/ledger-snapshot.ts";
import { missingCsv } from "../moving/missing.ts";
import { answer } from "./answer.ts";
import { BySoftware, Failures, Hosts, Waiting, WAITING_SHOWN } from "./arrivals-lists.tsx";
import { page } from "./layout.tsx";
import { number, Refresh, refreshing } from "./move-parts.tsx";
import { When } from "./parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** Seconds: while people arrive, and else. */
const LIVELY = 15;
const QUIET = 120;

export const arrivalPages = new Hono<WebEnv>();

arrivalPages.get("/move/arrivals", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const ledger = await readLedger(ctx);
  return answer(c, asData(ledger), () => {
    const seconds = isLively(ledger) ? LIVELY : QUIET;
    const on = refreshing(c);
    return page({
      title: titleOf(ledger),
      owner: { ctx, path: "/move" },
      head: on && <meta http-equiv="refresh" content={String(seconds)} />,
      body: (
        <>
          <h1>Who came with you</h1>
          <Summary ledger={ledger} />
          <Refresh path="/move/arrivals" on={on} seconds={seconds} />
          <Numbers ledger={ledger} />
          <Waiting ledger={ledger} />
          <Failures failures={ledger.snapshot.failures} />
          <Hosts ledger={ledger} />
          <BySoftware lines={ledger.snapshot.software} />
          <p class="soft small">
            Servers and software were counted <When at={ledger.snapshot.at} />.
          </p>
        </>
      ),
    });
  });
});

arrivalPages.get("/move/arrivals/missing.csv", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const waiting = await ctx.ports.mailroom.waiting();
  const why = new Map(waiting.map(({ host, problem }) => [host, problem ?? "its turn has not come"]));
  return new Response(missingCsv(ctx, why), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="missing.csv"',
      "cache-control": "private, no-store",
      "x-content-type-options": "nosniff",
    },
  });
});

/** Whole percent, rounded down: 100 only when everybody is here. */
function percent({ here, expected }: Line): number {
  return expected === 0 ? 0 : Math.floor((100 * here) / expected);
}

const mailsIn = (ledger: Ledger) => ledger.waiting.reduce((sum, { mails }) => sum + mails, 0);

function asData(ledger: Ledger) {
  const { snapshot, waiting, accepts, window, ...counters } = ledger;
  const { totals, at, counted: _, rowsRead: _r, rowsToday: _t, ...rest } = snapshot;
  return {
    ...counters,
    window,
    percent: snapshot.listed ? percent(totals) : null,
    waiting: { mails: mailsIn(ledger), hosts: waiting.slice(0, WAITING_SHOWN) },
    acceptsDelivered: accepts.delivered,
    acceptsDue: accepts.due.length,
    ...rest,
    totals,
    countedAt: at,
  };
}

function titleOf({ snapshot, arrived }: Ledger): string {
  const { listed, totals } = snapshot;
  return listed
    ? `${percent(totals)} % came: ${number(totals.here)} of ${number(totals.expected)}`
    : `${number(arrived)} arrived`;
}

function Summary({ ledger }: { ledger: Ledger }) {
  const { snapshot, window, windowIsOpen, arrived } = ledger;
  const { listed, totals } = snapshot;
  return (
    <>
      <p class="note" role="status">
        {listed
          ? `${number(totals.here)} of ${number(totals.expected)} people on the list follow you here: ${percent(totals)} %.`
          : `${number(arrived)} ${arrived === 1 ? "person" : "people"} arrived.`}
      </p>
      {!listed && (
        <p>
          <a href="/move/list">With the list of your old followers</a> you see who is missing too.
        </p>
      )}
      <p class="soft small">
        {window === null ? (
          "No arrival window was opened yet."
        ) : (
          <>
            {"The arrival window was opened "}
            <When at={window.openedAt} />
            {windowIsOpen ? " and closes by itself " : " and closed "}
            <When at={window.closedAt ?? window.closesAt} />.
          </>
        )}
      </p>
    </>
  );
}

function Numbers({ ledger }: { ledger: Ledger }) {
  const { snapshot, accepts, followers, arrived, lastArrivalAt, window } = ledger;
  const { listed, totals, asking } = snapshot;
  const waits = mailsIn(ledger);
  const lines: [string, Child][] = [
    ...(listed ? ([["Expected", number(totals.expected)]] satisfies [string, Child][]) : []),
    ["Received, not verified yet", waits === 0 ? "none" : `${number(waits)}, see below`],
    [window === null ? "Verified, ever" : "Verified, since the window was opened", number(arrived)],
    ["Your followers now", number(followers)],
    ...(asking > 0 ? ([["Wait for you", <Asking count={asking} />]] satisfies [string, Child][]) : []),
    ["Accepts delivered", number(accepts.delivered)],
    ["Accepts tried again", tried(accepts.due.length)],
    ...(listed
      ? ([
          ["Came, and left again", number(totals.gone)],
          ["Still missing", <Missing totals={totals} />],
        ] satisfies [string, Child][])
      : []),
    ["Last arrival", lastArrivalAt === null ? "nobody yet" : <When at={lastArrivalAt} />],
  ];
  return (
    <dl class="fields">
      {lines.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** The outbox names so many at most. */
const TRIED_SHOWN = 500;
const tried = (due: number) =>
  due === 0 ? "none" : due < TRIED_SHOWN ? `${number(due)}, see below` : `${TRIED_SHOWN} or more, see below`;

function Asking({ count }: { count: number }) {
  return (
    <>
      {`${number(count)}: `}
      <a href="/followers">answer them</a>
    </>
  );
}

function Missing({ totals }: { totals: Line }) {
  const { missing, rescued } = totals;
  return (
    <>
      {number(missing)}
      {rescued > 0 && `, ${number(rescued)} of them had a rescue Accept`}
      {missing > 0 && (
        <>
          {": "}
          <a href="/move/arrivals/missing.csv">who they are</a> (CSV), and{" "}
          <a href="/move/repair">what can be done</a>
        </>
      )}
    </>
  );
}
