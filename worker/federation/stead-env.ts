import type { Ctx } from "../kernel/ctx.ts";

/** What the app hands every face: the context of a claimed stead. */
export interface SteadEnv {
  Variables: { ctx: Ctx };
}
