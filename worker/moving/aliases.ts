/** Pointing old accounts here: what stands in `alsoKnownAs`. Whoever can change it can be moved to, so the face asks for the password. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { PUBLIC } from "../model/audience.ts";
import { places } from "../model/places.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { currentProfile, renderProfile } from "../owner/render.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { dropIdentityRequests } from "../store/identity-requests.ts";
import { dropOldAccount, saveOldAccount } from "../store/old-accounts.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";
import { update } from "../vocab/activities.ts";
import { lookAt, type SeenAccount } from "./old-account.ts";

export type Pointed = { kind: "pointed"; account: SeenAccount } | { kind: "invalid"; problem: string };

/** Mastodon reads 256 of them; nobody has had so many homes. */
const ALIASES_MAX = 20;

/**
 * Looks at the account once more and makes it an alias: owner, old account, documents and the Update to the servers that know us are one
 * transaction. `unseen`: also when its server does not show it. Again: what is known of it is brought up to date. 6 rows.
 */
export async function pointAt(ctx: Ctx, typed: string, unseen: boolean): Promise<Pointed> {
  const looked = await lookAt(ctx, typed);
  if (looked.kind === "invalid") return looked;
  if (looked.kind === "unseen" && !unseen) return { kind: "invalid", problem: looked.problem };
  const { seen } = looked;
  const { aliases } = await loadOwner(ctx);
  const saved = [
    saveOldAccount(ctx.db, { ...seen, addedAt: ctx.clock() }),
    dropIdentityRequests(ctx.db, "alias", namesOf(typed, seen)),
  ];
  if (aliases.includes(seen.iri)) await runBatch(ctx.db, saved);
  else if (aliases.length >= ALIASES_MAX)
    return { kind: "invalid", problem: `There is room for ${ALIASES_MAX} old accounts.` };
  else await changeAliases(ctx, [...aliases, seen.iri], saved);
  return { kind: "pointed", account: looked };
}

/** What an app may have called it that asked for it. */
function namesOf(typed: string, { iri, handle }: SeenAccount["seen"]): string[] {
  return [...new Set([typed, iri, handle, `@${handle}`, `acct:${handle}`])];
}

/** False: it was none of them. */
export async function pointAway(ctx: Ctx, iri: string): Promise<boolean> {
  const { aliases } = await loadOwner(ctx);
  const alias = aliases.find((one) => one === iri);
  if (alias === undefined) return false;
  await changeAliases(
    ctx,
    aliases.filter((one) => one !== alias),
    [dropOldAccount(ctx.db, alias)],
  );
  return true;
}

async function changeAliases(ctx: Ctx, aliases: Iri[], more: readonly Statement[]): Promise<void> {
  const now = ctx.clock();
  const row = { aliases, updatedAt: now };
  await runBatch(ctx.db, [updateOwner(ctx.db, row), ...(await redrawn(ctx, row, now)), ...more]);
  ctx.ports.background(ctx.ports.redelivery.wake());
}

/**
 * The statements that write the documents anew and owe the Update to followers' servers, which may keep a copy of us for a day
 * (Pleroma). To nobody else: a server that does not know us has no copy. 4 rows, 1 serialisation.
 */
export async function redrawn(
  ctx: Ctx,
  change: Partial<Owner>,
  at: UnixMs,
  openToAll?: boolean,
): Promise<Statement[]> {
  const profile = await currentProfile(ctx, change, openToAll);
  const { actor, statements } = await renderProfile(ctx.db, profile, at);
  const audience = { to: [PUBLIC], cc: [places.followers(ctx.stead.origin)] };
  const activity = update(ctx.stead.actor, actor, audience, at);
  const owed = await enqueue(ctx, fanoutId(ctx), activity, { toFollowers: true, recipients: [] });
  return [...statements, ...owed];
}
