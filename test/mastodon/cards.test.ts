import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { wantCardOf } from "../../worker/peers/fetch-card.ts";
import { editPost } from "../../worker/owner/edit-post.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, ask, type Json } from "./client.ts";
import { follows, numberOf, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let stranger: FakePeer;
let pages: Map<string, () => Response | Promise<Response>>;
let asked: string[];

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  stranger = await stead.peer("eve", "e.test");
  await follows(stead, alice);
  for (const name of ["news.test", "tube.test"])
    stead.world.host(name, (request) => {
      asked.push(request.url);
      return pages.get(request.url)?.() ?? new Response(null, { status: 404 });
    });
}, 30_000);
beforeEach(() => {
  pages = new Map();
  asked = [];
});
afterAll(() => stead.settle());

let number = 0;
const fresh = () => `https://news.test/${++number}`;
const html = (body: string, type = "text/html; charset=utf-8") =>
  new Response(body, { headers: { "content-type": type } });
const titled = (title: string, more = "") =>
  html(`<html><head><title>${title}</title>${more}</head><body></body></html>`);
const link = (url: string) => `<p>See <a href="${url}" rel="nofollow">this</a></p>`;

const cardOf = async (id: number) => (await app.ask(`/api/v1/statuses/${id}`)).body["card"] as Json | null;
const shown = (id: number) =>
  vi.waitFor(
    async () => {
      const card = await cardOf(id);
      expect(card).not.toBeNull();
      return card!;
    },
    { timeout: 5_000 },
  );
/** The card that was asked for, by hand, in an invocation of its own. */
async function wanted(id: number) {
  const ctx = await stead.ctx();
  await wantCardOf(ctx, id);
  return ctx.meter;
}
/** A post of the stranger's, with a link: it is here because it names the owner. */
async function toldBy(url: string): Promise<number> {
  return says(stead, stranger, { content: link(url), cc: ["https://me.test/actor"] });
}

