import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { publish } from "../../worker/owner/publish.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

/** 5 signatures and 45 subrequests: fetches, D1 calls (a batch is one), calls to objects and queue calls. */
describe("no invocation and no alarm spends more than the Free plan gives", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  const draft = (text: string) =>
    ({ text, summary: "", visibility: "public", language: "en", replyTo: null }) as const;

  async function deliverAll(mail: [FakePeer, Doc][]): Promise<void> {
    for (const [peer, activity] of mail) {
      rig.pass(1_000);
      expect((await rig.stead.deliver(peer, activity)).status).toBe(202);
    }
  }

  it("while forty strangers from ten servers follow at once", async () => {
    const peers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => rig.stead.peer(`p${n}`, `h${n % 10}.test`)),
    );
    rig.boundary.reset();
    await deliverAll(peers.map((peer) => [peer, peer.activity("Follow", { object: ACTOR })]));
    await rig.run();
    await rig.recover();
    expect(await rig.stead.followers()).toHaveLength(40);
    expect(rig.overspenders()).toEqual([]);
  });

  it("while the servers of strangers send us round in circles and refuse what we sign", async () => {
    const peers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => rig.stead.peer(`p${n}`, `h${n}.test`)),
    );
    for (const { host } of peers) {
      host.get = (request) => {
        const hops = Number(new URL(request.url).searchParams.get("hop") ?? 0);
        if (hops >= 3) return new Response(null, { status: 401 });
        return Response.redirect(`${new URL(request.url).origin}/users/x?hop=${hops + 1}`, 302);
      };
    }
    rig.boundary.reset();
    await deliverAll(peers.map((peer) => [peer, peer.activity("Follow", { object: ACTOR })]));
    await rig.run();
    await rig.recover();
    expect(await rig.stead.followers()).toEqual([]);
    expect(rig.overspenders()).toEqual([]);
  });

  it("while one stranger changes their mind forty times before anybody looks", async () => {
    const peer = await rig.stead.peer("fickle");
    const mail: [FakePeer, Doc][] = [];
    for (let n = 0; n < 20; n++) {
      const follow = peer.activity("Follow", { object: ACTOR });
      mail.push([peer, follow], [peer, peer.activity("Undo", { object: follow })]);
    }
    mail.push([peer, peer.activity("Follow", { object: ACTOR })]);
    rig.boundary.reset();
    await deliverAll(mail);
    await rig.run();
    await rig.recover();
    expect(await rig.stead.followers()).toEqual([peer.id]);
    expect(rig.overspenders()).toEqual([]);
  });

  it("while followers whose keys were changed like, boost, answer and leave", async () => {
    const peers = await rig.followedBy(...Array.from({ length: 8 }, (_, n) => `p${n}@h${n % 4}.test`));
    const published = await publish(await rig.ctx(), draft("Hello"));
    const object = `${ORIGIN}/posts/${published.kind === "published" ? published.id : 0}`;
    await rig.run();
    rig.pass(2 * HOUR);
    for (const peer of peers) {
      peer.keyId = `${peer.id}#second-key`;
      const { publicKey } = peer.document as { publicKey: Doc };
      peer.document = { ...peer.document, publicKey: { ...publicKey, id: peer.keyId } };
      peer.publishDocument();
    }
    rig.boundary.reset();
    const mail = peers.flatMap((peer): [FakePeer, Doc][] => [
      [peer, peer.activity("Like", { object })],
      [peer, peer.activity("Announce", { object })],
      [peer, peer.activity("Create", { object: peer.note({ inReplyTo: object }) })],
      [peer, peer.activity("Undo", { object: { type: "Follow", actor: peer.id, object: ACTOR } })],
    ]);
    await deliverAll(mail);
    await rig.run();
    await rig.recover();
    expect(await rig.stead.followers()).toEqual([]);
    expect(rig.overspenders()).toEqual([]);
  });

  it("while thirty servers that were down come back", async () => {
    await rig.followedBy(...Array.from({ length: 30 }, (_, n) => `p${n}@h${n}.test`));
    const hosts = Array.from({ length: 30 }, (_, n) => rig.stead.host(`h${n}.test`));
    for (const host of hosts) host.post = () => new Response(null, { status: 503 });
    rig.boundary.reset();
    for (const text of ["one", "two", "three"]) {
      await rig.boundary.within("owner", async () => publish(await rig.ctx(), draft(text)));
      await rig.run();
    }
    for (const host of hosts) host.post = () => new Response(null, { status: 202 });
    for (let n = 0; n < 4; n++) {
      rig.pass(10 * MINUTE);
      await rig.cron();
      await rig.run();
    }
    expect(
      hosts.map((host) => host.arrived.filter(({ activity }) => activity["type"] === "Create").length),
    ).toEqual(hosts.map(() => 3));
    expect(rig.overspenders()).toEqual([]);
  });

  it("while the owner publishes to people they name, and while the night's sweep runs", async () => {
    const peers = await rig.followedBy(...Array.from({ length: 10 }, (_, n) => `p${n}@h${n}.test`));
    rig.boundary.reset();
    const names = peers.map((peer) => `@${peer.name}@${peer.host.name}`).join(" ");
    await rig.boundary.within("owner", async () => publish(await rig.ctx(), draft(`Hello ${names}`)));
    await rig.run();
    await rig.boundary.within("sweep", async () => sweepDaily(await rig.ctx()));
    expect(rig.overspenders()).toEqual([]);
  });
});
