import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { sweepDaily } from "../../worker/sweep.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, type Json } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let bob: FakePeer;

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  bob = await stead.peer("bob", "b.test");
}, 30_000);
afterAll(() => stead.settle());

const AS = "https://www.w3.org/ns/activitystreams";
const urisIn = (statuses: unknown) => (statuses as Json[]).map(({ uri }) => uri);

describe("whom the owner follows from now on", () => {
  const outbox = (peer: FakePeer, entries: unknown[]) => {
    const id = `${peer.id}/outbox`;
    peer.publish({ "@context": AS, id, type: "OrderedCollection", first: `${id}?page=true` });
    peer.publish({
      "@context": AS,
      id: `${id}?page=true`,
      type: "OrderedCollectionPage",
      orderedItems: entries,
    });
  };
  const latestOf = (peer: FakePeer) =>
    vi.waitFor(async () => {
      const [row] = await rows<{ id: string; done_at: number | null; found: number }>(
        "SELECT b.done_at, b.found FROM backfills b JOIN peers p ON b.id = 'latest-' || p.id WHERE p.iri = ?",
        peer.id,
      );
      expect(row?.done_at).toBeTypeOf("number");
      return row!.found;
    });

  it("is there with what they said last, under the time they said it, and nobody is notified", async () => {
    const erin = await stead.peer("erin", "e.test");
    const published = new Date(Date.now() - 86_400_000).toISOString();
    const old = erin.note({ published, cc: ["https://me.test/actor"] });
    const bare = erin.note({ published });
    const secret = erin.note({ to: [`${erin.id}/followers`], cc: [] });
    const create = (object: unknown) => erin.activity("Create", { object });
    outbox(erin, [
      create(old),
      create(bare["id"]),
      create(secret),
      erin.activity("Announce", { object: bare["id"] }),
    ]);
    await follows(stead, erin);
    expect(await latestOf(erin)).toBe(2);
    const held = await rows<{ id: number; iri: string; mentions_owner: number }>(
      "SELECT id, iri, mentions_owner FROM posts WHERE iri IN (?, ?, ?) ORDER BY id",
      old["id"],
      bare["id"],
      secret["id"],
    );
    expect(held.map(({ iri }) => iri).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      [String(old["id"]), String(bare["id"])].toSorted((a, b) => (a < b ? -1 : 1)),
    );
    expect(held.every(({ id }) => Math.floor(id / 1_000) === Date.parse(published))).toBe(true);
    expect(held.every(({ mentions_owner }) => mentions_owner === 0)).toBe(true);
    const { body } = await app.ask("/api/v1/timelines/home?limit=40");
    expect(urisIn(body)).toContain(old["id"]);
  });

  it("keeps no more than 20, and believes no outbox about others' posts", async () => {
    const fred = await stead.peer("fred", "f.test");
    const forged: Doc = { ...bob.note(), content: "<p>Forged</p>", attributedTo: fred.id };
    const others: Doc = { ...fred.note(), attributedTo: bob.id };
    const notes = Array.from({ length: 30 }, () => fred.activity("Create", { object: fred.note() }));
    outbox(fred, [forged, others, ...notes]);
    await follows(stead, fred);
    expect(await latestOf(fred)).toBe(20);
    expect(await rows("SELECT 1 FROM posts WHERE iri IN (?, ?)", forged["id"], others["id"])).toEqual([]);
  });

  it("whose outbox is private is followed all the same", async () => {
    const gina = await stead.peer("gina", "g.test");
    gina.host.get = (request) =>
      request.url.includes("/outbox") ? new Response(null, { status: 403 }) : null;
    await follows(stead, gina);
    expect(await latestOf(gina)).toBe(0);
    expect(
      await rows("SELECT state FROM following f JOIN peers p ON p.id = f.peer WHERE p.iri = ?", gina.id),
    ).toEqual([{ state: "accepted" }]);
  });

  it("costs three requests and no signature", async () => {
    const hugo = await stead.peer("hugo", "hugo.test");
    outbox(hugo, [hugo.activity("Create", { object: hugo.note() })]);
    stead.world.take();
    await follows(stead, hugo);
    await latestOf(hugo);
    const asked = stead.world
      .take()
      .filter(({ method }) => method === "GET")
      .slice(1);
    expect(asked.map(({ url, headers }) => [url, headers.has("signature")])).toEqual([
      [hugo.id, false],
      [`${hugo.id}/outbox`, false],
      [`${hugo.id}/outbox?page=true`, false],
    ]);
  });
});

it("what was fetched so is swept like other posts of others", async () => {
  const ivan = await stead.peer("ivan", "i.test");
  await follows(stead, ivan);
  const said = await says(stead, ivan);
  await env.DB.prepare("UPDATE posts SET received_at = 0 WHERE author <> 0").run();
  await env.DB.prepare("UPDATE backfills SET started_at = 0").run();
  await sweepDaily(await stead.ctx());
  expect(await rows("SELECT 1 FROM posts WHERE id = ?", said)).toEqual([]);
  expect(await rows("SELECT 1 FROM backfills")).toEqual([]);
});
