/** What others' profiles show beside their names: as their own server tells it. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { DAY } from "../../worker/kernel/clock.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { App, type Json } from "./client.ts";
import { says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read"]));
});
afterAll(() => stead.settle());

const show = async (peer: FakePeer): Promise<Json> =>
  (await app.ask(`/api/v1/accounts/${hash52(peer.id)}`)).body;

/** What was asked of their server, once it was answered. */
async function asked(peer: FakePeer, n: number): Promise<string[]> {
  const paths = () =>
    stead.world.requests
      .filter(({ url }) => url.startsWith(peer.id))
      .map(({ url }) => url.slice(peer.id.length));
  await vi.waitFor(() => expect(paths().length).toBeGreaterThanOrEqual(n));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const all = paths();
  stead.world.take();
  return all.toSorted();
}

async function written(name: string, document: Doc): Promise<FakePeer> {
  const peer = await stead.peer(name, `${name}.test`);
  peer.document = { ...peer.document, ...document };
  peer.publishDocument();
  await says(stead, peer, { cc: [ACTOR] });
  stead.world.take();
  return peer;
}

const total = (peer: FakePeer, path: string, totalItems: unknown) =>
  peer.host.documents.set(new URL(`${peer.id}/${path}`).pathname, {
    id: `${peer.id}/${path}`,
    type: "OrderedCollection",
    totalItems,
  });

describe("a profile of somebody else", () => {
  it("has fields, header, age and what they say of themselves", async () => {
    const peer = await written("ann", {
      type: "Service",
      manuallyApprovesFollowers: true,
      discoverable: false,
      published: "2019-05-06T07:08:09Z",
      image: { type: "Image", url: "https://ann.test/header.png" },
      attachment: [
        { type: "PropertyValue", name: "Web", value: '<a href="https://ann.test/" onclick="x()">ann</a>' },
        { type: "PropertyValue", name: "<b>Bold</b>", value: "<script>alert(1)</script>plain" },
        { type: "IdentityProof", name: "No", value: "No" },
      ],
    });
    const body = await show(peer);
    expect(body).toMatchObject({
      locked: true,
      bot: true,
      group: false,
      discoverable: false,
      created_at: "2019-05-06T00:00:00.000Z",
      header: "https://ann.test/header.png",
      fields: [{ name: "Web" }, { name: "Bold", value: expect.not.stringContaining("script") as string }],
    });
    expect(JSON.stringify(body["fields"])).not.toMatch(/onclick|<script/);
    await asked(peer, 2);
  });

  it("believes no nonsense, and takes no collections of another server", async () => {
    const peer = await written("bad", {
      type: ["Group", 7],
      manuallyApprovesFollowers: "yes",
      discoverable: "yes",
      published: "9999-01-01T00:00:00Z",
      image: "javascript:alert(1)",
      attachment: [
        null,
        7,
        "x",
        { type: "PropertyValue" },
        ...Array.from({ length: 60 }, (_, n) => ({ type: "PropertyValue", name: `f${n}`, value: n })),
      ],
      followers: "https://other.test/followers",
      outbox: "https://other.test/outbox",
    });
    const body = await show(peer);
    const today = new Date(Math.floor(Date.now() / DAY) * DAY).toISOString();
    expect(body).toMatchObject({ group: true, locked: false, discoverable: null, created_at: today });
    expect(body["header"]).toMatch(/\/header\.png$/);
    expect((body["fields"] as Json[]).length).toBeLessThanOrEqual(8);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stead.world.take().filter(({ url }) => url.includes("other.test"))).toEqual([]);
    stead.world.assertNothingUnexpected();
  });

  it("has their numbers once they were asked for, by 2 GETs at most, once a day", async () => {
    const peer = await written("cat", { following: "https://cat.test/users/cat/following" });
    total(peer, "followers", 1234);
    total(peer, "following", 56);
    total(peer, "outbox", 789);
    expect(await show(peer)).toMatchObject({ followers_count: 0, statuses_count: 0, following_count: 0 });
    expect(await asked(peer, 2)).toHaveLength(2);
    const once = await show(peer);
    expect(
      [once["followers_count"], once["statuses_count"], once["following_count"]].filter((n) => n !== 0),
    ).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stead.world.take()).toEqual([]);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    await show(peer);
    expect(await asked(peer, 2)).toHaveLength(2);
    expect(await show(peer)).toMatchObject({
      followers_count: 1234,
      statuses_count: 789,
      following_count: 56,
    });
    total(peer, "followers", "many");
    total(peer, "outbox", -1);
    for (let n = 0; n < 3; n++) {
      vi.setSystemTime(Date.now() + DAY);
      await show(peer);
      await asked(peer, 2);
    }
    expect(await show(peer)).toMatchObject({ followers_count: 1234, statuses_count: 789 });
    vi.useRealTimers();
  });

  it("is as it was where their server is gone", async () => {
    const peer = await written("dan", {});
    peer.host.get = () => new Response(null, { status: 410 });
    await show(peer);
    await asked(peer, 1);
    expect(await show(peer)).toMatchObject({ acct: "dan@dan.test", followers_count: 0 });
  });
});
