import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import type { Message } from "../../worker/kernel/ctx.ts";
import { stretchOf, stretchStream } from "../../worker/outbox/accept-stretch.ts";
import { Progress } from "../../worker/outbox/progress.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { arrive } from "../../worker/store/followers.ts";
import { peerFrom } from "../../worker/store/peers.ts";
import { env, Stead } from "../fediverse/stead.ts";

type Page = Extract<Message, { kind: "deliver" }>;

describe("Accepts that are sent once more to a stretch of the followers", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("have their bounds in the stream's name, and no other name is taken for one", () => {
    expect(stretchOf(stretchStream({ after: 7, to: 1_795_421_651_778_003 }))).toEqual({
      after: 7,
      to: 1_795_421_651_778_003,
    });
    for (const name of ["accepts", "rescues", "17", "accepts/", "accepts/1-", "accepts/1-2x", "accepts/-1-2"])
      expect(stretchOf(name)).toBeNull();
  });

  /** Ids of twelve followers, and the object that hands out, whose queue only takes note. */
  async function handingOut(
    use: (ids: number[], progress: (sql: SqlStorage) => Progress, sql: SqlStorage) => Promise<void>,
  ): Promise<void> {
    const ctx = await stead.ctx();
    const arrivals = Array.from({ length: 12 }, (_, n) => ({
      peer: peerFrom(personOf(`https://a.test/users/u${n}` as Iri), [], ctx.clock()),
      followIri: null,
      receivedAt: ctx.clock(),
      proof: "",
    }));
    await runBatch(ctx.db, [...arrive(ctx.db, arrivals, [], ctx.clock())]);
    const { results } = await env.DB.prepare("SELECT id FROM followers ORDER BY id").all<{ id: number }>();
    // An object of its own, so that the stead's does not hand out the same.
    await runInDurableObject(env.REDELIVERY.getByName("apart"), async (_, state) => {
      await use(
        results.map(({ id }) => id),
        (sql) => new Progress(sql),
        state.storage.sql,
      );
    });
  }

  async function pages(progress: Progress): Promise<Page[]> {
    const ctx = await stead.ctx();
    const sent: Message[] = [];
    const queue = { send: async (messages: Message[]) => void sent.push(...messages) };
    const unlimited = { messages: Number.POSITIVE_INFINITY, calls: Number.POSITIVE_INFINITY };
    await progress.handOut({ ...ctx, ports: { ...ctx.ports, queue } }, unlimited);
    return sent.filter((message) => message.kind === "deliver");
  }

  it("go to those alone, survive a restart, and end; a late copy of a message does not begin them anew", async () => {
    await handingOut(async (ids, made, sql) => {
      const first = made(sql);
      for (const page of await pages(first)) first.done("accepts", page, []);
      const stretch = { after: ids[1]!, to: ids[8]! };
      const stream = stretchStream(stretch);
      first.owe(stretch);
      const handed = await pages(first);
      expect(handed.map((page) => [page.stream, page.after, page.to])).toEqual([
        [stream, ids[1], ids[6]],
        [stream, ids[6], ids[8]],
      ]);
      first.done(stream, handed[0]!, []);
      // What was not reported is handed out again by whoever comes after.
      const second = made(sql);
      const [rest, ...none] = await pages(second);
      expect([rest?.stream, rest?.after, none]).toEqual([stream, ids[6], []]);
      second.done(stream, rest!, []);
      expect(await pages(second)).toEqual([]);
      expect(sql.exec("SELECT stream FROM progress").toArray()).toEqual([{ stream: "accepts" }]);
      expect(second.claim(stream, handed[0]!, Date.now())).toEqual([]);
      second.done(stream, handed[0]!, []);
      expect(await pages(second)).toEqual([]);
      expect(sql.exec("SELECT stream FROM progress").toArray()).toEqual([{ stream: "accepts" }]);
      // It may be owed again.
      second.owe(stretch);
      expect(await pages(second)).toHaveLength(2);
    });
  });
});

function personOf(iri: Iri) {
  return {
    iri,
    inbox: `${iri}/inbox` as Iri,
    sharedInbox: null,
    keys: [],
    username: "u",
    name: "",
    summary: "" as never,
    url: null,
    icon: null,
    outbox: null,
    movedTo: null,
    alsoKnownAs: [],
    locked: false,
  };
}
