/**
 * Misskey 2024, by `ApInboxService.move`, `ApPersonService.updatePerson`, `AccountMoveService` and `UserFollowingService`. A Move says no
 * more to it than an Update: look at the account again.
 */
import { DAY, HOUR, MINUTE } from "../../../worker/kernel/clock.ts";
import { FollowerServer, listed, type Local, type Sent } from "../follower-server.ts";
import type { Doc } from "../peer.ts";
import { misskey } from "../shapes/misskey.ts";
import { ACTOR, type Stead } from "../stead.ts";

const LOCK = 14 * DAY;
const TRIES = 12;

export class MisskeyServer extends FollowerServer {
  /** As its older versions do, and Firefish: one id for all Follows of a pair. */
  onePairId = false;
  #movedTo: string | null = null;
  #movedAt: number | null = null;

  constructor(stead: Stead, name: string, old: string) {
    super(stead, misskey, name, old);
  }

  async receives({ type, actor }: Doc): Promise<void> {
    if ((type !== "Move" && type !== "Update") || actor !== this.old) return;
    const source = await this.fetch(this.old);
    if (!source) return;
    const movedTo = (source["movedTo"] as string | undefined) ?? null;
    const moves = movedTo !== null && movedTo !== this.#movedTo;
    this.#movedTo = movedTo;
    if (!moves) return;
    // Noted before anything is checked: what fails now fails for 14 days.
    const before = this.#movedAt;
    this.#movedAt = Date.now();
    if (before !== null && before + LOCK >= Date.now()) return;
    const target = await this.fetch(movedTo);
    if (!target || target["id"] !== movedTo || [movedTo, this.old].includes(target["movedTo"] as string))
      return;
    if (!listed(target, "alsoKnownAs").includes(this.old)) return;
    // The old account is not left.
    for (const local of this.people.filter((one) => one.followsOld)) await this.follows(local);
  }

  protected override newFollow(local: Local): Doc {
    const follow = super.newFollow(local);
    return this.onePairId
      ? { ...follow, id: `${this.host.origin}/follows/9a${local.member.me.name}/9us` }
      : follow;
  }

  /** What has an id on another host than its actor is dropped. */
  protected async answers({ id, type, ...activity }: Doc): Promise<number> {
    if (typeof id !== "string" || new URL(id).host !== new URL(ACTOR).host) return 202;
    const local = type === "Accept" || type === "Reject" ? this.asker(activity) : null;
    if (local) this.settle(type, local);
    return 202;
  }

  /** Also a 401 is the end. */
  protected judges(status: number): Sent {
    if (status < 300) return "delivered";
    return status === 429 || status >= 500 ? "again" : "given-up";
  }

  /** Without the jitter: 32.4 hours in all. */
  protected wait(failures: number): number | null {
    return failures >= TRIES ? null : Math.min((2 ** failures - 1) * MINUTE, 8 * HOUR);
  }
}
