/** How a move in goes, for apps: numbers of people, most missing first where there is a list. */
import type { Line } from "../../moving/ledger-snapshot.ts";
import { isLively, type Ledger } from "../../moving/ledger.ts";
import { timestamp } from "../answers.ts";

/** Servers that are listed of those whose mail waits. */
const WAITING_MAX = 50;

/** `expected`, `missing` and what else comes from the list of old followers are null when there is no list. */
export function toArrivals(ledger: Ledger) {
  const { window, windowIsOpen, followers, arrived, lastArrivalAt, waiting, accepts, snapshot } = ledger;
  const { listed, totals, at, asking, hostCount, hosts, software, failures } = snapshot;
  return {
    followers_count: followers,
    arrived_count: arrived,
    last_arrival_at: lastArrivalAt === null ? null : timestamp(lastArrivalAt),
    /** More is to be expected: worth asking again soon. */
    lively: isLively(ledger),
    window: window && {
      open: windowIsOpen,
      opened_at: timestamp(window.openedAt),
      closes_at: timestamp(window.closesAt),
      closed_at: window.closedAt === null ? null : timestamp(window.closedAt),
      takes: window.takes,
    },
    unverified: {
      count: waiting.reduce((sum, { mails }) => sum + mails, 0),
      hosts: waiting
        .slice(0, WAITING_MAX)
        .map(({ host, mails, problem }) => ({ host, count: mails, problem })),
    },
    accepts: { delivered_count: accepts.delivered, retrying_count: accepts.due.length },
    requests_count: asking,
    counted_at: timestamp(at),
    totals: listed ? toLine(totals) : null,
    hosts_count: hostCount,
    hosts: hosts.map((line) => ({
      host: line.host,
      software: line.software,
      problem: line.problem,
      ...toLine(line),
    })),
    software: software.map((line) => ({ software: line.software, hosts_count: line.hosts, ...toLine(line) })),
    failures: failures.map(({ host, what, state, detail, people }) => ({
      host,
      what,
      given_up: state === "given-up",
      detail,
      count: people,
    })),
  };
}

const toLine = ({ expected, here, asking, gone, missing, told, rescued }: Line) => ({
  expected_count: expected,
  here_count: here,
  requests_count: asking,
  gone_count: gone,
  missing_count: missing,
  accepted_count: told,
  rescued_count: rescued,
});
