/** The ledger of a move: who of the list came, who did not, and why. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";

import { isLively, readLedger, type Ledger } from "../moving/ledger.ts";
import type { Failure, HostLine, Line, SoftwareLine } from "../moving/ledger-snapshot.ts";
import { missingCsv } from "../moving/missing.ts";
import { answer } from "./answer.ts";
import { page } from "./layout.tsx";
import { number, Refresh, refreshing, servers } from "./move-parts.tsx";
import { When } from "./parts.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** Seconds: while people arrive, and else. */
const LIVELY = 15;
const QUIET = 120;
/** Servers with waiting mail that are named. */
const WAITING_SHOWN = 20;

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
  const { totals, at, counted: _, rowsRead: _r, ...rest } = snapshot;
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
          <a href="/move/arrivals/missing.csv">who they are</a> (CSV)
        </>
      )}
    </>
  );
}

function Waiting({ ledger: { waiting } }: { ledger: Ledger }) {
  if (waiting.length === 0) return null;
  const shown = waiting.slice(0, WAITING_SHOWN);
  const rest = waiting.length - shown.length;
  return (
    <>
      <h2>Received, not verified yet</h2>
      <p class="soft">
        Nothing of it is lost: each sender's key is asked for, for three days, and then it counts from when it
        came.
      </p>
      <ul class="list">
        {shown.map(({ host, mails, problem }) => (
          <li>
            <span class="name">{host}</span> {number(mails)}
            {problem !== null && <span class="soft small">{`, ${problem}`}</span>}
          </li>
        ))}
      </ul>
      {rest > 0 && <p class="soft">{`And ${servers(rest)} more.`}</p>}
    </>
  );
}

const FAILED: Readonly<Record<`${Failure["what"]} ${Failure["state"]}`, string>> = {
  "accept again": "your Accept is tried again",
  "accept given-up": "your Accept was given up",
  "follow again": "their Follow is being verified",
  "follow given-up": "their Follow could not be verified",
};

function Failures({ failures }: { failures: readonly Failure[] }) {
  if (failures.length === 0) return null;
  return (
    <>
      <h2>What failed</h2>
      <ul class="list">
        {failures.map(({ host, what, state, detail, people }) => (
          <li>
            <span class="name">{host}</span> {`${number(people)}: ${FAILED[`${what} ${state}`]}`}
            <span class="soft small">{` (${detail})`}</span>
          </li>
        ))}
      </ul>
      <p>
        <a href="/deliveries">Send again what was given up</a>
      </p>
    </>
  );
}

function Hosts({ ledger: { snapshot } }: { ledger: Ledger }) {
  const { hosts, hostCount, listed } = snapshot;
  if (hosts.length === 0) return null;
  return (
    <>
      <h2>By server</h2>
      {hostCount > hosts.length && (
        <p class="soft">
          {`${hosts.length} of ${number(hostCount)}, those with most ${listed ? "missing" : "people"} first.`}
        </p>
      )}
      <ul class="list">
        {hosts.map((line) => (
          <li>
            <span class="name">{line.host}</span>{" "}
            {listed ? <Counts line={line} /> : `${number(line.here)} here`}
            <About line={line} />
          </li>
        ))}
      </ul>
    </>
  );
}

function About({ line: { software, problem } }: { line: HostLine }) {
  const said = [software, problem].filter((text) => text !== null && text !== "");
  return said.length === 0 ? null : <span class="soft small">{` (${said.join("; ")})`}</span>;
}

function Counts({ line }: { line: Line }) {
  const { expected, here, asking, gone, missing, told } = line;
  const more = [
    here > told && `${number(told)} have their Accept`,
    asking > 0 && `${number(asking)} wait for you`,
    gone > 0 && `${number(gone)} left again`,
    missing > 0 && `${number(missing)} missing`,
  ].filter((text) => text !== false);
  return <>{[`${number(here)} of ${number(expected)} here`, ...more].join(", ")}</>;
}

function BySoftware({ lines }: { lines: readonly SoftwareLine[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h2>By software</h2>
      <ul class="list">
        {lines.map((line) => (
          <li>
            <span class="name">{line.software || "not known"}</span> <Counts line={line} />
            <span class="soft small">{` (${servers(line.hosts)})`}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
