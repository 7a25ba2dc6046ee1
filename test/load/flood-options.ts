/** What a flood is asked for on the command line. */
import { parseArgs } from "node:util";

export interface FloodOptions {
  readonly followers: number;
  readonly hosts: number;
  readonly kills: number;
  readonly plan: "free" | "paid";
  readonly seed: number;
  /** POSTs under way at a time, of all hosts together. */
  readonly connections: number;
  /** Queue messages worked on at once; what `max_concurrency` is in production. */
  readonly concurrency: number;
  /** So many seconds of a sender's patience go by in one of ours. A restart takes 2 to 8 s, and GoToSocial waits 4 minutes in all. */
  readonly compression: number;
  /** "none": one in ten Follows comes twice, and that is all. "all": what `flood-plan.ts` and `flood-hosts.ts` can think of. */
  readonly mischief: "all" | "none";
}

export function readFloodOptions(argv: readonly string[]): FloodOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      flood: { type: "string", default: "600" },
      hosts: { type: "string", default: "400" },
      kills: { type: "string", default: "5" },
      plan: { type: "string", default: "free" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      connections: { type: "string", default: "16" },
      concurrency: { type: "string", default: "10" },
      compression: { type: "string", default: "10" },
      mischief: { type: "string" },
    },
  });
  const number = (
    name: "flood" | "hosts" | "kills" | "seed" | "connections" | "concurrency" | "compression",
  ): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Error(`--${name} is not a number: ${values[name]}`);
    return value;
  };
  const kills = number("kills");
  const { plan, mischief = kills > 0 ? "all" : "none" } = values;
  if (plan !== "free" && plan !== "paid") throw new Error("--plan is free or paid");
  if (mischief !== "all" && mischief !== "none") throw new Error("--mischief is all or none");
  const options: FloodOptions = {
    followers: number("flood"),
    hosts: number("hosts"),
    kills,
    plan,
    seed: number("seed"),
    connections: number("connections"),
    concurrency: number("concurrency"),
    compression: number("compression"),
    mischief,
  };
  if (options.hosts < 1 || options.hosts > options.followers)
    throw new Error("--hosts is at least 1 and at most --flood");
  if (options.connections < 1) throw new Error("--connections is at least 1");
  if (options.compression < 1) throw new Error("--compression is at least 1");
  return options;
}