describe("the card of a link", () => {
  it("comes by itself for the owner's posts and for those of whom they follow", async () => {
    const [mine, hers] = [fresh(), fresh()];
    pages.set(mine, () => titled("Mine"));
    pages.set(hers, () => titled("Hers"));
    const own = await stead.publishes(`Look: ${mine}`);
    const theirs = await says(stead, alice, { content: link(hers) });
    expect(await shown(own)).toMatchObject({
      url: mine,
      title: "Mine",
      type: "link",
      provider_name: "news.test",
    });
    expect(await shown(theirs)).toMatchObject({ url: hers, title: "Hers", image: null, html: "" });
    const { body } = await app.ask("/api/v1/timelines/home");
    const cards = (body as unknown as Json[]).map(({ id, card }) => [id, (card as Json | null)?.["title"]]);
    expect(cards).toEqual(
      expect.arrayContaining([
        [String(own), "Mine"],
        [String(theirs), "Hers"],
      ]),
    );
  });

  it("leads to all that is said about the page, and a stranger to what the owner says of it", async () => {
    const url = fresh();
    pages.set(url, () => titled("Talked about"));
    const own = await stead.publishes(`Look: ${url}`);
    const theirs = await says(stead, alice, { content: link(url) });
    await shown(own);
    await shown(theirs);
    const said = async (asker: Pick<App, "ask">, about: string) =>
      ((await asker.ask(`/api/v1/timelines/link?url=${encodeURIComponent(about)}`)).body as unknown as Json[])
        .map(({ id }) => String(id))
        .toSorted();
    expect(await said(app, url)).toEqual([String(own), String(theirs)].toSorted());
    expect(await said({ ask: (path) => ask(stead, path) }, url)).toEqual([String(own)]);
    expect(await said(app, fresh())).toEqual([]);
  });

  it("is asked for once, however many posts hold the link, without cookies and without a signature", async () => {
    const url = fresh();
    pages.set(url, () => titled("Once"));
    const first = await says(stead, alice, { content: link(url) });
    await shown(first);
    const second = await says(stead, alice, { content: link(url) });
    expect(await shown(second)).toMatchObject({ title: "Once" });
    await stead.publishes(`Again ${url}`);
    expect(asked).toEqual([url]);
    const sent = stead.world.requests.find((request) => request.url === url)!;
    for (const name of ["cookie", "authorization", "signature"]) expect(sent.headers.has(name)).toBe(false);
  });

  it("of what strangers say is asked for when the owner opens it, and never for a stranger's visit", async () => {
    const url = fresh();
    pages.set(url, () => titled("Opened"));
    const id = await toldBy(url);
    await stead.settle();
    expect(asked).toEqual([]);
    expect(await cardOf(id)).toBeNull();
    expect(await shown(id)).toMatchObject({ title: "Opened" });
    const mine = await stead.publishes("No link");
    await ask(stead, `/api/v1/statuses/${mine}`);
    expect(asked).toEqual([url]);
  });

  it("goes with the link when the post is edited", async () => {
    const [before, after] = [fresh(), fresh()];
    pages.set(before, () => titled("Before"));
    pages.set(after, () => titled("After"));
    const id = await stead.publishes(before);
    expect(await shown(id)).toMatchObject({ title: "Before" });
    const change = (text: string) => async () =>
      editPost(await stead.ctx(), id, { text, summary: "", language: null });
    await change(after)();
    await vi.waitFor(async () => expect(await cardOf(id)).toMatchObject({ title: "After" }));
    await change("Nothing more")();
    await vi.waitFor(async () => expect(await cardOf(id)).toBeNull());
    await stead.settle();
  });

  it("is no mention and no hashtag", async () => {
    const note: Doc = {
      content: `<p><a class="u-url mention" href="https://b.test/@bob">@bob</a> <a href="https://a.test/tags/x" rel="tag">#x</a></p>`,
    };
    const id = await says(stead, alice, note);
    expect(await cardOf(id)).toBeNull();
    expect(await rows("SELECT card FROM posts WHERE id = ?", id)).toEqual([{ card: null }]);
  });

  it("plays what oEmbed lets play", async () => {
    const url = "https://tube.test/watch";
    pages.set(url, () =>
      titled(
        "Video",
        '<link rel="alternate" type="application/json+oembed" href="https://tube.test/oembed">',
      ),
    );
    pages.set("https://tube.test/oembed", () =>
      Response.json({
        type: "video",
        width: 640,
        height: 360,
        author_name: "Ann",
        author_url: "https://tube.test/ann",
        html: '<iframe src="https://tube.test/e"></iframe><script>alert(1)</script>',
      }),
    );
    const card = await shown(await says(stead, alice, { content: link(url) }));
    expect(card).toMatchObject({
      type: "video",
      width: 640,
      author_name: "Ann",
      authors: [{ name: "Ann", url: "https://tube.test/ann", account: null }],
    });
    expect(card["html"]).toMatch(/^<iframe src="https:\/\/tube.test\/e" /);
    expect(card["html"]).not.toContain("script>");
  });

  it("names its author's account when that says so too, and nobody when it does not", async () => {
    const [said, claimed] = [fresh(), fresh()];
    const meta = '<meta name="fediverse:creator" content="@ann@a.test">';
    const ann = await stead.peer("ann");
    ann.document["attributionDomains"] = ["news.test"];
    ann.publishDocument();
    pages.set(said, () => titled("By Ann", meta));
    pages.set(claimed, () => titled("By Eve", meta.replace("ann@a.test", "eve@e.test")));
    const card = await shown(await says(stead, alice, { content: link(said) }));
    expect(card["authors"]).toMatchObject([{ name: "Ann", account: { acct: "ann@a.test" } }]);
    const other = await shown(await says(stead, alice, { content: link(claimed) }));
    expect(other["authors"]).toEqual([]);
  });
});

