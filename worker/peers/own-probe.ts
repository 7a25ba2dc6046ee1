/** The one actor of our own that anybody may take for a peer: the follower that a preflight has running. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { reaching } from "../kernel/safe-fetch.ts";
import { probeIdIn } from "../model/places.ts";
import { probeRuns } from "../store/probes.ts";

/** Whether it is a probe, and runs. No D1 read for an actor of anybody else's, 1 for one of ours. */
export async function isRunningProbe(ctx: Ctx, actor: Iri): Promise<boolean> {
  const id = actor.endsWith("/inbox") ? null : probeIdIn(ctx.stead.origin, actor);
  return id !== null && probeRuns(ctx.db, id, ctx.clock());
}

/** The context to ask for an actor with: our own host is never asked, but for a probe that runs. */
export async function askable(ctx: Ctx, actor: Iri): Promise<Ctx> {
  return (await isRunningProbe(ctx, actor)) ? { ...ctx, door: reaching(ctx.door, [actor]) } : ctx;
}

/** The door to send through, where the inbox is a probe's; null where it is anybody else's. It takes nothing but its Accept. */
export function doorToProbe({ stead, door }: Ctx, inbox: Iri) {
  const ours = inbox.endsWith("/inbox") && probeIdIn(stead.origin, inbox) !== null;
  return ours ? reaching(door, [inbox]) : null;
}
