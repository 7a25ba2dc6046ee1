/** One thing that a move needs done at its own pace: see `move-on.ts`. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";

/** Does what is due. When it is to be asked again; null: nothing is waiting. `idle`: it did nothing that costs. */
export type Step = (ctx: Ctx) => Promise<Stepped>;

export interface Stepped {
  readonly idle: boolean;
  readonly next: UnixMs | null;
}
