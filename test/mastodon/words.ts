/**
 * A stead where everything that can be said is said once, each part of it with a word of its own that nobody else ever says, so that a word in
 * an answer tells what came out. Everything that apps can write goes in as apps write it.
 */
import { expect } from "vitest";

import { bookmarkPost } from "../../worker/owner/bookmark.ts";
import { boostPost } from "../../worker/owner/boost.ts";
import { likePost } from "../../worker/owner/like.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, type Stead } from "../fediverse/stead.ts";
import { asJson, type App, type Json } from "./client.ts";
import { boosts, follows, numberOf, says } from "./following.ts";

/** One pixel. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (one) => one.charCodeAt(0),
);

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** Whom a word is for: everybody, or not; `owner`'s are shown where no post is, `gone` ones nowhere. */
export type Whose = "open" | "post" | "owner" | "gone";

export class Words {
  readonly of = new Map<string, { readonly label: string; readonly whose: Whose }>();

  /** A new word: letters alone, so that it is the same in HTML, in a hashtag and in an address. */
  word(whose: Whose, label: string): string {
    const letters = [...crypto.getRandomValues(new Uint8Array(12))].map((n) => "abcdefghijklmnop"[n % 16]);
    const word = `zq${letters.join("")}`;
    this.of.set(word, { label, whose });
    return word;
  }

  /** What of these is in a text, in words for who reads a failed test. */
  in(text: string, ...whose: readonly Whose[]): string[] {
    const found = new Set(text.toLowerCase().match(/zq[a-p]{12}/g));
    return [...found].flatMap((word) => {
      const known = this.of.get(word);
      return known && whose.includes(known.whose) ? [known.label] : [];
    });
  }

  labels(...whose: readonly Whose[]): string[] {
    return [...this.of.values()].filter((one) => whose.includes(one.whose)).map(({ label }) => label);
  }
}

type Visibility = "public" | "unlisted" | "private" | "direct";
const VISIBILITIES: readonly Visibility[] = ["public", "unlisted", "private", "direct"];

const isOpen = (visibility: Visibility) => visibility === "public" || visibility === "unlisted";

/** Says everything. Whoever runs it has `words` to look for. `alice` follows and is followed, `bob` is known and no more. */
export async function everythingSaid(
  stead: Stead,
  app: App,
  words: Words,
): Promise<Record<"alice" | "bob", FakePeer>> {
  const alice = await stead.peer("alice");
  const bob = await stead.peer("bob", "b.test");
  await stead.followedBy(alice);
  await follows(stead, alice);
  const own: Record<string, number> = {};
  for (const visibility of VISIBILITIES) own[visibility] = await ownPost(app, words, visibility);
  for (const visibility of VISIBILITIES) await ownAnswer(app, words, visibility, own["public"]!);
  const gone = await write(app, { status: words.word("gone", "own, deleted") });
  await app.ask(`/api/v1/statuses/${gone}`, { method: "DELETE" });
  await stead.settle();

  for (const visibility of VISIBILITIES) await theirs(stead, alice, words, visibility, own);
  const far = bob.note({
    content: `<p>${words.word("post", "a stranger's, boosted by who is followed")}</p>`,
  });
  await boosts(stead, alice, String(far["id"]));
  const told = bob.note({
    to: [ACTOR],
    cc: [],
    content: `<p>${words.word("post", "a stranger's, direct")}</p>`,
  });
  await stead.deliver(bob, bob.activity("Create", { object: told, to: [ACTOR] }));
  // A follower who tells everybody of what was for followers.
  await boosts(stead, alice, `${ORIGIN}/posts/${own["private"]}`);
  const shown = await says(stead, alice, {
    content: `<p>${words.word("open", "theirs, boosted by the owner")}</p>`,
  });
  await boostPost(await stead.ctx(), shown);
  await stead.settle();
  await everythingMarked(stead);
  await everythingKept(app, words, own, alice);
  return { alice, bob };
}

async function ownPost(app: App, words: Words, visibility: Visibility): Promise<number> {
  const word = (part: string) =>
    words.word(isOpen(visibility) ? "open" : "post", `own ${visibility}: ${part}`);
  const described = new FormData();
  described.append("file", new File([PNG], "cat.png", { type: "image/png" }));
  described.append("description", word("what a picture shows"));
  const { body: media } = await app.ask("/api/v2/media", { method: "POST", body: described });
  const id = await write(app, {
    status: `${word("text")} #${word("tag")} #everywhere @alice@a.test https://news.example/${word("link")}`,
    spoiler_text: word("warning"),
    visibility,
    media_ids: [String(media["id"])],
  });
  const text = {
    status: `${word("text after an edit")} #${word("tag after an edit")}`,
    spoiler_text: word("warning after an edit"),
  };
  expect((await app.ask(`/api/v1/statuses/${id}`, asJson(text, "PUT"))).status).toBe(200);
  const poll = { options: [word("an option"), word("another option")], expires_in: 3_600 };
  await write(app, { status: `@alice@a.test ${word("a question")}`, visibility, poll });
  return id;
}

