/** A delivery that was given up gets another chance. */
import type { Ctx } from "../kernel/ctx.ts";
import { isLog } from "../outbox/targets.ts";
import { dropDeadLetter, fanoutById, findDeadLetter } from "../store/fanouts.ts";

/** "lost": what was to be delivered is kept no longer; the letter stays, as the record of it. */
export type Resent = "resent" | "missing" | "lost";

/**
 * Hands the delivery to the redelivery object, for another seven days, and only then drops the letter: who dies in between has it
 * twice, which sends it once more, and never loses it.
 */
export async function resend(ctx: Ctx, id: number): Promise<Resent> {
  const letter = await findDeadLetter(ctx.db, id);
  if (!letter) return "missing";
  const { stream, position, inbox } = letter;
  if (!isLog(stream)) {
    const [fanout] = await fanoutById(ctx.db, Number(stream));
    if (!fanout) return "lost";
  }
  await ctx.ports.redelivery.resend({ stream, position, inbox, host: URL.parse(inbox)?.host ?? "" });
  await dropDeadLetter(ctx.db, id);
  return "resent";
}