describe("a hostile page", () => {
  const redirect = (location: string) => () => new Response(null, { status: 302, headers: { location } });
  it.each<[string, (url: string) => Response | Promise<Response>]>([
    ["is no HTML", () => html("<title>T</title>", "text/plain")],
    ["is a picture", () => html("<title>T</title>", "image/png")],
    ["has no title", () => html("<p>Nothing</p>")],
    [
      "is not there",
      () => new Response("<title>T</title>", { status: 404, headers: { "content-type": "text/html" } }),
    ],
    ["redirects to itself", (url) => redirect(url)()],
    ["redirects to this stead", redirect("https://me.test/")],
    ["redirects to a private host", redirect("https://localhost/")],
    ["redirects to the metadata of a cloud", redirect("http://169.254.169.254/latest/")],
    [
      "breaks off",
      () =>
        new Response(new ReadableStream({ start: (c) => c.error(new Error("gone")) }), {
          headers: { "content-type": "text/html" },
        }),
    ],
  ])("that %s has no card, and the post is shown all the same", async (_, answer) => {
    const url = fresh();
    pages.set(url, () => answer(url));
    const id = await toldBy(url);
    const { fetches } = await wanted(id);
    expect(fetches).toBeLessThanOrEqual(4);
    expect(await cardOf(id)).toBeNull();
    expect(asked.every((one) => one === url)).toBe(true);
    const noted = await rows("SELECT tries, card FROM cards WHERE url = ?", url);
    expect(noted).toEqual([{ tries: 1, card: null }]);
  });

  it("is asked three times, a day apart, and then no more", async () => {
    const url = fresh();
    const id = await toldBy(url);
    for (let n = 0; n < 5; n++) {
      await wanted(id);
      await wanted(id);
      await env.DB.prepare("UPDATE cards SET asked_at = asked_at - 86400001 WHERE url = ?").bind(url).run();
    }
    expect(asked).toEqual([url, url, url]);
  });

  it("that never ends is read to 512 KB, and shown with what stood there", async () => {
    const url = fresh();
    const chunk = new TextEncoder().encode("x".repeat(65_536));
    let chunks = 0;
    pages.set(url, () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("<title>Endless</title>")),
        pull: (controller) => {
          chunks++;
          controller.enqueue(chunk);
        },
      });
      return new Response(body, { headers: { "content-type": "text/html" } });
    });
    const id = await toldBy(url);
    await wanted(id);
    expect(await cardOf(id)).toMatchObject({ title: "Endless" });
    expect(chunks).toBeLessThan(20);
  });

  it.each([
    "https://localhost/",
    "https://10.0.0.1/",
    "https://me.test/settings",
    "https://news.test:8443/",
    "https://intranet/",
  ])("%s is not gone to", async (url) => {
    const id = await toldBy(url);
    stead.world.take();
    const { fetches } = await wanted(id);
    expect(fetches).toBe(0);
    expect(stead.world.take()).toEqual([]);
  });

  it("with scripts in its words shows them as words", async () => {
    const url = fresh();
    pages.set(url, () =>
      titled(
        "&lt;img src=x onerror=alert(1)&gt;",
        '<meta property="og:image" content="javascript:alert(1)">',
      ),
    );
    const id = await toldBy(url);
    await wanted(id);
    expect(await cardOf(id)).toMatchObject({ title: "<img src=x onerror=alert(1)>", image: null });
  });
});

describe("the budget of a card", () => {
  it("is one request for a page, and is not begun where an invocation has asked for much already", async () => {
    const url = fresh();
    pages.set(url, () => titled("Cheap"));
    const id = await toldBy(url);
    const ctx = await stead.ctx();
    ctx.meter.fetches = 20;
    await wantCardOf(ctx, id);
    expect(asked).toEqual([]);
    expect(await wanted(id)).toMatchObject({ fetches: 1, signatures: 0 });
  });

  it("a card that stands in no post any more is swept", async () => {
    const url = fresh();
    pages.set(url, () => titled("Swept"));
    const id = await says(stead, alice, { content: link(url) });
    await shown(id);
    await env.DB.prepare("UPDATE cards SET asked_at = 0").run();
    await sweepDaily(await stead.ctx());
    expect(await rows("SELECT 1 AS held FROM cards WHERE url = ?", url)).toEqual([{ held: 1 }]);
    const { iri } = (await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", id))[0]!;
    expect(await numberOf(iri)).toBe(id);
    await env.DB.prepare("DELETE FROM posts WHERE id = ?").bind(id).run();
    await sweepDaily(await stead.ctx());
    expect(await rows("SELECT 1 FROM cards WHERE url = ?", url)).toEqual([]);
  });
});
