import { beforeEach, describe, expect, it } from "vitest";

import type { Iri, SafeHtml, UnixMs } from "../../worker/kernel/brand.ts";
import { savePost } from "../../worker/store/posts.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser, type Fields } from "./browser.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

describe("the profile page", () => {
  let stead: Stead;
  let visitor: Browser;
  beforeEach(async () => {
    stead = await Stead.claimed();
    visitor = new Browser(stead);
  });

  const saves = async (fields: Fields) => {
    const saved = await (await Browser.signedIn(stead)).post("/settings", { name: "Me", bio: "", ...fields });
    expect([saved.status, saved.location]).toEqual([303, "/settings?saved"]);
  };

  it("is the same at / and at the handle, in any case, and points machines to the actor", async () => {
    await stead.publishes("Hello #World");
    const [root, at, upper] = [await visitor.get("/"), await visitor.get("/@me"), await visitor.get("/@ME")];
    expect([root.status, at.html, upper.html]).toEqual([200, root.html, root.html]);
    expect(root.html).toContain("@me@me.test");
    expect(root.html).toContain(
      `<link rel="alternate" type="application/activity+json" href="${ORIGIN}/actor"/>`,
    );
    expect(root.html).toContain('property="og:type" content="profile"');
    expect(root.html).toContain("Hello ");
    expect((await visitor.get("/@somebody")).status).toBe(404);
    expect(await stead.getJson("/@me")).toMatchObject({ type: "Person", id: `${ORIGIN}/actor` });
  });

  it('vouches for the links in its fields with rel="me", as Mastodon asks for to verify them, and for no others', async () => {
    await saves({
      bio: "See https://elsewhere.test/",
      fieldName: ["Web", "Text"],
      fieldValue: ["https://me.example/", 'rel="nofollow" <a href="https://evil.test" rel="me">x</a>'],
    });
    const { html } = await visitor.get("/");
    const rel = 'rel="me nofollow noopener noreferrer"';
    expect(html).toContain(`<a href="https://me.example/" ${rel}`);
    expect(html).toMatch(/<a href="https:\/\/elsewhere\.test\/" rel="nofollow noopener noreferrer"/);
    expect(html.match(/<a [^>]*rel="me /g)).toHaveLength(
      html
        .match(/<dd>.*?<\/dd>/g)!
        .join("")
        .match(/<a /g)!.length,
    );
    const actor = (await stead.getJson("/actor")) as { attachment: { name: string; value: string }[] };
    expect(actor.attachment[0]).toMatchObject({ type: "PropertyValue", name: "Web" });
    expect(actor.attachment[0]!.value).toContain(`<a href="https://me.example/" ${rel}`);
  });

  it("shows hostile names and fields as the text they are", async () => {
    const evil = `</title><script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    await saves({ name: evil, bio: evil, fieldName: [evil, "b"], fieldValue: ["javascript:alert(1)", evil] });
    const { html } = await visitor.get("/");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toContain("<img src=x");
    const settings = await (await Browser.signedIn(stead)).get("/settings");
    expect(settings.html).toContain("&lt;script&gt;");
  });

  it("pages through the posts for everybody, and shows no others", async () => {
    for (const visibility of ["followers", "quiet"] as const)
      await stead.publishes(`A ${visibility} post`, { visibility });
    for (let n = 0; n < 21; n++) await stead.publishes(`Number ${n}.`);
    const first = await visitor.get("/");
    expect(first.html.match(/<article/g)).toHaveLength(20);
    const older = /href="(\/\?before=\d+)"/.exec(first.html)![1]!;
    const second = await visitor.get(older);
    expect(second.html.match(/<article/g)).toHaveLength(2);
    expect(second.html).toContain("Number 0.");
    expect(second.html).toContain("A quiet post");
    expect(first.html + second.html).not.toContain("A followers post");
    expect(second.html).not.toContain("Older");
  });

  it("serves avatar and header inert, typed by their bytes, and for ever", async () => {
    const avatar = new File([PNG], "x.html", { type: "text/html" });
    await saves({ avatar, header: new File([PNG], "h.png", { type: "image/png" }) });
    const { html } = await visitor.get("/");
    const path = / src="(\/images\/avatar\/[0-9a-f]{16})"/.exec(html)![1]!;
    const answer = await stead.fetch(path);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(PNG);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/png",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "public, max-age=31536000, immutable",
    });
    for (const missing of [
      "/images/avatar/0000000000000000",
      "/images/other/x",
      path.replace("avatar", "header/.."),
    ]) {
      expect((await stead.fetch(missing)).status).toBe(404);
    }
    await saves({ removeAvatar: "on" });
    expect((await visitor.get("/")).html).not.toContain("/images/avatar/");
    expect((await visitor.get("/")).html).toContain("/images/header/");
  });
});

describe("the page of a post", () => {
  let stead: Stead;
  let visitor: Browser;
  let alice: FakePeer;
  beforeEach(async () => {
    stead = await Stead.claimed();
    visitor = new Browser(stead);
    alice = await stead.peer("alice");
  });

  async function answerBy(
    peer: FakePeer,
    to: number,
    html: string,
    visibility: "public" | "followers" = "public",
  ) {
    const { db } = await stead.ctx();
    const id = await env.DB.prepare("SELECT id FROM peers WHERE iri = ?").bind(peer.id).first<number>("id");
    const iri = `${peer.id}/statuses/${crypto.randomUUID()}` as Iri;
    await savePost(
      db,
      {
        iri,
        author: id!,
        url: "javascript:alert(1)",
        html: html as SafeHtml,
        title: "",
        summary: "",
        sensitive: false,
        visibility,
        replyTo: to,
        replyToIri: `${ORIGIN}/posts/${to}` as Iri,
        mentions: [],
        tags: [],
        attachments: [{ url: "javascript:alert(2)", type: "image/png", alt: "<b>alt</b>" }],
        mentionsOwner: true,
        kept: false,
        receivedAt: Date.now() as UnixMs,
        language: null,
      },
      Date.now() * 1_000,
    );
  }

  it("shows the post and the answers everybody may read", async () => {
    await stead.followedBy(alice);
    const id = await stead.publishes("**Hello** <world> #Tag");
    await answerBy(alice, id, "<p>An open answer</p>");
    await answerBy(alice, id, "<p>A private answer</p>", "followers");
    const { status, html } = await visitor.get(`/posts/${id}`);
    expect(status).toBe(200);
    expect(html).toContain("<strong>Hello</strong> &lt;world&gt;");
    expect(html).toContain("An open answer");
    expect(html).not.toContain("A private answer");
    expect(html).not.toContain("javascript:");
    expect(html).toContain("&lt;b&gt;alt&lt;/b&gt;");
    expect(html).not.toContain("/edit");
    await env.DB.prepare("UPDATE peers SET blocked_at = 1").run();
    expect((await visitor.get(`/posts/${id}`)).html).not.toContain("An open answer");
  });

  it.each(["followers", "direct"] as const)(
    "is not there for strangers when the post is for %s, and is for the owner",
    async (visibility) => {
      await stead.followedBy(alice);
      const id = await stead.publishes("For @alice@a.test", { visibility });
      expect((await visitor.get(`/posts/${id}`)).status).toBe(404);
      const mine = await (await Browser.signedIn(stead)).get(`/posts/${id}`);
      expect(mine.html).toContain("alice");
      expect(mine.headers.get("cache-control")).toBe("private, no-store");
    },
  );

  it("says 410 after a deletion and nothing of what was said, and 404 for what never was", async () => {
    const id = await stead.publishes("Soon gone");
    const owner = await Browser.signedIn(stead);
    expect((await owner.post(`/posts/${id}/delete`)).location).toBe("/home");
    const gone = await visitor.get(`/posts/${id}`);
    expect([gone.status, gone.html.includes("Soon gone")]).toEqual([410, false]);
    for (const path of ["/posts/1", "/posts/x", "/posts/99999999999999999999"]) {
      expect((await visitor.get(path)).status).toBe(404);
    }
  });

  it("finds posts by hashtag in any spelling, and only those for everybody", async () => {
    await stead.publishes("One #Été");
    await stead.publishes("Two #cats");
    await stead.publishes("Three #CATS", { visibility: "followers" });
    expect((await visitor.get("/tags/Cats")).html).toMatch(/Two/);
    expect((await visitor.get("/tags/Cats")).html).not.toMatch(/Three/);
    expect((await visitor.get(`/tags/${encodeURIComponent("été")}`)).html).toMatch(/One/);
    const none = await visitor.get(`/tags/${encodeURIComponent("<script>")}`);
    expect([none.status, none.html.includes("<script>")]).toEqual([404, false]);
  });

  it("never loads a picture of a peer's, which would tell its server who reads", async () => {
    await stead.followedBy(alice);
    await env.DB.prepare("UPDATE peers SET icon = 'https://a.test/tracker.png'").run();
    const id = await stead.publishes("Hello");
    await answerBy(alice, id, "<p>Hi</p>");
    const owner = await Browser.signedIn(stead);
    for (const path of ["/home", "/notifications", "/followers", `/posts/${id}`]) {
      expect((await owner.get(path)).html).not.toContain("tracker.png");
    }
  });
});
