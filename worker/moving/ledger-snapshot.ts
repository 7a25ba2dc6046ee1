/** What the ledger counts row by row, added up for a page: pure. */
import type { UnixMs } from "../kernel/brand.ts";
import type { LogState } from "../kernel/ctx.ts";
import type { HostRow } from "../store/ledger.ts";

/** Servers a page lists. The numbers are of all. */
const HOSTS_SHOWN = 50;
const SOFTWARE_SHOWN = 30;
const FAILURES_SHOWN = 50;

export interface Line {
  readonly expected: number;
  /** Follow now. */
  readonly here: number;
  /** Wait for the owner. */
  readonly asking: number;
  /** Came, and left again. */
  readonly gone: number;
  readonly missing: number;
  /** Follow, and have had their Accept. */
  readonly told: number;
  /** Are missing, and had a rescue Accept. */
  readonly rescued: number;
}

export interface HostLine extends Line {
  readonly host: string;
  readonly software: string | null;
  readonly problem: string | null;
}

export interface SoftwareLine extends Line {
  /** "": it does not say, or was not asked yet. */
  readonly software: string;
  readonly hosts: number;
}

/** Something that went wrong at one server, and for how many people there. */
export interface Failure {
  readonly host: string;
  readonly what: "accept" | "follow";
  /** `again`: it is tried again. */
  readonly state: "again" | "given-up";
  readonly detail: string;
  readonly people: number;
}

export interface Snapshot {
  readonly at: UnixMs;
  /** The counters as they were. */
  readonly counted: string;
  /** What it cost to make. */
  readonly rowsRead: number;
  /** What it and those before it have cost on this day (UTC). */
  readonly rowsToday: number;
  /** Whether there is a list; without one the lines know only who is here. */
  readonly listed: boolean;
  readonly totals: Line;
  /** All that wait for the owner, in the list or not. */
  readonly asking: number;
  readonly hostCount: number;
  readonly hosts: readonly HostLine[];
  readonly software: readonly SoftwareLine[];
  readonly failures: readonly Failure[];
}

export interface Counted {
  readonly at: UnixMs;
  readonly counted: string;
  readonly listed: boolean;
  readonly rowsRead: number;
  readonly rowsToday: number;
  readonly asking: number;
  readonly hosts: readonly HostRow[];
  readonly arrivals: readonly { host: string; here: number }[];
  readonly givenUp: readonly { inbox: string; reason: string; detail: string }[];
  readonly unverified: readonly { actor: string; detail: string }[];
  readonly due: LogState["due"];
}

const NOTHING: Line = { expected: 0, here: 0, asking: 0, gone: 0, missing: 0, told: 0, rescued: 0 };

export function snapshotOf(counted: Counted): Snapshot {
  const { at, listed, rowsRead, rowsToday, asking } = counted;
  const hosts = listed
    ? counted.hosts.map((row): HostLine => {
        return { ...row, missing: row.expected - row.here - row.asking - row.gone };
      })
    : counted.arrivals.map(({ host, here }): HostLine => {
        return { ...NOTHING, host, here, software: null, problem: null };
      });
  const failures = failuresOf(counted);
  return {
    at,
    counted: counted.counted,
    rowsRead,
    rowsToday,
    listed,
    asking,
    totals: hosts.reduce(sum, NOTHING),
    hostCount: hosts.length,
    hosts: hosts.slice(0, HOSTS_SHOWN),
    software: listed ? bySoftware(hosts) : [],
    failures: failures.slice(0, FAILURES_SHOWN),
  };
}

function sum(left: Line, right: Line): Line {
  return {
    expected: left.expected + right.expected,
    here: left.here + right.here,
    asking: left.asking + right.asking,
    gone: left.gone + right.gone,
    missing: left.missing + right.missing,
    told: left.told + right.told,
    rescued: left.rescued + right.rescued,
  };
}

function bySoftware(hosts: readonly HostLine[]): SoftwareLine[] {
  return [...Map.groupBy(hosts, ({ software }) => software ?? "")]
    .map(([software, lines]) => ({ software, hosts: lines.length, ...lines.reduce(sum, NOTHING) }))
    .toSorted((a, b) => b.expected - a.expected)
    .slice(0, SOFTWARE_SHOWN);
}

/** Alike ones of a server together, most first. */
function failuresOf({ givenUp, unverified, due }: Counted): Failure[] {
  const all: Omit<Failure, "people">[] = [
    ...givenUp.map(({ inbox, detail }) => {
      return { host: hostIn(inbox), what: "accept", state: "given-up", detail } as const;
    }),
    ...unverified.map(({ actor, detail }) => {
      return { host: hostIn(actor), what: "follow", state: "given-up", detail } as const;
    }),
    ...due.map(({ host, detail }) => ({ host, what: "accept", state: "again", detail }) as const),
  ];
  const alike = Map.groupBy(all, ({ host, what, state, detail }) => `${what} ${state} ${host} ${detail}`);
  return [...alike.values()]
    .map((same) => ({ ...same[0]!, people: same.length }))
    .toSorted((a, b) => b.people - a.people);
}

const hostIn = (url: string) => URL.parse(url)?.host ?? "";
