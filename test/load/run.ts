/**
 * `npm run load`: a stead of its own, followers of hundreds of hosts on loopback, and a process that is killed. Two runs:
 *
 *   npm run load -- --followers 10000 --hosts 1500 --kills 2    one post to everybody (posting.ts, options.ts)
 *   npm run load -- --flood 10000                               everybody follows at once, as a Move brings them (flood.ts, flood-options.ts)
 *
 * The last line is JSON; exit code 1 says that something was lost, or cost too much.
 */
export {};

const floods = process.argv.some((word) => word === "--flood" || word.startsWith("--flood="));
await (floods ? import("./flood.ts") : import("./posting.ts"));
