/** What the owner does not want to read stays out of timelines. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json } from "./client.ts";
import { boosts, follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let far: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  far = await stead.peer("far", "far.test");
  await follows(stead, alice, bob);
  await stead.settle();
});
afterAll(() => stead.settle());

const idOf = ({ id }: FakePeer) => hash52(id);
const act = (peer: FakePeer, verb: string, fields: Record<string, unknown> = {}) =>
  app.ask(`/api/v1/accounts/${idOf(peer)}/${verb}`, asJson(fields));
const ids = async (path: string) =>
  ((await app.ask(`/api/v1/timelines/${path}`)).body as unknown as Json[]).map(({ id }) => Number(id));
const german = { tag: [{ type: "Hashtag", name: "#cats" }], contentMap: { de: "<p>Hello</p>" } };

describe("a mute", () => {
  it("keeps what they say and boost, and what others boost of them, out of home, public and hashtags, until it ends", async () => {
    const said = await says(stead, alice, { tag: german.tag });
    await boosts(stead, bob, await iriOf(said));
    const note = far.note();
    await boosts(stead, alice, String(note["id"]));
    const all = await ids("home");
    expect(all).toHaveLength(3);
    await act(alice, "mute", { duration: 600 });
    for (const path of ["home", "public", "tag/cats"])
      expect([path, (await ids(path)).includes(said)]).toEqual([path, false]);
    expect(await ids("home")).toEqual([]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    expect(await ids("home")).toEqual(all);
    expect(await ids("tag/cats")).toEqual([said]);
    await sweepDaily(await stead.ctx());
    vi.useRealTimers();
    expect(await rows("SELECT * FROM mutes")).toEqual([]);
    // Their own page shows them all the same.
    await act(alice, "mute");
    const { body } = await app.ask(`/api/v1/accounts/${idOf(alice)}/statuses?exclude_reblogs=1`);
    expect(body).toMatchObject([{ id: String(said) }]);
    await act(alice, "unmute");
    expect(await ids("home")).toEqual(all);
  });

  it("keeps out what friends answer to them", async () => {
    const said = await says(stead, alice);
    const answer = await says(stead, bob, { inReplyTo: await iriOf(said) });
    expect(await ids("home")).toContain(answer);
    await act(alice, "mute");
    expect(await ids("home")).not.toContain(answer);
    await act(alice, "unmute");
  });
});

describe("what is wanted of somebody followed", () => {
  it("without boosts is what they say alone", async () => {
    const note = far.note();
    await boosts(stead, bob, String(note["id"]));
    const [boost] = await ids("home");
    const said = await says(stead, bob);
    await act(bob, "follow", { reblogs: false });
    expect(await ids("home")).toContain(said);
    expect(await ids("home")).not.toContain(boost);
    await act(bob, "follow", { reblogs: true });
    expect(await ids("home")).toContain(boost);
  });

  it("in languages is what is in one of them, or names none", async () => {
    const in_ = async (language: string | null, fields: Doc = {}) =>
      says(stead, bob, { ...(language ? { contentMap: { [language]: "<p>Hello</p>" } } : {}), ...fields });
    const [de, at, en, none] = [await in_("de"), await in_("de-AT"), await in_("en"), await in_(null)];
    await act(bob, "follow", { languages: ["de"] });
    const shown = await ids("home");
    expect([de, at, en, none].map((id) => shown.includes(id))).toEqual([true, true, false, true]);
    await act(bob, "follow", { languages: [] });
    expect(await ids("home")).toContain(en);
  });
});

describe("act.mute of a conversation", () => {
  it("marks every post in it, before and after, and is taken back from any of them", async () => {
    const first = await says(stead, alice);
    const second = await says(stead, bob, { inReplyTo: await iriOf(first) });
    const other = await says(stead, bob);
    const verb = async (id: number, name: string) => app.ask(`/api/v1/statuses/${id}/${name}`, form({}));
    expect((await verb(second, "mute")).body).toMatchObject({ id: String(second), muted: true });
    expect((await verb(second, "mute")).status).toBe(200);
    const third = await says(stead, alice, { inReplyTo: await iriOf(second) });
    const muted = async () =>
      Promise.all(
        [first, second, third, other].map(
          async (id) => (await app.ask(`/api/v1/statuses/${id}`)).body["muted"],
        ),
      );
    expect(await muted()).toEqual([true, true, true, false]);
    expect(await rows("SELECT post FROM muted_threads")).toEqual([{ post: first }]);
    expect((await verb(third, "unmute")).body).toMatchObject({ muted: false });
    expect(await muted()).toEqual([false, false, false, false]);
    expect((await verb(17, "mute")).status).toBe(404);
  });
});

async function iriOf(id: number): Promise<string> {
  const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", id);
  return row!.iri;
}
