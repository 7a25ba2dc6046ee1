/** A queue message's work: claim what it points at, deliver it, report. Doing it twice makes no second POST. */
import { SECOND } from "../kernel/clock.ts";
import type { Ctx, Message, Report } from "../kernel/ctx.ts";
import { within } from "../kernel/safe-fetch.ts";
import { send, type Target } from "./send.ts";
import { targetsAt, targetsIn } from "./targets.ts";

/** Longer than a healthy peer takes to answer. */
const PATIENCE = 1 * SECOND;
/** Of a page's requests, which are sent side by side. */
const DEADLINE = 8 * SECOND;

/**
 * Delivers a page or what is due again. At most `settings.signatures` signatures, 8 subrequests beside them. Throws when the store or
 * the object fails: the queue brings the message again, and the sweep finds the page if it does not. After a second the rest goes on in
 * the background: the queue works on a few messages at a time, and hosts that never answer would hold up all others'.
 */
export async function deliver(ctx: Ctx, message: Message): Promise<void> {
  const work =
    message.kind === "deliver"
      ? deliverPage(ctx, message.stream, message.after, message.to)
      : deliverDue(ctx, message.due);
  if (!(await isOverSoon(work))) ctx.ports.background(work);
}

/** Throws what the work throws in that time. */
async function isOverSoon(work: Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), PATIENCE);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function deliverPage(ctx: Ctx, stream: string, after: number, to: number): Promise<void> {
  const { ranges, down } = await ctx.ports.redelivery.claim(stream, after, to);
  let budget = ctx.settings.signatures;
  for (const range of ranges) {
    // Inboxes that came between since the page was cut may make it too long: the rest is left undone, and handed out again.
    if (budget <= 0) return;
    const found = await targetsIn(ctx, stream, range, budget);
    const reports = await sendAll(ctx, found.targets, new Set(down));
    budget -= found.targets.length;
    await ctx.ports.redelivery.done(stream, range.after, found.to, reports);
  }
}

async function deliverDue(ctx: Ctx, due: number[]): Promise<void> {
  const claimed = await ctx.ports.redelivery.claimDue(due);
  const targets = await targetsAt(ctx, claimed);
  const reports = await sendAll(ctx, targets, new Set());
  const known = new Set(targets.map((target) => `${target.stream} ${target.position}`));
  const dropped = claimed
    .filter(({ stream, position }) => !known.has(`${stream} ${position}`))
    .map(({ stream, position }): Report => {
      return {
        stream,
        position,
        host: "",
        inbox: "",
        outcome: { kind: "dropped", why: "nothing is owed any more" },
      };
    });
  const numbers = claimed.map((item) => item.due);
  if (numbers.length > 0) await ctx.ports.redelivery.doneDue(numbers, [...reports, ...dropped]);
}

/** In parallel: one slow peer does not hold up the others. */
function sendAll(ctx: Ctx, targets: readonly Target[], down: ReadonlySet<string>): Promise<Report[]> {
  return within(DEADLINE, (deadline) =>
    Promise.all(targets.map((target) => send(ctx, target, down, deadline))),
  );
}
