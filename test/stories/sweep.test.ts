import { beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, MINUTE } from "../../worker/kernel/clock.ts";
import { sweep, sweepDaily } from "../../worker/sweep.ts";
import { followHandle } from "../../worker/owner/follow.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

async function count(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
  return row!.n;
}

describe("the nightly sweep", () => {
  let stead: Stead;
  let alice: FakePeer;

  beforeEach(async () => {
    stead = await Stead.claimed();
    alice = await stead.peer("alice");
    await stead.followedBy(alice);
  });

  async function sweepAfter(days: number): Promise<void> {
    const then = Date.now() + days * DAY;
    vi.useFakeTimers({ toFake: ["Date"], now: then });
    await sweepDaily(await stead.ctx());
    vi.useRealTimers();
  }

  /** The owner follows alice, who accepts. */
  async function followAlice(): Promise<void> {
    expect(await followHandle(await stead.ctx(), "alice@a.test")).toMatchObject({ kind: "asked" });
    await stead.settle();
    const [follow] = alice.received("Follow");
    await stead.deliver(alice, alice.activity("Accept", { object: follow }));
  }

  it("forgets remote posts after 90 days and not before, because what is kept is what D1 costs", async () => {
    await followAlice();
    await stead.deliver(alice, alice.activity("Create", { object: alice.note() }));
    expect(await count("posts")).toBe(1);
    await sweepAfter(89);
    expect(await count("posts")).toBe(1);
    await sweepAfter(91);
    expect(await count("posts")).toBe(0);
  });

  it("never forgets a post that the owner answered, nor the owner's own", async () => {
    await followAlice();
    const note = alice.note();
    await stead.deliver(alice, alice.activity("Create", { object: note }));
    const held = await env.DB.prepare("SELECT id FROM posts WHERE iri = ?")
      .bind(note["id"])
      .first<{ id: number }>();
    await stead.publishes("An answer", { replyTo: held!.id });
    await sweepAfter(91);
    expect(await count("posts")).toBe(2);
  });

  it("remembers what was undone for 7 days, because Mastodon may deliver the Follow 74 hours after its Undo", async () => {
    const bob = await stead.peer("bob");
    await stead.followedBy(bob);
    const follow = bob.activity("Follow", { object: ACTOR });
    await stead.deliver(bob, bob.activity("Undo", { object: follow }));
    await sweepAfter(6);
    await stead.deliver(bob, follow);
    expect(await stead.followers()).not.toContain(bob.id);
    await sweepAfter(8);
    expect(await count("undone")).toBe(0);
  });

  it("comes at four, and what cron does each minute takes place though what comes before it fails, and the fault is told", async () => {
    const background: Promise<unknown>[] = [];
    const cron = (minute: number) => sweep(env, minute * MINUTE, (work) => void background.push(work));
    await env.DB.prepare("INSERT INTO undone (key, at) VALUES (1, 0)").run();
    await cron(240);
    expect(await count("undone")).toBe(0);
    // Of a post that is not there any more.
    await env.DB.prepare("INSERT INTO open_polls (post, ends_at, due_at, told_at) VALUES (1, 0, 0, 0)").run();
    await env.DB.prepare("ALTER TABLE scheduled_posts RENAME TO away").run();
    await expect(cron(241)).rejects.toThrow("1 of cron's jobs failed");
    await env.DB.prepare("ALTER TABLE away RENAME TO scheduled_posts").run();
    await Promise.all(background);
    expect(await count("open_polls")).toBe(0);
  });

  it("forgets claims about follower lists a month after they were looked into, lest strangers' fill the table", async () => {
    const now = Date.now();
    const insert = env.DB.prepare(
      "INSERT INTO follow_checks (peer, url, collection, digest, noted_at, next_at, refollowed_at) VALUES (?, '', '', '', ?, ?, ?)",
    );
    await env.DB.batch([
      insert.bind(1, now, null, null),
      insert.bind(2, now, now, null),
      insert.bind(3, now, null, now + 5 * DAY),
    ]);
    await sweepAfter(29);
    expect(await count("follow_checks")).toBe(3);
    await sweepAfter(31);
    expect(await count("follow_checks")).toBe(2);
  });

  it("keeps an activity as long as a delivery of it may be due, and no longer", async () => {
    await stead.publishes("Hello");
    await sweepAfter(7);
    expect(await count("fanouts")).toBe(1);
    await sweepAfter(9);
    expect(await count("fanouts")).toBe(0);
  });

  it("lets followers go whose inbox has been gone for 30 days, and counts right afterwards", async () => {
    await env.DB.prepare("UPDATE inboxes SET gone_at = ?").bind(Date.now()).run();
    await sweepAfter(29);
    expect(await stead.followers()).toEqual([alice.id]);
    await sweepAfter(31);
    expect(await stead.followers()).toEqual([]);
    expect(await count("inboxes")).toBe(0);
    expect(await env.DB.prepare("SELECT count FROM follower_log").first("count")).toBe(0);
  });

  it("takes an inbox back when one of its followers follows again, because it plainly lives", async () => {
    await env.DB.prepare("UPDATE inboxes SET gone_at = 1").run();
    const bob = await stead.peer("bob");
    await stead.followedBy(bob);
    await stead.publishes("Anybody there?");
    expect(alice.received("Create")).toHaveLength(1);
  });
});
