import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import { deletePost } from "../../worker/owner/delete-post.ts";
import { editPost } from "../../worker/owner/edit-post.ts";
import { publish } from "../../worker/owner/publish.ts";
import { type Draft } from "../../worker/owner/draft.ts";
import type { Doc, FakeHost } from "../fediverse/peer.ts";
import { env, ORIGIN } from "../fediverse/stead.ts";
import { everyFault, Rig, type Case } from "./rig.ts";

/** Six inboxes behind seven followers: a full page, and one more. */
const MANY = [
  "alice@a.test",
  "anna@a.test",
  "bob@b.test",
  "carol@c.test",
  "dave@d.test",
  "erin@e.test",
  "finn@f.test",
];
/** Inboxes of one queue message: as many as may be sent twice when it dies half-way. */
const PAGE = 5;

describe("a post, with a fault at every await", () => {
  let rig: Rig;
  let hosts: FakeHost[];

  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  async function followers(handles: readonly string[]): Promise<void> {
    const peers = await rig.followedBy(...handles);
    hosts = [...new Set(peers.map((peer) => peer.host))];
  }

  const draft = (text: string): Draft => ({
    text,
    summary: "",
    visibility: "public",
    language: "en",
    replyTo: null,
  });

  /** The owner does something; what goes on behind the answer is part of it. */
  const owner = <T>(act: (ctx: Awaited<ReturnType<Rig["ctx"]>>) => Promise<T>): Promise<T> =>
    rig.boundary.within("owner", async () => act(await rig.ctx()));

  async function published(text: string): Promise<number> {
    const answer = await owner((ctx) => publish(ctx, draft(text)));
    await rig.run();
    if (answer.kind !== "published") throw new Error(answer.problem);
    return answer.id;
  }

  /** Every host has it, under one activity id, and at most a page of them twice; or nobody has. */
  function arrivals(owed: boolean, type: string, matches: (object: Doc) => boolean): string[] {
    const got = hosts.map((host) =>
      host.arrived.filter(({ activity }) => activity["type"] === type && matches(activity["object"] as Doc)),
    );
    const ids = new Set(got.flat().map(({ activity }) => activity["id"]));
    const twice = got.flat().length - hosts.length;
    if (!owed) return ids.size === 0 ? [] : [`${type} was sent for what is not there`];
    return [
      ...got.flatMap((list, n) => (list.length === 0 ? [`no ${type} at ${hosts[n]!.name}`] : [])),
      ...(ids.size === 1 ? [] : [`${ids.size} ids of ${type}`]),
      ...(twice <= PAGE ? [] : [`${twice} too many ${type}`]),
      ...(got.flat().every((one) => one.verified) ? [] : ["an unverified delivery"]),
    ];
  }

  async function posts(text: string): Promise<{ id: number; deleted_at: number | null }[]> {
    const { results } = await env.DB.prepare("SELECT id, deleted_at FROM posts WHERE source = ?")
      .bind(text)
      .all<{ id: number; deleted_at: number | null }>();
    return results;
  }

  function publishing(text: string): Case {
    return {
      run: async () => (await owner((ctx) => publish(ctx, draft(text)))).kind === "published",
      problems: async (answered) => {
        const rows = await posts(text);
        const lost = answered && rows.length !== 1 ? ["the owner was told that it is published"] : [];
        const says = (object: Doc) => String(object["content"]).includes(text);
        return [...lost, ...arrivals(rows.length === 1, "Create", says)];
      },
    };
  }

  it("that is published reaches every follower's server under one id, or is not there at all", async () => {
    await followers(MANY);
    const { faults, wrong } = await everyFault(rig, async (tag) => publishing(`words-${tag}-end`));
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);

  it("that is edited changes everywhere, or nowhere", async () => {
    await followers(["alice@a.test", "bob@b.test"]);
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const id = await published(`old-${tag}-end`);
      const text = `new-${tag}-end`;
      const edit = async () =>
        (await owner((ctx) => editPost(ctx, id, { text, summary: "", language: "en" }))).kind === "published";
      return {
        run: edit,
        problems: async (answered) => {
          const rows = await posts(text);
          const lost = answered && rows.length !== 1 ? ["the owner was told that it is changed"] : [];
          return [
            ...lost,
            ...arrivals(rows.length === 1, "Update", (one) => String(one["content"]).includes(text)),
          ];
        },
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);

  it("that is deleted is deleted everywhere, or nowhere, and the owner can ask again", async () => {
    await followers(["alice@a.test", "bob@b.test"]);
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const id = await published(`doomed-${tag}-end`);
      const remove = async () => {
        await owner((ctx) => deletePost(ctx, id));
        return true;
      };
      return {
        run: remove,
        retry: remove,
        problems: () => arrivals(true, "Delete", (one) => one["id"] === `${ORIGIN}/posts/${id}`),
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);

  it("whose page meets a server that fails at first is delivered there a minute later, and nobody else waits for it", async () => {
    await followers(MANY.slice(0, -1));
    const seen = new Set<string>();
    hosts[2]!.post = async (request) => {
      const { id } = (await request.json()) as { id: string };
      const first = !seen.has(id);
      seen.add(id);
      return new Response(null, { status: first ? 503 : 202 });
    };
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const one = publishing(`again-${tag}-end`);
      return {
        ...one,
        run: async () => {
          const answered = await one.run();
          await rig.run();
          rig.pass(2 * MINUTE);
          await rig.run();
          return answered;
        },
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(40);
  }, 180_000);
});
