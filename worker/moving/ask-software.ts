/** Step: asks each server of the list once what software it runs, a few at a time. Who does not say is not asked again. */
import type { Ctx } from "../kernel/ctx.ts";
import { nodeInfo } from "../peers/nodeinfo.ts";
import { runBatch } from "../store/batch.ts";
import {
  anyExpectedHost,
  dropMarks,
  hostsToAsk,
  readMark,
  setSoftware,
  writeMark,
} from "../store/expected.ts";
import type { Stepped } from "./step.ts";

/** Servers in one round, for each signature it might make: 5 on Free, so that redirects of all of them fit in what an invocation may fetch. */
const ROUND = 1;
const ROUND_MAX = 30;

/** The last server asked; null: all have been. */
interface AskedThrough {
  readonly host: string | null;
}

/** 2 fetches a server, unsigned, and 3 D1 calls; 1 row a server and 1. With nothing to do it reads 2 rows. */
export async function askSoftware(ctx: Ctx): Promise<Stepped> {
  const { db } = ctx;
  const [any, [mark]] = await db.batch([anyExpectedHost(db), readMark(db, "expected/software")]);
  const through: AskedThrough = mark ? (JSON.parse(mark.body) as AskedThrough) : { host: "" };
  if (any.length === 0 || through.host === null) return { idle: true, next: null };
  const hosts = await hostsToAsk(db, through.host, Math.min(ROUND * ctx.settings.signatures, ROUND_MAX));
  const found = await Promise.all(
    hosts.map(async ({ host }) => ({ host, software: await softwareAt(ctx, host) })),
  );
  const asked: AskedThrough = { host: hosts.at(-1)?.host ?? null };
  await runBatch(db, [
    setSoftware(db, found),
    writeMark(db, "expected/software", asked, ctx.clock()),
    ...(asked.host === null ? dropMarks(db, ["expected/ledger"]) : []),
  ]);
  return { idle: false, next: null };
}

/** Names that are private are there for trying out federation on one machine, with and without TLS. */
async function softwareAt(ctx: Ctx, host: string): Promise<string> {
  const { privateHosts } = ctx.door;
  const isPrivate = privateHosts.has(host) || privateHosts.has(host.replace(/:\d+$/, ""));
  const info = await nodeInfo(ctx, `https://${host}`);
  if (info.answered || !isPrivate) return info.name;
  return (await nodeInfo(ctx, `http://${host}`)).name;
}
