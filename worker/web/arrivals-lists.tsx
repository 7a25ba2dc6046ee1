/** The ledger's lists: what waits, what failed, and the servers and their software. */
import type { Ledger } from "../moving/ledger.ts";
import type { Failure, HostLine, Line, SoftwareLine } from "../moving/ledger-snapshot.ts";
import { number, servers } from "./move-parts.tsx";

/** Servers with waiting mail that are named. */
export const WAITING_SHOWN = 20;

export function Waiting({ ledger: { waiting } }: { ledger: Ledger }) {
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

export function Failures({ failures }: { failures: readonly Failure[] }) {
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

export function Hosts({ ledger: { snapshot } }: { ledger: Ledger }) {
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

export function BySoftware({ lines }: { lines: readonly SoftwareLine[] }) {
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
