/** Group B: a document is what its origin says, and an actor is who its document says. */
import { beforeAll, describe, expect, it } from "vitest";

import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { createOf, naming, ownerFollows, storedPost } from "./cast.ts";
import { cavage } from "./forge.ts";
import { refused } from "./refused.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

let stead: Stead;
/** The owner follows her: what she boosts is fetched. */
let fay: FakePeer;
let alice: FakePeer;
let eve: FakePeer;
/** On alice's own server. */
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  [fay, alice, eve, bob] = [
    await stead.peer("fay", "f.test"),
    await stead.peer("alice"),
    await stead.peer("eve", "evil.test"),
    await stead.peer("bob"),
  ];
  await ownerFollows(stead, fay);
  await stead.followedBy(alice, eve, bob);
});

let numbers = 0;
const noteOf = (id: string, author: string, content = "<p>genuine</p>"): Doc => ({
  "@context": "https://www.w3.org/ns/activitystreams",
  id,
  type: "Note",
  attributedTo: author,
  content,
  to: [PUBLIC],
});
/** A note at a fresh path of alice's server, that only exists when it is put there. */
function fresh(): { path: string; iri: string } {
  const path = `/n/${++numbers}`;
  return { path, iri: `https://a.test${path}` };
}
const json = (doc: Doc, type = "application/activity+json") =>
  new Response(JSON.stringify(doc), { headers: { "content-type": type } });
const redirectTo = (location: string) => new Response(null, { status: 302, headers: { location } });
const boost = (object: unknown) => cavage(fay, fay.activity("Announce", { object }));

async function boosts(object: unknown): Promise<void> {
  expect((await stead.fetch(await boost(object))).status).toBe(202);
  await stead.settle();
  stead.world.take();
}

describe("the id inside a document counts only where it came from", () => {
  it("B1: a document on evil.test that says it is a.test's, where there is none, is not stored", async () => {
    const { path, iri } = fresh();
    eve.host.documents.set(path, noteOf(iri, alice.id));
    await refused(stead, await boost(`https://evil.test${path}`), 202, { outbound: 2 });
  });

  it("B2: where a.test has another one with that id, that one is stored", async () => {
    const { path, iri } = fresh();
    eve.host.documents.set(path, noteOf(iri, alice.id, "<p>forged</p>"));
    alice.host.documents.set(path, noteOf(iri, alice.id));
    await boosts(`https://evil.test${path}`);
    expect(await storedPost(iri)).toMatchObject({ html: "<p>genuine</p>" });
    expect(await storedPost(`https://evil.test${path}`)).toBeNull();
  });

  it("B3: a.test's open redirect to evil.test does not speak for a.test", async () => {
    const { path, iri } = fresh();
    alice.host.get = (request) => (request.url === iri ? redirectTo(`https://evil.test${path}`) : null);
    eve.host.documents.set(path, noteOf(iri, alice.id));
    await refused(stead, await boost(iri), 202, { outbound: 4 });
    alice.host.get = () => null;
  });

  it("B4: a redirect from evil.test to a.test's genuine post is that post, under a.test's id only", async () => {
    const { path, iri } = fresh();
    eve.host.get = (request) => (request.url === `https://evil.test${path}` ? redirectTo(iri) : null);
    alice.host.documents.set(path, noteOf(iri, alice.id));
    await boosts(`https://evil.test${path}`);
    expect(await storedPost(iri)).toMatchObject({ html: "<p>genuine</p>" });
    expect(await storedPost(`https://evil.test${path}`)).toBeNull();
    eve.host.get = () => null;
  });

  it.each([
    ["text/html"],
    ["application/json"],
    ["text/plain"],
    ["application/ld+json"],
    ['application/ld+json; profile="https://evil.test/ns"'],
    ["application/activity+json-seq"],
    ["image/png"],
    [""],
  ])("B5: a document served as `%s` may be an upload, and is refused", async (type) => {
    const { path, iri } = fresh();
    alice.host.get = (request) => (request.url.endsWith(path) ? json(noteOf(iri, alice.id), type) : null);
    await refused(stead, await boost(iri), 202, { outbound: 1 });
    alice.host.get = () => null;
  });

  it.each([
    ["application/activity+json; charset=utf-8"],
    ['application/ld+json; profile="https://www.w3.org/ns/activitystreams"'],
  ])("B5: `%s` is what the standard says, and is taken", async (type) => {
    const { path, iri } = fresh();
    alice.host.get = (request) => (request.url.endsWith(path) ? json(noteOf(iri, alice.id), type) : null);
    await boosts(iri);
    expect(await storedPost(iri)).not.toBeNull();
    alice.host.get = () => null;
  });

  it.each<[string, (iri: string) => Doc]>([
    ["whose author is on another server", (iri) => noteOf(iri, eve.id)],
    ["without an author", (iri) => ({ ...noteOf(iri, ""), attributedTo: undefined })],
    ["without an id", (iri) => ({ ...noteOf(iri, alice.id), id: undefined })],
    ["whose id is no IRI", (iri) => ({ ...noteOf(iri, alice.id), id: "n/1" })],
    [
      "for its author's followers only",
      (iri) => ({ ...noteOf(iri, alice.id), to: [`${alice.id}/followers`] }),
    ],
    ["that is no post but an actor", (iri) => ({ ...alice.document, id: iri })],
  ])("a boosted document %s is not shown", async (_, make) => {
    const { path, iri } = fresh();
    alice.host.documents.set(path, make(iri));
    await refused(stead, await boost(iri), 202, { outbound: 2 });
  });

  it("a post that says it is one of ours is not fetched from us", async () => {
    await refused(stead, await boost(`${ORIGIN}/posts/1`), 202);
    eve.host.documents.set("/n/ours", noteOf(`${ORIGIN}/posts/1`, ACTOR));
    await refused(stead, await boost("https://evil.test/n/ours"), 202, { outbound: 1 });
  });
});

