/** The account that the owner comes from, the servers of its followers, and the time in which it all happens. */
import { vi } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import { HOUR } from "../../worker/kernel/clock.ts";
import { currentProfile, renderProfile } from "../../worker/owner/render.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { updateOwner } from "../../worker/store/stead.ts";
import type { FollowerServer } from "./follower-server.ts";
import type { FakePeer } from "./peer.ts";
import { join, type Member } from "./shapes/cast.ts";
import type { Software } from "./shapes/software.ts";
import { ACTOR, type Stead } from "./stead.ts";

/** The stead names these accounts as its owner's, and shows it at once. */
export async function pointAt(stead: Stead, ...old: { id: string }[]): Promise<void> {
  const ctx = await stead.ctx();
  const aliases = old.map(({ id }) => id as Iri);
  const { statements } = await renderProfile(ctx.db, await currentProfile(ctx, { aliases }), ctx.clock());
  await runBatch(ctx.db, [updateOwner(ctx.db, { aliases }), ...statements]);
}

/** An account, on a server of that software, whose followers are on the servers given. */
export class OldAccount {
  readonly servers: FollowerServer[] = [];
  readonly #stead: Stead;
  readonly #software: Software;
  readonly #member: Member;

  private constructor(stead: Stead, software: Software, joined: Member) {
    this.#stead = stead;
    this.#software = software;
    this.#member = joined;
  }

  static async on(stead: Stead, software: Software, host = `old.${software.host}`): Promise<OldAccount> {
    return new OldAccount(stead, software, await join(stead, software, "me", host));
  }

  get id(): string {
    return this.#member.me.id;
  }

  get peer(): FakePeer {
    return this.#member.peer;
  }

  /** A server with people who follow this account. */
  async followedFrom<S extends FollowerServer>(server: S, ...names: string[]): Promise<S> {
    await server.join(...names);
    this.servers.push(server);
    server.follow();
    return server;
  }

  /**
   * `movedTo` stands in its document (with snac, `alsoKnownAs` in its place); then its server sends an Update, where it does so, and the
   * Move.
   */
  async movesTo(target = ACTOR): Promise<void> {
    const { peer, me } = this.#member;
    const activities = [this.#software.move!(me, target)];
    if (this.#software.name === "snac") {
      peer.document = { ...peer.document, alsoKnownAs: [target] };
    } else {
      peer.document = { ...peer.document, movedTo: target };
      const update = this.#software.updateActor?.(me, peer.document);
      if (update) activities.unshift(update);
    }
    peer.publishDocument();
    for (const activity of activities)
      for (const server of this.servers) if (!server.down) await server.receives(activity);
  }

  /** Everything that is due now is done, here and there. */
  async settle(): Promise<void> {
    for (let round = 0; round < 100; round++) {
      await this.#stead.settle();
      const worked = await Promise.all(this.servers.map((server) => server.work()));
      if (!worked.includes(true)) return;
    }
    throw new Error("the servers do not come to rest");
  }

  /** Lets time go by, stopping wherever somebody has something to do. Needs a Date that the test holds. */
  async passes(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      const times = this.servers.filter((server) => !server.down).map((server) => server.nextAt ?? end);
      const next = Math.min(end, Date.now() + 6 * HOUR, ...times);
      vi.setSystemTime(Math.max(next, Date.now() + 1));
      await this.settle();
    }
  }

  /** How all its followers stand, by server. */
  get standings(): string[][] {
    return this.servers.map((server) => server.standings);
  }
}
