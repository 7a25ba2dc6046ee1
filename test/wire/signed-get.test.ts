/** Documents of servers that show them to signed requests only (GoToSocial always, Mastodon in secure mode). */
import { beforeAll, expect, it } from "vitest";

import { fetchActor } from "../../worker/peers/fetch-actor.ts";
import { Stead } from "../fediverse/stead.ts";

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

it("are asked for with a signature", async () => {
  const alice = await stead.peer("alice", "secure.test");
  alice.host.get = (request) =>
    request.headers.has("signature") ? null : new Response(null, { status: 401 });
  expect(await fetchActor(await stead.ctx(), alice.id)).toMatchObject({ kind: "actor" });
});

it("are asked for again later when no signature was left, and their people are not taken for keyless", async () => {
  const bob = await stead.peer("bob", "strict.test");
  bob.host.get = (request) => (request.headers.has("signature") ? null : new Response(null, { status: 401 }));
  const ctx = await stead.ctx();
  ctx.meter.signatures = ctx.settings.signatures;
  expect(await fetchActor(ctx, bob.id)).toMatchObject({ kind: "unreachable" });
  const lenient = await stead.peer("carol", "open.test");
  expect(await fetchActor(ctx, lenient.id)).toMatchObject({ kind: "actor" });
});