describe("B6: what is embedded in a boost is only an id", () => {
  it("the text shown is its origin's, not the booster's", async () => {
    const { path, iri } = fresh();
    alice.host.documents.set(path, noteOf(iri, alice.id));
    await boosts(noteOf(iri, alice.id, "<p>forged</p>"));
    expect(await storedPost(iri)).toMatchObject({ html: "<p>genuine</p>" });
  });

  it("nothing is shown when its origin has no such post", async () => {
    await refused(stead, await boost(noteOf(fresh().iri, alice.id, "<p>forged</p>")), 202, { outbound: 1 });
  });
});

describe("nobody writes in another's name", () => {
  let post: Doc;
  beforeAll(async () => {
    post = naming(alice, { content: "<p>alice's own</p>" });
    await stead.deliver(alice, createOf(alice, post));
    await stead.settle();
  });

  it.each<[string, () => Doc]>([
    ["B7: an id on alice's server", () => naming(alice)],
    ["B7: an id on eve's own server", () => ({ ...naming(eve), attributedTo: alice.id })],
    ["alice as the second of two authors", () => ({ ...naming(eve), attributedTo: [alice.id, eve.id] })],
    ["eve as its author, and an id on alice's server", () => ({ ...naming(eve), id: "https://a.test/n/e" })],
    ["eve as its author, and an id of ours", () => ({ ...naming(eve), id: `${ORIGIN}/posts/7` })],
    ["the owner as its author", () => ({ ...naming(eve), attributedTo: ACTOR })],
    ["no id", () => ({ ...naming(eve), id: undefined })],
    ["an actor in place of a post", () => ({ ...eve.document, to: [ACTOR] })],
  ])("a Create by eve with %s is not stored", async (_, note) => {
    await refused(stead, await cavage(eve, createOf(eve, note())), 202);
  });

  it("a Create that names alice's post by its id alone makes us ask nobody", async () => {
    const note = naming(alice);
    await refused(stead, await cavage(eve, createOf(eve, note["id"])), 202);
  });

  it.each(["Create", "Update"])(
    "an %s of alice's post by eve or by her neighbour bob changes nothing",
    async (type) => {
      for (const thief of [eve, bob]) {
        for (const attributedTo of [alice.id, thief.id]) {
          const object = { ...post, attributedTo, content: "<p>stolen</p>" };
          await refused(stead, await cavage(thief, thief.activity(type, { to: [ACTOR], object })), 202);
        }
      }
    },
  );

  it("B10: an Update of alice's account by bob of the same server changes nothing", async () => {
    const object = { ...alice.document, inbox: "https://a.test/users/bob/inbox" };
    const thief = bob;
    await refused(stead, await cavage(thief, thief.activity("Update", { object })), 202);
    await refused(stead, await cavage(thief, thief.activity("Update", { object: alice.id })), 202, {
      outbound: 1,
    });
  });

  it("an Update of the owner's own account or post changes nothing", async () => {
    const id = await stead.publishes("mine");
    const note = await stead.getJson(`/posts/${id}`);
    for (const object of [note, { ...eve.document, id: ACTOR }, ACTOR]) {
      await refused(stead, await cavage(eve, eve.activity("Update", { to: [ACTOR], object })), 202);
    }
  });

  it.each([
    ["alice's post", () => post["id"]],
    ["alice's account", () => alice.id],
    ["the owner's account", () => ACTOR],
    ["the owner's follower list", () => `${ACTOR}/followers`],
  ])("a Delete of %s by eve deletes nothing", async (_, object) => {
    const before = await stead.followers();
    expect((await stead.deliver(eve, eve.activity("Delete", { object: object() }))).status).toBe(202);
    await stead.settle();
    expect(await storedPost(post["id"])).not.toBeNull();
    expect(await stead.followers()).toEqual(before);
    expect((await stead.fetch("/actor", { headers: { accept: "application/activity+json" } })).status).toBe(
      200,
    );
  });

  it("a Delete by eve of a post that alice has yet to write does not keep it out", async () => {
    const note = naming(alice);
    await stead.deliver(eve, eve.activity("Delete", { object: note["id"] }));
    await stead.deliver(alice, createOf(alice, note));
    await stead.settle();
    expect(await storedPost(note["id"])).not.toBeNull();
  });

  it("an Undo by eve of alice's like, boost or block changes nothing", async () => {
    const id = await stead.publishes("liked");
    const like = alice.activity("Like", { object: `${ORIGIN}/posts/${id}` });
    await stead.deliver(alice, like);
    await stead.settle();
    for (const object of [like, { ...like, actor: eve.id }, like["id"]]) {
      await stead.deliver(eve, eve.activity("Undo", { object }));
    }
    await stead.settle();
    const rows = await env.DB.prepare("SELECT iri FROM reactions WHERE kind = 'like'").all();
    expect(rows.results).toEqual([{ iri: like["id"] }]);
  });
});