function ownAnswer(app: App, words: Words, visibility: Visibility, to: number): Promise<number> {
  const word = words.word(isOpen(visibility) ? "open" : "post", `own ${visibility} answer`);
  return write(app, { status: `@alice@a.test ${word}`, visibility, in_reply_to_id: String(to) });
}

async function write(app: App, fields: Json): Promise<number> {
  const { status, body } = await app.ask("/api/v1/statuses", asJson(fields));
  expect([fields, status]).toEqual([fields, 200]);
  return Number(body["id"]);
}

/** What somebody who is followed says: by itself, in answer to an open post, and to one that is not; each edited; and a poll. */
async function theirs(
  stead: Stead,
  alice: FakePeer,
  words: Words,
  visibility: Visibility,
  own: Record<string, number>,
): Promise<void> {
  const audience = {
    public: { to: [PUBLIC], cc: [`${alice.id}/followers`, ACTOR] },
    unlisted: { to: [`${alice.id}/followers`], cc: [PUBLIC, ACTOR] },
    private: { to: [`${alice.id}/followers`], cc: [] },
    direct: { to: [ACTOR], cc: [] },
  }[visibility];
  // What the owner only reads is not shown to others, though its author told everybody.
  const places = [
    { place: "", open: false },
    { place: "answer to a public post", open: isOpen(visibility), inReplyTo: own["public"] },
    { place: "answer to a private post", open: false, inReplyTo: own["private"] },
  ];
  for (const { place, open, inReplyTo } of places) {
    const word = (part: string) =>
      words.word(open ? "open" : "post", `theirs, ${visibility} ${place}: ${part}`);
    const parts = (): Doc => {
      const tag = word("tag");
      return {
        content: `<p>${word("text")} <a href="https://a.test/tags/${tag}">#${tag}</a> #everywhere</p>`,
        summary: word("warning"),
        tag: [tag, "everywhere"].map((name) => ({
          type: "Hashtag",
          name: `#${name}`,
          href: `https://a.test/tags/${name}`,
        })),
        attachment: [
          {
            type: "Document",
            mediaType: "image/png",
            url: `https://a.test/${word("file")}.png`,
            name: word("what a picture shows"),
          },
        ],
      };
    };
    const replies = inReplyTo === undefined ? {} : { inReplyTo: `${ORIGIN}/posts/${inReplyTo}` };
    const object = alice.note({ ...audience, ...replies, ...parts() });
    await stead.deliver(alice, alice.activity("Create", { object, ...audience }));
    const edited = { ...object, ...parts(), updated: new Date(Date.now() + 1_000).toISOString() };
    await stead.deliver(alice, alice.activity("Update", { object: edited, ...audience }));
  }
  const asks = {
    type: "Question",
    content: `<p>${words.word("post", `theirs, ${visibility}: a question`)}</p>`,
    oneOf: [1, 2].map((n) => ({
      type: "Note",
      name: words.word("post", `theirs, ${visibility}: option ${n}`),
      replies: { type: "Collection", totalItems: 0 },
    })),
    endTime: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const object = alice.note({ ...audience, ...asks });
  await stead.deliver(alice, alice.activity("Create", { object, ...audience }));
}

/** Every post there is is bookmarked, and what is nearest liked: what marks lead to must not lead there for others. */
async function everythingMarked(stead: Stead): Promise<void> {
  const ctx = await stead.ctx();
  const posts = await rows<{ id: number }>("SELECT id FROM posts ORDER BY author, id");
  for (const [n, { id }] of posts.entries()) {
    await bookmarkPost(ctx, id);
    if (n < 20) await likePost(ctx, id);
  }
  await stead.settle();
}

/** What is no post, and the owner's alone. */
async function everythingKept(
  app: App,
  words: Words,
  own: Record<string, number>,
  alice: FakePeer,
): Promise<void> {
  const kept = async (path: string, fields: Json): Promise<Json> => {
    const { status, body } = await app.ask(path, asJson(fields));
    expect([path, status]).toEqual([path, 200]);
    return body;
  };
  const [peer] = await rows<{ id: number }>("SELECT id FROM peers WHERE iri = ?", alice.id);
  const list = await kept("/api/v1/lists", { title: words.word("owner", "a list's title") });
  await kept(`/api/v1/lists/${String(list["id"])}/accounts`, { account_ids: [String(peer!.id)] });
  await kept("/api/v2/filters", {
    title: words.word("owner", "a filter's title"),
    context: ["home"],
    filter_action: "warn",
    keywords_attributes: [{ keyword: words.word("owner", "a filter's word") }],
  });
  await kept(`/api/v1/accounts/${peer!.id}/note`, { comment: words.word("owner", "a note on somebody") });
  await kept(`/api/v1/tags/${words.word("owner", "a followed tag")}/follow`, {});
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await kept("/api/v1/statuses", { status: words.word("owner", "a scheduled post"), scheduled_at: tomorrow });
  await kept(`/api/v1/statuses/${own["private"]}/pin`, {}).catch(() => {});
  expect(await numberOf(`${ORIGIN}/posts/${own["private"]}`)).toBe(own["private"]);
}
