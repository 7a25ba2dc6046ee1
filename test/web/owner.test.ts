import { beforeEach, describe, expect, it, vi } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { bury, sweepFanouts } from "../../worker/store/fanouts.ts";
import { noteUnverified } from "../../worker/store/notices.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

let stead: Stead;
let owner: Browser;
let alice: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
  alice = await stead.peer("alice");
});

const numberOf = async (peer: FakePeer) =>
  (await rows<{ id: number }>("SELECT id FROM peers WHERE iri = ?", peer.id))[0]!.id;

/** Presses the first button with this label on a page. */
async function press(path: string, label: string) {
  const { html } = await owner.get(path);
  const form = [
    ...html.matchAll(/<form method="post" action="([^"]+)"[^>]*>(?:(?!<form)[^])*?<button[^>]*>([^<]*)/g),
  ];
  const action = form.find(([, , said]) => said?.trim() === label)?.[1];
  expect(action, `a button ${label} on ${path}`).toBeDefined();
  return owner.post(action!);
}

describe("writing", () => {
  const draft = { text: "Hello *you*", summary: "", visibility: "public", language: "en" };

  it("posts, shows it at home, edits and deletes it, and each reaches the followers", async () => {
    await stead.followedBy(alice);
    expect((await owner.post("/posts", { ...draft, text: "Hello *you*\r\nand <b>you</b>" })).location).toBe(
      "/home",
    );
    const home = await owner.get("/home");
    expect(home.html).toContain("<em>you</em>");
    expect(home.html).toContain("&lt;b&gt;you&lt;/b&gt;");
    const edit = /\/posts\/\d+\/edit/.exec(home.html)![0];
    expect((await owner.get(edit)).html).toContain(">\nHello *you*\nand &lt;b&gt;you&lt;/b&gt;</textarea>");
    expect((await owner.post(edit, { text: "Changed", summary: "", language: "de" })).location).toBe(
      edit.slice(0, -5),
    );
    await stead.settle();
    expect((await owner.post(edit.replace("edit", "delete"))).location).toBe("/home");
    await stead.settle();
    expect(["Create", "Update", "Delete"].map((type) => alice.received(type).length)).toEqual([1, 1, 1]);
    expect(alice.received("Update")[0]).toMatchObject({ object: { contentMap: { de: "<p>Changed</p>" } } });
    expect((await owner.post(edit, { text: "Too late" })).status).toBe(422);
    expect((await owner.get(edit)).status).toBe(404);
  });

  it("says what is wrong and keeps what was typed", async () => {
    const before = await stead.state();
    for (const [wrong, sentence] of [
      [{ text: "  \n " }, "There is nothing to say yet."],
      [{ text: "x".repeat(20_001) }, "A post takes at most 20000 characters."],
      [{ language: "not a language" }, "is no language"],
      [{ visibility: "direct" }, "A direct post needs"],
      [{ replyTo: "12345" }, "The post you answer is no longer here."],
    ] as const) {
      const typed = { ...draft, summary: 'Beware "x"', ...wrong };
      const answer = await owner.post("/posts", typed);
      expect(answer.status).toBe(422);
      expect(answer.html).toContain(sentence);
      expect(answer.html).toContain(`>\n${typed.text}</textarea>`);
      expect(answer.html).toContain('value="Beware &quot;x&quot;"');
      expect(answer.html).toContain(`<option value="${typed.visibility}" selected=""`);
    }
    expect(await stead.state()).toBe(before);
  });

  it("keeps a post from becoming wider than was chosen when the choice can not be read", async () => {
    const answer = await owner.post("/posts", { ...draft, visibility: "everyone" });
    expect(answer.status).toBe(422);
    expect(answer.html).toContain('<option value="direct" selected=""');
  });

  it("says whom a mention did not find, and shows nothing that a link makes up", async () => {
    stead.host("a.test");
    const { location } = await owner.post("/posts", { ...draft, text: "Hi @nobody@a.test" });
    expect(location).toBe("/home?unfound=nobody%40a.test");
    expect((await owner.get(location)).html).toContain("were not told of it: nobody@a.test.");
    const { html } = await owner.get(`/home?unfound=${encodeURIComponent("call +1 555, <b>now</b>,x@y z")}`);
    expect(html).not.toContain("555");
  });

  it("answers a post to its author and to no more people than it was for", async () => {
    await stead.followedBy(alice);
    const note = alice.note({
      to: [ACTOR],
      cc: [],
      content: "<p>Psst</p>",
      tag: [{ type: "Mention", href: ACTOR }],
    });
    await stead.deliver(alice, alice.activity("Create", { object: note, to: [ACTOR] }));
    await stead.settle();
    const id = /id="post-(\d+)"/.exec((await owner.get("/home")).html)![1]!;
    const write = await owner.get(`/write?reply=${id}`);
    expect(write.html).toContain(">\n@alice@a.test </textarea>");
    expect(write.html).toContain('<option value="direct" selected=""');
    expect(write.html).toContain("Psst");
    await owner.post("/posts", {
      text: "@alice@a.test what?",
      visibility: "direct",
      language: "en",
      replyTo: id,
    });
    await stead.settle();
    expect(alice.received("Create")[0]).toMatchObject({ to: [alice.id], object: { inReplyTo: note["id"] } });
    expect((await owner.get("/write?reply=1")).status).toBe(404);
  });
});

