/** GoToSocial 0.19, by `federatingdb/move.go`, `federatingdb/accept.go`, `workers/fromfediapi_move.go` and its delivery worker. */
import { DAY, MINUTE, SECOND } from "../../../worker/kernel/clock.ts";
import { FollowerServer, listed, type Sent } from "../follower-server.ts";
import type { Doc } from "../peer.ts";
import { gotosocial } from "../shapes/gotosocial.ts";
import type { Stead } from "../stead.ts";

const ATTEMPT_LOCK = 5 * MINUTE;
const SUCCESS_LOCK = 7 * DAY;
const TRIES = 6;

export class GoToSocialServer extends FollowerServer {
  /** By account: either one of a Move holds up the next. */
  readonly #attempts = new Map<unknown, number>();
  readonly #successes = new Map<unknown, number>();

  constructor(stead: Stead, name: string, old: string) {
    super(stead, gotosocial, name, old);
  }

  async receives(activity: Doc): Promise<void> {
    const { type, actor, object, target } = activity;
    if (type !== "Move" || actor !== this.old || object !== actor || target === actor) return;
    const both = [this.old, target];
    if (both.some((one) => recent(this.#attempts.get(one), ATTEMPT_LOCK))) return;
    if (both.some((one) => recent(this.#successes.get(one), SUCCESS_LOCK))) return;
    for (const one of both) this.#attempts.set(one, Date.now());
    const document = await this.fetch(target as string);
    if (!document || document["movedTo"] || !listed(document, "alsoKnownAs").includes(this.old)) return;
    for (const one of both) this.#successes.set(one, Date.now());
    for (const local of this.people.filter((one) => one.followsOld)) {
      if (!local.asked) this.ask(local);
      local.followsOld = false; // whatever becomes of the Follow
    }
  }

  /** 422 when what is answered is not a Follow of the inbox's own person. */
  protected async answers(activity: Doc, inbox: string): Promise<number> {
    const { type, id } = activity;
    if (typeof id !== "string") return 400;
    if (type !== "Accept" && type !== "Reject") return 202;
    const local = this.asker(activity);
    if (!local) return 202;
    if (inbox !== new URL(local.member.peer.document["inbox"] as string).pathname) return 422;
    this.settle(type, local);
    return 202;
  }

  protected judges(status: number): Sent {
    return status === 429 || status >= 500 ? "again" : "delivered";
  }

  /** 4 minutes and 8 seconds in all. */
  protected wait(failures: number): number | null {
    return failures >= TRIES ? null : 2 ** (failures + 2) * SECOND;
  }
}

const recent = (at: number | undefined, ms: number) => at !== undefined && Date.now() - at < ms;
