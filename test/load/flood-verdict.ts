/** What a flood brought, and whether that may be. */
import type { FloodOptions } from "./flood-options.ts";

export interface FloodResult {
  readonly followers: number;
  readonly hosts: number;
  /** From the first request to the last Accept. */
  readonly seconds: number;
  /** Accepts verified, by the seconds in which the stead was up. */
  readonly followsPerSecond: number;
  /** People who follow, and are not in the table under their newest Follow or have no Accept of it. */
  readonly lost: number;
  /** People in the table who do not follow. */
  readonly ghosts: number;
  /** People who are in the table twice, and Follows with several Accepts that are not the same. */
  readonly doubles: number;
  readonly rowsWritten: number;
  readonly objectRowsWritten: number;
  /** Written, read and deleted: three for each message. */
  readonly queueOps: number;
  /** Of the Worker and of Durable Objects. */
  readonly requests: number;
  readonly cpuMsPerFollower: number;
  readonly kills: number;
  readonly seed: number;
}

export interface TableRow {
  readonly iri: string;
  readonly follow_iri: string | null;
}

export interface Compared {
  readonly lost: string[];
  readonly ghosts: string[];
  readonly twice: number;
}

/** Holds the table to the model. `uncertain`: people of whom either is right. */
export function compare(
  table: readonly TableRow[],
  model: ReadonlyMap<string, string | null>,
  uncertain: ReadonlySet<string>,
): Compared {
  const rows = new Map(table.map((row) => [row.iri, row.follow_iri]));
  const sure = (iri: string) => !uncertain.has(iri);
  const lost = [...model]
    .filter(([iri, follow]) => sure(iri) && rows.get(iri) !== follow)
    .map(([iri]) => iri);
  const ghosts = [...rows.keys()].filter((iri) => sure(iri) && !model.has(iri));
  return { lost, ghosts, twice: table.length - rows.size };
}

/** What a day of the Free plan has. */
const DAY = { queueOps: 10_000, rowsWritten: 100_000, objectRowsWritten: 100_000, requests: 100_000 };
/** For so many followers a day has to do, for fewer a part of it. */
const FOLLOWERS_A_DAY = 10_000;
/** Below so many, what every kill and every start cost outweighs what the followers do. */
const COUNTED_FROM = 1_000;

/** What is wrong with the numbers, in words. */
export function overFloodBudget(result: FloodResult, { plan }: FloodOptions): string[] {
  const complaints: string[] = [];
  const under = (what: string, value: number, bound: number) => {
    if (value >= bound) complaints.push(`${what}: ${value}, and it must be less than ${bound}`);
  };
  under("lost", result.lost, 1);
  under("ghosts", result.ghosts, 1);
  under("doubles", result.doubles, 1);
  if (plan !== "free" || result.followers > FOLLOWERS_A_DAY) return complaints;
  const part = Math.max(result.followers, COUNTED_FROM) / FOLLOWERS_A_DAY;
  for (const [what, bound] of Object.entries(DAY) as [keyof typeof DAY, number][])
    under(what, result[what], Math.ceil(bound * part));
  return complaints;
}