describe("people", () => {
  it("follows by handle, shows what is asked and what is granted, and unfollows", async () => {
    expect((await owner.post("/following", { handle: " @alice@a.test " })).location).toBe("/following");
    expect((await owner.get("/following")).html).toContain("asked, not answered yet");
    await stead.settle();
    const follow = alice.received("Follow")[0]!;
    await stead.deliver(alice, alice.activity("Accept", { object: follow }));
    await stead.settle();
    expect((await owner.get("/following")).html).not.toContain("asked, not answered yet");
    const again = await owner.post("/following", { handle: "alice@a.test" });
    expect([again.status, again.html]).toEqual([422, expect.stringContaining("already")]);
    expect((await press("/following", "Unfollow")).location).toBe("/following");
    await stead.settle();
    expect(alice.received("Undo")).toHaveLength(1);
    expect((await owner.get("/following")).html).toContain("You follow nobody yet.");
  });

  it("says why somebody can not be followed, and keeps what was typed", async () => {
    for (const [handle, sentence] of [
      ["nonsense <b>", "Write the handle as user@host"],
      ["nobody@a.test", "a.test knows no nobody."],
      ["me@me.test", /That is you|did not answer/],
    ] as const) {
      const answer = await owner.post("/following", { handle });
      expect([handle, answer.status]).toEqual([handle, 422]);
      expect(answer.html).toMatch(sentence);
      expect(answer.html).toContain(`value="${handle.replace("<b>", "&lt;b&gt;")}"`);
    }
  });

  it("lists followers with markup in their names as text, removes and blocks them", async () => {
    const bob = await stead.peer("bob", "b.test");
    alice.document["name"] = '<img src=x onerror="alert(1)">Alice';
    alice.document["url"] = "javascript:alert(1)";
    alice.publishDocument();
    await stead.followedBy(alice, bob);
    const { html } = await owner.get("/followers");
    expect(html).toContain("2 followers");
    expect(html).toContain("Alice");
    expect((await owner.post(`/followers/${await numberOf(alice)}/remove`)).location).toBe("/followers");
    expect((await owner.post(`/followers/${await numberOf(bob)}/block`)).location).toBe("/followers");
    await stead.settle();
    expect(await stead.followers()).toEqual([]);
    expect([alice.received("Reject").length, bob.received("Reject").length]).toEqual([1, 1]);
    expect((await owner.get("/blocked")).html).toContain("@bob@b.test");
    expect((await press("/blocked", "Unblock")).location).toBe("/blocked");
    expect((await owner.get("/blocked")).html).not.toContain("@bob@b.test");
    expect((await owner.post("/followers/1/remove")).status).toBe(404);
  });

  it("asks the owner of a locked account, who lets in or turns away", async () => {
    const bob = await stead.peer("bob", "b.test");
    await owner.post("/settings", { name: "Me", bio: "", locked: "on" });
    await stead.settle();
    for (const peer of [alice, bob]) await stead.deliver(peer, peer.activity("Follow", { object: ACTOR }));
    await stead.settle();
    expect((await owner.get("/notifications")).html).toContain("asks to follow you");
    await owner.post(`/requests/${await numberOf(alice)}/accept`);
    await owner.post(`/requests/${await numberOf(bob)}/reject`);
    await stead.settle();
    expect(await stead.followers()).toEqual([alice.id]);
    expect([alice.received("Accept").length, bob.received("Reject").length]).toEqual([1, 1]);
  });

  it("blocks accounts and whole servers, and takes nothing from them", async () => {
    expect((await owner.post("/blocked", { handle: "alice@a.test" })).location).toBe("/blocked");
    const follow = () => alice.activity("Follow", { object: ACTOR });
    expect((await stead.deliver(alice, follow())).status).toBe(403);
    await press("/blocked", "Unblock");
    for (const host of ["https://a.test/", "a", "me.test", "<b>"]) {
      expect([host, (await owner.post("/blocked-hosts", { host })).status]).toEqual([host, 422]);
    }
    expect((await owner.post("/blocked-hosts", { host: " A.TEST " })).location).toBe("/blocked");
    expect((await stead.deliver(alice, follow())).status).toBe(403);
    expect((await press("/blocked", "Unblock")).location).toBe("/blocked");
    expect((await stead.deliver(alice, follow())).status).toBe(202);
  });

  it("shows the account or post that another server sends the owner to follow or answer", async () => {
    const page = await owner.get(`/authorize_interaction?uri=${encodeURIComponent("acct:alice@a.test")}`);
    expect(page.html).toContain(`name="handle" value="${alice.id}"`);
    expect((await owner.post("/following", { handle: alice.id })).location).toBe("/following");
    const note = alice.note({ content: "<p>Read me</p>" });
    const post = await owner.get(`/authorize_interaction?uri=${encodeURIComponent(String(note["id"]))}`);
    expect(post.html).toContain("Read me");
    expect(post.html).toMatch(/\/write\?reply=\d+/);
    expect((await owner.get(`/authorize_interaction?uri=${ORIGIN}/posts/1`)).location).toBe("/posts/1");
    for (const uri of ["", "x", "https://a.test/nothing", "javascript:alert(1)"]) {
      const none = await owner.get(`/authorize_interaction?uri=${encodeURIComponent(uri)}`);
      expect([uri, none.status >= 400 && none.status < 500]).toEqual([uri, true]);
    }
  });
});

