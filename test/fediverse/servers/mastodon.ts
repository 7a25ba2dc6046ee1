/**
 * Mastodon 4.7, by `ActivityPub::Activity::Move`, `FollowMigrationService`, `MigratedFollowDeliveryWorker`, `Activity::Accept` and
 * `SynchronizeFollowersService`.
 */
import { DAY, SECOND } from "../../../worker/kernel/clock.ts";
import { FollowerServer, listed, type Local, type Sent } from "../follower-server.ts";
import type { Doc } from "../peer.ts";
import { mastodon } from "../shapes/mastodon.ts";
import { AS } from "../shapes/software.ts";
import { ACTOR, type Stead } from "../stead.ts";

const LOCK = 7 * DAY;
const RETRIES = 16;
const PAGES_MAX = 10;

export class MastodonServer extends FollowerServer {
  /** We are one of its `UnavailableDomain`s: Follows of a Move are not sent to us, and yet the old account is left. */
  thinksUsUnavailable = false;
  #movingSince: number | null = null;

  constructor(stead: Stead, name: string, old: string) {
    super(stead, mastodon, name, old);
  }

  async receives(activity: Doc): Promise<void> {
    if (activity["type"] !== "Move" || activity["object"] !== this.old || activity["actor"] !== this.old)
      return;
    if (this.#movingSince !== null && Date.now() - this.#movingSince < LOCK) return;
    this.#movingSince = Date.now();
    const target = await this.fetch(activity["target"] as string);
    if (!target || !listed(target, "alsoKnownAs").includes(this.old)) {
      this.#movingSince = null;
      return;
    }
    // Nobody may follow an account that has moved itself.
    if (target["movedTo"]) return;
    for (const local of this.people.filter((one) => one.followsOld)) this.#migrate(local);
  }

  /** Who follows the target already, or has asked, keeps both. */
  #migrate(local: Local): void {
    if (local.asked) return;
    const left = (sent: Sent) => {
      if (sent === "delivered") local.followsOld = false;
    };
    this.ask(local, left, () => this.thinksUsUnavailable);
  }

  protected async answers(activity: Doc, _inbox: string, request: Request): Promise<number> {
    this.thinksUsUnavailable = false;
    const { type } = activity;
    if (type === "Accept" || type === "Reject") {
      const local = this.asker(activity);
      const first = this.people.every((one) => !one.asked?.accepted);
      if (local?.asked) {
        this.settle(type, local);
        if (type === "Accept" && first) this.enqueue(() => this.fetch(ACTOR).then(() => "delivered"));
      }
    }
    const header = request.headers.get("collection-synchronization");
    if (header !== null) await this.#compare(header);
    return 202;
  }

  /** A 4xx is no failure to it, but for these: the worker goes on as if it had been delivered. */
  protected judges(status: number): Sent {
    if (status < 300) return "delivered";
    const unsalvageable =
      status === 501 || (status >= 400 && status < 500 && ![401, 408, 429].includes(status));
    return unsalvageable ? "delivered" : "again";
  }

  /** Without the jitter: 49.6 hours in all. */
  protected wait(failures: number): number | null {
    return failures > RETRIES ? null : ((failures - 1) ** 4 + 15) * SECOND;
  }

  /** FEP-8fcf: the header that came with a POST of ours. */
  async #compare(header: string): Promise<void> {
    const said = Object.fromEntries(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const { collectionId, url, digest } = said;
    const actor = await this.fetch(ACTOR);
    if (!actor || collectionId !== actor["followers"] || !url || new URL(url).host !== new URL(ACTOR).host)
      return;
    const ours = this.people.filter((one) => one.asked?.accepted).map((one) => one.id);
    if (digest === (await digestOf(ours))) return;
    this.enqueue(async () => {
      await this.#synchronize(url, digest ?? "");
      return "delivered";
    });
  }

  async #synchronize(url: string, digest: string): Promise<void> {
    const items = await this.#items(url);
    if (!items) return;
    for (const local of this.people.filter((one) => items.includes(one.id))) {
      if (local.asked) local.asked.accepted = true;
      else this.#undo(local, `${local.id}#follows/`);
    }
    // Only a list that is what the header said takes anybody away.
    if (digest !== (await digestOf(items))) return;
    for (const local of this.people.filter((one) => one.asked?.accepted && !items.includes(one.id))) {
      this.#undo(local, local.asked!.activity["id"] as string);
      local.asked = null;
    }
  }

  #undo(local: Local, id: string): void {
    const follow = { id, type: "Follow", actor: local.id, object: ACTOR };
    const undo = {
      "@context": AS,
      id: `${local.id}#undo/${id}`,
      type: "Undo",
      actor: local.id,
      object: follow,
    };
    this.enqueue(() => this.deliver(local, undo));
  }

  async #items(url: string): Promise<string[] | null> {
    const items: string[] = [];
    let next: unknown = url;
    for (let page = 0; page < PAGES_MAX && next; page++) {
      const collection: Doc | null = typeof next === "string" ? await this.fetch(next) : (next as Doc);
      if (!collection) return null;
      items.push(...(listed(collection, collection["orderedItems"] ? "orderedItems" : "items") as string[]));
      next = collection["first"] ?? collection["next"];
    }
    return items;
  }
}

/** Hex: the SHA-256 of each id, XORed. */
export async function digestOf(ids: readonly string[]): Promise<string> {
  const sum = new Uint8Array(32);
  for (const id of ids) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id)));
    for (const [n, byte] of hash.entries()) sum[n]! ^= byte;
  }
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
