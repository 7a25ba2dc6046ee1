/** Servers the owner wants nothing from, and what is told of servers and of how busy this one is. */
import type { UnixMs } from "../../kernel/brand.ts";
import { DAY } from "../../kernel/clock.ts";
import { blockHost, unblockHost } from "../../owner/blocks.ts";
import { hostName } from "../../owner/domains.ts";
import { blockedHostsAfter, knownHosts, postsInWeeks } from "../../store/hosts.ts";
import { everyHostBlock } from "../../store/notices.ts";
import { json, refused } from "../answers.ts";
import { linkHeader } from "../links.ts";
import type { Call, GrantedCall, OpenCall } from "../router.ts";

/** As Mastodon: 100 servers unless told, 200 at most. */
const LIMIT = { min: 1, max: 200, otherwise: 100 };

/** In the order of their names, which pages go by. 1 D1 call. */
export async function domainBlocks({ ctx, params, url }: GrantedCall): Promise<Response> {
  const limit = params.number("limit", LIMIT);
  const rows = await blockedHostsAfter(ctx.db, params.raw("max_id"), limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const more = rows.length === limit;
  const shown = first && last ? { first: first.host, last: last.host, more } : null;
  return json(
    rows.map(({ host }) => host),
    200,
    linkHeader(ctx, url, shown),
  );
}

/** Nothing is taken from it any more. Who follows from there stays, until they are removed. */
export async function blockDomain({ ctx, params }: GrantedCall): Promise<Response> {
  const problem = await blockHost(ctx, params.raw("domain"));
  return problem === null ? json({}) : refused({ kind: "invalid", problem });
}

export async function unblockDomain({ ctx, params }: GrantedCall): Promise<Response> {
  const host = hostName(params.raw("domain"));
  if (host === null) return refused({ kind: "invalid", problem: "Domain is no server" });
  await unblockHost(ctx, host);
  return json({});
}

/** GET /api/v1/instance/domain_blocks. Whom the owner keeps out is theirs to know: others are answered as where it is not told. */
export async function instanceDomainBlocks({ ctx, byOwner }: OpenCall): Promise<Response> {
  if (!byOwner) return refused({ kind: "not-found" });
  const rows = await everyHostBlock(ctx.db);
  return json(
    await Promise.all(
      rows.map(async ({ host }) => ({
        domain: host,
        digest: await digestOf(host),
        severity: "suspend",
        comment: null,
      })),
    ),
  );
}

async function digestOf(host: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(host));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** GET /api/v1/instance/peers. With whom the owner has to do is theirs to know too. */
export async function instancePeers({ ctx, byOwner }: OpenCall): Promise<Response> {
  return byOwner ? json(await knownHosts(ctx.db)) : refused({ kind: "not-found" });
}

const WEEKS = 12;
/** Unix time began on a Thursday; weeks begin on Mondays. */
const MONDAY = 4 * DAY;

/** GET /api/v1/instance/activity: of each week how much was said to everybody. Whoever says something was here. 1 D1 call. */
export async function instanceActivity({ ctx }: Call): Promise<Response> {
  const now = ctx.clock();
  const week = now - ((now - MONDAY) % (7 * DAY));
  const starts = Array.from({ length: WEEKS }, (_, n) => (week - n * 7 * DAY) as UnixMs);
  const counts = await postsInWeeks(ctx.db, starts);
  return json(
    starts.map((start, n) => ({
      week: String(start / 1_000),
      statuses: String(counts[n]),
      logins: counts[n] === 0 ? "0" : "1",
      registrations: "0",
    })),
  );
}