describe("settings", () => {
  it("refuses pictures that are too large or none, and keeps the words", async () => {
    const words = { name: "New name", bio: "New bio", fieldName: "A", fieldValue: "B" };
    for (const [file, sentence] of [
      [new File([new Uint8Array(200_001)], "x.png"), "at most 200 KB"],
      [
        new File(["<svg onload='alert(1)'/>"], "x.svg", { type: "image/svg+xml" }),
        "must be a PNG, JPEG, GIF or WebP",
      ],
      [
        new File(["<script>alert(1)</script>"], "x.png", { type: "image/png" }),
        "must be a PNG, JPEG, GIF or WebP",
      ],
    ] as const) {
      const before = await stead.state();
      const answer = await owner.post("/settings", { ...words, avatar: file });
      expect(answer.status).toBe(422);
      expect(answer.html).toContain(sentence);
      for (const value of Object.values(words)) expect(answer.html).toContain(value);
      expect(await stead.state()).toBe(before);
    }
  });

  it("takes eight fields and refuses a ninth", async () => {
    const fields = (n: number) => Array.from({ length: n }, (_, k) => `${k}`);
    const save = (n: number) =>
      owner.post("/settings", { name: "Me", bio: "", fieldName: fields(n), fieldValue: fields(n) });
    expect((await save(9)).status).toBe(422);
    expect((await save(8)).status).toBe(303);
    expect((await owner.get("/settings")).html.match(/name="fieldName"/g)).toHaveLength(8);
  });

  it("answers WebFinger on the further domains that were listed, and on no others", async () => {
    const lookUp = (host: string) =>
      stead.fetch(new Request(`https://${host}/.well-known/webfinger?resource=acct:me@${host}`));
    for (const domains of ["https://x.test", "x.test/path", "not_a_host", "a b"]) {
      expect([domains, (await owner.post("/settings/domains", { domains })).status]).toEqual([domains, 422]);
    }
    expect((await owner.post("/settings/domains", { domains: "Example.org\r\nüber.example" })).status).toBe(
      303,
    );
    expect((await owner.get("/settings")).html).toContain("example.org\nxn--ber-goa.example</textarea>");
    expect((await lookUp("example.org")).status).toBe(200);
    expect((await lookUp("other.test")).status).toBe(421);
  });
});

