/** L1 to L4 for apps: what a stranger is answered for each post, by its number. Every word on every path is in private-words. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { boostPost } from "../../worker/owner/boost.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, type Json } from "./client.ts";
import { follows, says } from "./following.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
const ids: Record<string, number> = {};
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  alice = await stead.peer("alice");
  await follows(stead, alice);
  ids["public"] = await stead.publishes("Open");
  ids["quiet"] = await stead.publishes("Open, quietly", { visibility: "quiet" });
  ids["followers"] = await stead.publishes("Closed", { visibility: "followers" });
  ids["direct"] = await stead.publishes("For @alice@a.test", { visibility: "direct" });
  ids["answer"] = await stead.publishes("Closed", { visibility: "followers", replyTo: ids["public"] });
  const answers = { inReplyTo: `${ORIGIN}/posts/${ids["public"]}` };
  ids["theirs"] = await says(stead, alice);
  ids["theirs, private"] = await says(stead, alice, { ...answers, to: [`${alice.id}/followers`], cc: [] });
  ids["theirs, direct"] = await says(stead, alice, { ...answers, to: [ACTOR], cc: [] });
  ids["open answer"] = await says(stead, alice, { ...answers, content: "<p>An open answer</p>" });
  await boostPost(await stead.ctx(), await says(stead, alice, { content: "<p>Worth showing</p>" }));
  await stead.settle();
}, 30_000);
beforeEach(() => forgetCounts());
afterAll(() => stead.settle());

describe("a stranger", () => {
  it.each([
    ["public", 200],
    ["quiet", 200],
    ["followers", 404],
    ["direct", 404],
    ["answer", 404],
    ["theirs", 404],
    ["theirs, private", 404],
    ["theirs, direct", 404],
  ])("L1: asks for a post (%s): %d, as if it were not there", async (name, status) => {
    for (const end of ["", "/context", "/history"]) {
      expect([end, (await ask(stead, `/api/v1/statuses/${ids[name]}${end}`)).status]).toEqual([end, status]);
    }
  });

  it("sees an open thread with the open answers in it, and what the owner boosted", async () => {
    const { body } = await ask(stead, `/api/v1/statuses/${ids["public"]}/context`);
    expect((body["descendants"] as Json[]).map(({ id }) => id)).toEqual([String(ids["open answer"])]);
    const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
    const { body: shown } = await ask(stead, `/api/v1/accounts/${String(me["id"])}/statuses`);
    const contents = (shown as unknown as Json[]).map((one) => ((one["reblog"] ?? one) as Json)["content"]);
    expect(contents[0]).toBe("<p>Worth showing</p>");
    expect(contents).toHaveLength(3);
  });
});
