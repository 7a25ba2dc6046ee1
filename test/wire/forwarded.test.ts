import { beforeEach, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";

describe("a reply that somebody else's server forwards (ActivityPub §7.1.2)", () => {
  let stead: Stead;
  let author: FakePeer;
  let forwarder: FakePeer;

  beforeEach(async () => {
    stead = await Stead.claimed();
    author = await stead.peer("author", "b.test");
    forwarder = await stead.peer("forwarder", "a.test");
  });

  const reply = () => author.activity("Create", { object: author.note({ inReplyTo: `${ORIGIN}/posts/1` }) });
  const proof = {
    type: "RsaSignature2017",
    creator: "https://b.test/users/author#main-key",
    signatureValue: "AAAA",
  };

  it("is answered 202 and changes nothing, because Mastodon pauses a host that refuses ten of them", async () => {
    const before = await stead.state();
    const answer = await stead.deliver(forwarder, { ...reply(), signature: proof });
    expect(answer.status).toBe(202);
    await stead.settle();
    expect(await stead.state()).toBe(before);
    expect(stead.world.requests).toEqual([]);
  });

  it("is 401 when it does not even claim the author's own signature", async () => {
    expect((await stead.deliver(forwarder, reply())).status).toBe(401);
  });
});