describe("what happened", () => {
  it("merges answers, likes, boosts, reactions, followers and reports, newest first, as text", async () => {
    await stead.followedBy(alice);
    const id = await stead.publishes("Hello");
    const object = `${ORIGIN}/posts/${id}`;
    const reply = alice.note({
      inReplyTo: object,
      content: "<p>An answer</p><script>alert(1)</script>",
      to: [ACTOR],
    });
    for (const activity of [
      alice.activity("Like", { object }),
      alice.activity("Announce", { object }),
      alice.activity("Create", { object: reply }),
      alice.activity("Flag", { object: [ACTOR, object], content: "<b>Rude</b>" }),
    ]) {
      expect((await stead.deliver(alice, activity)).status).toBe(202);
    }
    await stead.settle();
    const { html } = await owner.get("/notifications");
    for (const words of ["An answer", "liked", "boosted", "follows you", "reports you", "Rude"])
      expect(html).toContain(words);
    expect(html.indexOf("liked")).toBeLessThan(html.indexOf("follows you"));
  });
});

describe("deliveries", () => {
  const letter = (id: number, stream: string) => ({
    id,
    stream,
    position: -1,
    inbox: `${alice.id}/inbox`,
    reason: "refused" as const,
    detail: "answered 403 <b>",
    attempts: 3,
    firstAt: 1 as UnixMs,
    lastAt: Date.now() as UnixMs,
  });

  it("show the servers that fail, and who could not be verified", async () => {
    await stead.followedBy(alice);
    alice.host.post = () => new Response(null, { status: 500 });
    await stead.publishes("Hello");
    await noteUnverified((await stead.ctx()).db, {
      actor: "https://ghost.test/<b>" as never,
      activity: "Follow",
      detail: "no answer",
      receivedAt: Date.now() as UnixMs,
    });
    const { html } = await owner.get("/deliveries");
    expect(html).toContain("a.test");
    expect(html).toContain("1 delivery waits");
    expect(html).toContain("https://ghost.test/&lt;b&gt;");
  });

  it("that were given up are sent again on a click, once, and leave the list", async () => {
    await owner.post("/following", { handle: "alice@a.test" });
    await stead.settle();
    const [fanout] = await rows<{ id: number }>("SELECT id FROM fanouts");
    const { db } = await stead.ctx();
    await bury(db, [letter(7, String(fanout!.id))]);
    // However long it lies there, what it is about is kept.
    await sweepFanouts(db, (Date.now() + 1_000) as UnixMs);
    expect(alice.received("Follow")).toHaveLength(1);
    const sent = await press("/deliveries", "Send again");
    expect(sent.location).toBe("/deliveries?resent");
    await stead.settle();
    await vi.waitFor(() => expect(alice.received("Follow")).toHaveLength(2), 10_000);
    expect(await rows("SELECT * FROM dead_letters")).toEqual([]);
    expect((await owner.post("/deliveries/7/resend")).status).toBe(404);
  });

  it("of what is kept no longer can not be sent again, and stay as the record of it", async () => {
    await bury((await stead.ctx()).db, [letter(8, "12345")]);
    const answer = await press("/deliveries", "Send again");
    expect([answer.status, answer.html]).toEqual([410, expect.stringContaining("kept no longer")]);
    expect(await rows("SELECT id FROM dead_letters")).toEqual([{ id: 8 }]);
  });
});
