import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Iri, SafeHtml, UnixMs } from "../../worker/kernel/brand.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { publish } from "../../worker/owner/publish.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { arrive } from "../../worker/store/followers.ts";
import { env } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

const HOSTS = 200;
/** Signatures of one invocation on the Free plan. */
const K = 5;

describe("the budget of a post to 200 servers on the Free plan", () => {
  let rig: Rig;
  const taken: string[] = [];
  beforeEach(async () => {
    rig = await Rig.made();
    taken.length = 0;
  }, 30_000);
  afterEach(() => rig.done());

  /** Followers whose Accepts are long delivered, one on each host. */
  async function followers(): Promise<void> {
    const { db } = await rig.ctx();
    const arrivals = Array.from({ length: HOSTS }, (_, n) => {
      const host = `h${n}.test`;
      rig.stead.world.host(host, () => {
        taken.push(host);
        return new Response(null, { status: 202 });
      });
      const iri = `https://${host}/users/one` as Iri;
      const at = Date.now() as UnixMs;
      const document = { username: "one", name: "", summary: "" as SafeHtml, url: null, icon: null };
      const standing = {
        follower: null,
        followEventAt: 0 as UnixMs,
        blockedAt: null,
        blocksUsAt: null,
        movedTo: null,
      };
      const inboxes = { inbox: `${iri}/inbox` as Iri, sharedInbox: `https://${host}/inbox` as Iri };
      const peer = {
        id: hash52(iri),
        iri,
        ...inboxes,
        keys: [],
        keysFetchedAt: at,
        rfc9421: false,
        fetchedAt: at,
      };
      return {
        peer: { ...peer, ...document, ...standing },
        followIri: `${iri}/f`,
        receivedAt: at,
        proof: "",
      };
    });
    await runBatch(db, [...arrive(db, arrivals, [], Date.now() as UnixMs)]);
    await env.REDELIVERY.getByName("redelivery").wake();
    await rig.run();
    expect(taken).toHaveLength(HOSTS);
    taken.length = 0;
  }

  it("is a message for each page of five and three more, one serialisation, one signature a server, and hardly a row", async () => {
    await followers();
    rig.boundary.reset();
    const stringify = vi.spyOn(JSON, "stringify");
    await rig.boundary.within("owner", async () =>
      publish(await rig.ctx(), {
        text: "Hello",
        summary: "",
        visibility: "public",
        language: "en",
        replyTo: null,
      }),
    );
    await rig.run();
    const activities = stringify.mock.calls.filter(
      ([value]) => (value as { type?: unknown } | null)?.type === "Create",
    );
    stringify.mockRestore();
    expect(new Set(taken).size).toBe(HOSTS);
    expect(taken).toHaveLength(HOSTS);
    const { boundary } = rig;
    expect(activities).toHaveLength(1);
    expect(boundary.messages.length).toBeLessThanOrEqual(HOSTS / K + 3);
    expect(Math.max(...boundary.messages.map(({ bytes }) => bytes))).toBeLessThanOrEqual(200);
    expect(boundary.total("signatures")).toBe(HOSTS);
    expect(boundary.d1Rows / HOSTS).toBeLessThanOrEqual(0.05);
    expect(boundary.objectRows / HOSTS).toBeLessThanOrEqual(0.25);
    expect(rig.overspenders()).toEqual([]);
  }, 30_000);
});