describe("an actor's document can not send our deliveries elsewhere", () => {
  const inboxes: [string, Doc][] = [
    ["no inbox", { inbox: undefined }],
    ["an inbox on our own host, which would loop", { inbox: `${ORIGIN}/inbox` }],
    ["our owner's own inbox", { inbox: `${ACTOR}/inbox` }],
    ["an inbox on another server", { inbox: "https://a.test/inbox" }],
    ["an inbox at a private address", { inbox: "https://10.0.0.1/inbox" }],
    ["an inbox at the metadata service", { inbox: "http://169.254.169.254/latest" }],
    ["an inbox on another port", { inbox: "https://evil.test:22/inbox" }],
    ["an inbox over http", { inbox: "http://evil.test/inbox" }],
    ["an inbox that is a file", { inbox: "file:///etc/passwd" }],
    ["another id", { id: "https://evil.test/users/other" }],
    ["alice's id", { id: "https://a.test/users/alice" }],
    ["our owner's id", { id: ACTOR }],
    ["the type of a post", { type: "Note" }],
    ["no type", { type: undefined }],
    ["no key", { publicKey: undefined }],
  ];
  it.each(inboxes)("a follower with %s is none", async (_, change) => {
    const one = await stead.peer(`ssrf${++numbers}`, `ssrf${numbers}.test`);
    const port = JSON.stringify(change).replaceAll("evil.test", one.host.name);
    const document = { ...one.document, ...change, ...(JSON.parse(port) as Doc) };
    one.host.documents.set(new URL(one.id).pathname, document);
    const follow = one.activity("Follow", { object: ACTOR });
    await refused(stead, await cavage(one, follow), 202, { outbound: 2 });
  });

  it.each([
    ["another server", "https://victim.test/inbox"],
    ["ourselves", `${ORIGIN}/inbox`],
    ["a private address", "https://192.168.1.1/inbox"],
  ])("a shared inbox at %s is not used: posts go to the follower's own", async (_, sharedInbox) => {
    const one = await stead.peer(`shared${++numbers}`, `shared${numbers}.test`);
    one.document = { ...one.document, endpoints: { sharedInbox } };
    one.publishDocument();
    await stead.followedBy(one);
    await stead.publishes("to all");
    const paths = one.host.arrived
      .filter(({ activity }) => activity["type"] === "Create")
      .map(({ path }) => path);
    expect(paths).toEqual([`/users/${one.name}/inbox`]);
    stead.world.assertNothingUnexpected();
  });

  it("a document that lists a thousand keys does not make us try or keep them all", async () => {
    const one = await stead.peer("keys", "keys.test");
    const key = one.document["publicKey"] as Doc;
    const junk = { ...key, publicKeyPem: "x".repeat(500) };
    one.document = { ...one.document, publicKey: [...Array.from({ length: 999 }, () => junk), key] };
    one.publishDocument();
    await refused(stead, await cavage(one, one.activity("Follow", { object: ACTOR })), 202, { outbound: 1 });
  });

  it("a document with megabytes of key and biography is cut before it is kept", async () => {
    const one = await stead.peer("large", "large.test");
    const key = one.document["publicKey"] as Doc;
    const junk = { ...key, id: `${one.id}#junk`, publicKeyPem: "x".repeat(300_000) };
    const summary = "<p>word</p>".repeat(40_000);
    one.document = { ...one.document, summary, publicKey: [key, junk] };
    one.publishDocument();
    await stead.followedBy(one);
    expect(await stead.followers()).toContain(one.id);
    const row = await env.DB.prepare("SELECT * FROM peers WHERE iri = ?").bind(one.id).first();
    expect(JSON.stringify(row).length).toBeLessThan(50_000);
  });
});
