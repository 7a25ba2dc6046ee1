import * as vocab from "@fedify/vocab";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi, type MockInstance } from "vitest";

import { publish } from "../../worker/owner/publish.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ORIGIN } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

/** Documents are rendered when they change: reading one is a look into the database and nothing else. */
describe("the budget of a public GET", () => {
  let rig: Rig;
  let id = 0;
  beforeAll(async () => {
    rig = await Rig.made();
    const [alice] = (await rig.followedBy("alice@a.test")) as [FakePeer];
    const draft = {
      text: "Hello #world",
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
    } as const;
    const published = await publish(await rig.ctx(), draft);
    id = published.kind === "published" ? published.id : 0;
    await rig.run();
    await rig.stead.deliver(alice, alice.activity("Like", { object: `${ORIGIN}/posts/${id}` }));
    const object = alice.note({ inReplyTo: `${ORIGIN}/posts/${id}` });
    await rig.stead.deliver(alice, alice.activity("Create", { object }));
    await rig.run();
  });
  afterEach(() => stopWatching());
  afterAll(() => rig.done());

  const PATHS = {
    actor: "/actor",
    "actor past a cache": "/actor?cb=123",
    webfinger: "/.well-known/webfinger?resource=acct:me@me.test",
    "host-meta": "/.well-known/host-meta",
    "host-meta as JSON": "/.well-known/host-meta.json",
    "nodeinfo's links": "/.well-known/nodeinfo",
    "nodeinfo 2.0": "/nodeinfo/2.0",
    "nodeinfo 2.1": "/nodeinfo/2.1",
    post: "/posts/:id",
    outbox: "/actor/outbox",
    "a page of the outbox": "/actor/outbox?page=1",
    followers: "/actor/followers",
    "a page of followers": "/actor/followers?page=1",
    following: "/actor/following",
    "a page of following": "/actor/following?page=1",
    featured: "/actor/featured",
    "featured hashtags": "/actor/tags",
    liked: "/actor/liked",
    replies: "/posts/:id/replies",
    likes: "/posts/:id/likes",
    shares: "/posts/:id/shares",
  };

  it.each(Object.entries(PATHS))(
    "of the %s is one call to the database, a batch being one, and no JSON-LD work",
    async (_, path) => {
      const work = jsonLdWork();
      rig.boundary.reset();
      const response = await rig.stead.fetch(path.replace(":id", String(id)), {
        headers: { accept: "application/activity+json" },
      });
      expect(response.status).toBe(200);
      await response.text();
      const [invocation, ...others] = rig.boundary.invocations;
      expect(others).toEqual([]);
      expect(invocation!.subrequests).toBeLessThanOrEqual(1);
      expect(invocation!.signatures).toBe(0);
      expect(rig.boundary.d1Rows).toBe(0);
      expect(work()).toBe(0);
    },
  );

  it("is measured against a vocabulary that is really watched: publishing does JSON-LD work", async () => {
    const work = jsonLdWork();
    const draft = {
      text: "Hello",
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
    } as const;
    await publish(await rig.ctx(), draft);
    expect(work()).toBeGreaterThan(0);
  });
});

const spies: MockInstance[] = [];

/** How often any class of the vocabulary has been read from or written to JSON-LD since. */
function jsonLdWork(): () => number {
  for (const one of Object.values(vocab)) {
    if (typeof one !== "function" || !("fromJsonLd" in one)) continue;
    const kind = one as unknown as { fromJsonLd(): unknown; prototype: { toJsonLd(): unknown } };
    spies.push(vi.spyOn(kind, "fromJsonLd"), vi.spyOn(kind.prototype, "toJsonLd"));
  }
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

function stopWatching(): void {
  for (const spy of spies.splice(0)) spy.mockRestore();
}
