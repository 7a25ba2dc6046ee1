/** What a load run is asked for on the command line. */
import { parseArgs } from "node:util";

export interface Options {
  readonly followers: number;
  readonly hosts: number;
  /** So many of them send a Follow and have their key fetched; the rest are written by the store. All get their Accept. */
  readonly follows: number;
  readonly kills: number;
  readonly plan: "free" | "paid";
  readonly seed: number;
  /** Hosts that take 2 s to answer. */
  readonly slow: number;
  /** Hosts that are dead when the post is sent: every other one hangs up, the rest never answer. */
  readonly dead: number;
  /** Queue messages worked on at once; what `max_concurrency` is in production. */
  readonly concurrency: number;
  /** false: after a kill only the object's alarm finds what is owed, no cron. */
  readonly cron: boolean;
}

export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      followers: { type: "string", default: "600" },
      hosts: { type: "string", default: "120" },
      follows: { type: "string", default: "300" },
      kills: { type: "string", default: "2" },
      plan: { type: "string", default: "free" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      slow: { type: "string", default: "0" },
      dead: { type: "string", default: "0" },
      concurrency: { type: "string", default: "10" },
      "no-cron": { type: "boolean", default: false },
    },
  });
  const number = (
    name: "followers" | "hosts" | "follows" | "kills" | "seed" | "slow" | "dead" | "concurrency",
  ): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Error(`--${name} is not a number: ${values[name]}`);
    return value;
  };
  const { plan } = values;
  if (plan !== "free" && plan !== "paid") throw new Error("--plan is free or paid");
  const options: Options = {
    followers: number("followers"),
    hosts: number("hosts"),
    follows: number("follows"),
    kills: number("kills"),
    plan,
    seed: number("seed"),
    slow: number("slow"),
    dead: number("dead"),
    concurrency: number("concurrency"),
    cron: !values["no-cron"],
  };
  if (options.hosts < 1 || options.hosts > options.followers)
    throw new Error("--hosts is at least 1 and at most --followers");
  if (options.slow + options.dead >= options.hosts)
    throw new Error("--slow and --dead leave no host that is well");
  return options;
}
