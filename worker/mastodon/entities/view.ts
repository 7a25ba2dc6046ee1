/** In whose eyes posts are shown. */
import type { UnixMs } from "../../kernel/brand.ts";
import type { Filter } from "../../model/filter.ts";
import type { ShownOwner } from "./account.ts";

export interface View {
  readonly own: ShownOwner;
  /** Who asks is the owner, and is told what they did with a post. */
  readonly byOwner: boolean;
  /** The owner's; none for anybody else. */
  readonly filters: readonly Filter[];
  readonly now: UnixMs;
}
