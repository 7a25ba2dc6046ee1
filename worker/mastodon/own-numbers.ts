/**
 * The numbers beside the owner's name, remembered for as long as nobody minds: they come with each of the owner's posts in each list, and
 * counting them reads every row that is counted.
 */
import { MINUTE } from "../kernel/clock.ts";
import type { Stead } from "../kernel/ctx.ts";
import type { OwnNumbers } from "../store/numbers.ts";

const KEPT = 5 * MINUTE;

/** For each stead that this isolate knows. */
const remembered = new WeakMap<Stead, { at: number; numbers: OwnNumbers }>();

export function rememberedNumbers(stead: Stead, now: number): OwnNumbers | null {
  const found = remembered.get(stead);
  return found && now - found.at < KEPT && now >= found.at ? found.numbers : null;
}

export function rememberNumbers(stead: Stead, numbers: OwnNumbers, now: number): void {
  remembered.set(stead, { at: now, numbers });
}
